//! Buffers: objects whose memory the host reads and writes in place.

use pyrun_pyodide_loader::object::{BufferInfo, ElementType};

use super::support::{Python, Testing as _, with_python};

/// What is said of the buffer that an object lends.
fn info(python: &mut Python, source: &str) -> BufferInfo {
    let mut api = python.api();
    let object = api.eval(source);
    api.buffer(&object, false).unwrap_or_else(|error| panic!("{source}: {error}")).info().clone()
}

#[test]
fn layouts() {
    with_python(|python| {
        python.eval("import array, ctypes");
        for (source, shape, strides, element, read_only) in [
            ("b'abc'", &[3][..], &[1][..], ElementType::Unsigned(1), true),
            ("bytearray(4)", &[4], &[1], ElementType::Unsigned(1), false),
            ("array.array('d', [1, 2])", &[2], &[8], ElementType::Float(8), false),
            ("array.array('f', [1])", &[1], &[4], ElementType::Float(4), false),
            ("array.array('h', [1, 2, 3])", &[3], &[2], ElementType::Signed(2), false),
            ("array.array('Q', [1, 2, 3])", &[3], &[8], ElementType::Unsigned(8), false),
            ("memoryview(bytes(24)).cast('i', (2, 3))", &[2, 3], &[12, 4], ElementType::Signed(4), true),
            ("memoryview(bytearray(24)).cast('?', (2, 3, 4))", &[2, 3, 4], &[12, 4, 1], ElementType::Bool, false),
            ("memoryview(bytes(8))[::2]", &[4], &[2], ElementType::Unsigned(1), true),
            ("memoryview(bytes(8))[::-1]", &[8], &[-1], ElementType::Unsigned(1), true),
            ("memoryview(bytes(4)).cast('i', ())", &[], &[], ElementType::Signed(4), true),
            ("b''", &[0], &[1], ElementType::Unsigned(1), true),
            ("(ctypes.c_double * 3 * 2)()", &[2, 3], &[24, 8], ElementType::Float(8), false),
            ("(ctypes.c_int.__ctype_be__ * 2)()", &[2], &[4], ElementType::Other, false),
            ("(ctypes.c_wchar * 2)()", &[2], &[4], ElementType::Other, false),
        ] {
            let info = info(python, source);
            assert_eq!((&*info.shape, &*info.strides), (shape, strides), "{source}");
            assert_eq!((info.element_type(), info.read_only), (element, read_only), "{source}: {}", info.format);
            assert_eq!(info.elements(), Some(shape.iter().product()), "{source}");
        }
    });
}

#[test]
fn memory_is_lent_in_place() {
    with_python(|python| {
        python.eval("b = bytearray(b'0123456789')");
        let mut api = python.api();
        let object = api.eval("memoryview(b)[8:2:-2]");
        let buffer = api.buffer(&object, true).unwrap();
        let info = buffer.info().clone();
        assert_eq!(info.extent().map(|(_, length)| length), Some(5));
        assert!(buffer.belongs_to(&api.identity()));
        drop(object);
        let (first, length) = info.extent().unwrap();
        let mut seen = Vec::new();
        let caller = api.caller();
        caller.with_mem(|mem| seen.extend_from_slice(mem.bytes(first, length).unwrap())).unwrap();
        assert_eq!(seen, b"45678");
        caller.with_mem(|mem| mem.write_bytes(info.addr, b"!")).unwrap().unwrap();
        assert_eq!(python.value("bytes(b)").to_string(), "b'01234567!9'");
        // While it is lent, it cannot be moved.
        let said = python.try_value("b.clear()").unwrap_err();
        assert_eq!(said, "BufferError: Existing exports of data: object cannot be re-sized");
        drop(buffer);
        assert_eq!(python.value("b.clear(); len(b)").to_string(), "0");
    });
}

#[test]
fn what_lends_nothing() {
    with_python(|python| {
        with_python(|other| {
            let theirs = other.api().identity();
            let mut api = python.api();
            let bytes = api.eval("b'x'");
            let buffer = api.buffer(&bytes, false).unwrap();
            assert!(!buffer.belongs_to(&theirs));
            let error = api.buffer(&bytes, true).unwrap_err();
            assert_eq!(api.told(error), "BufferError: Object is not writable.");
            let number = api.eval("7");
            let error = api.buffer(&number, false).unwrap_err();
            assert_eq!(api.told(error), "TypeError: a bytes-like object is required, not 'int'");
            assert!(api.try_buffer(&number).unwrap().is_none() && api.try_buffer(&bytes).unwrap().is_some());
            // A refusal leaves no exception behind.
            assert_eq!(python.value("7").to_string(), "7");
        });
    });
}
