//! Guest memory, lent.

use pyrun::{ElementType, Error, Interpreter, PyBuffer, PyHandle, Python};

use super::{engine, interpreter};

fn with_numpy() -> Interpreter {
    let py = engine().interpreter().packages(["numpy"]).start().expect("it starts");
    py.run_python("import numpy as np").unwrap();
    py
}

fn buffer(py: &Interpreter, source: &str) -> PyBuffer {
    py.run(source).unwrap().buffer().unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: pyrun::Result<T>, words: &str) {
    match result {
        Err(Error::BadArgument(why)) => assert!(why.to_string().contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn arrays_of_all_shapes() {
    let mut py = with_numpy();
    let whole = buffer(&py, "a = np.arange(24, dtype='float64').reshape(2, 3, 4); a");
    let turned = buffer(&py, "a.T");
    let reversed = buffer(&py, "a[::-1, :, ::-2]");
    let scalar = buffer(&py, "np.array(7, dtype='int16')");
    let empty = buffer(&py, "np.zeros((3, 0))");
    let none = buffer(&py, "import array; array.array('d')");
    let spread = buffer(&py, "np.broadcast_to(np.arange(3, dtype='int32'), (2, 3))");
    let complex = buffer(&py, "np.array([1 + 2j])");
    let truth = buffer(&py, "np.array([True, False])");
    assert_eq!((whole.shape(), whole.format(), whole.element_type()), (&[2, 3, 4][..], "d", ElementType::Float(8)));
    let memory = py.memory().unwrap();
    assert_eq!(memory.view::<f64>(&none).unwrap().as_slice(), Some(&[][..]));
    let view = memory.view::<f64>(&whole).unwrap();
    assert_eq!(view.as_slice().unwrap()[23], 23.0);
    assert_eq!((view.get(&[1, 2, 3]), view.get(&[2, 0, 0]), view.get(&[0])), (Some(23.0), None, None));
    let turned = memory.view::<f64>(&turned).unwrap();
    assert_eq!((turned.shape(), turned.strides(), turned.as_slice()), (&[4, 3, 2][..], &[1, 4, 12][..], None));
    assert_eq!(turned.get(&[3, 2, 1]), Some(23.0));
    let reversed = memory.view::<f64>(&reversed).unwrap();
    assert_eq!(reversed.to_vec(), [15., 13., 19., 17., 23., 21., 3., 1., 7., 5., 11., 9.]);
    let array = reversed.as_ndarray().unwrap();
    assert_eq!((array.shape(), array[[0, 2, 1]]), (&[2, 3, 2][..], 21.0));
    assert_eq!(memory.view::<i16>(&scalar).unwrap().to_vec(), [7]);
    assert_eq!(memory.view::<f64>(&empty).unwrap().to_vec(), [0.0; 0]);
    assert_eq!(memory.view::<i32>(&spread).unwrap().to_vec(), [0, 1, 2, 0, 1, 2]);
    assert_eq!(memory.view::<[f64; 2]>(&complex).unwrap().to_vec(), [[1.0, 2.0]]);
    assert_eq!(memory.view::<u8>(&truth).unwrap().to_vec(), [1, 0]);
    refused(
        memory.view::<f32>(&whole),
        "the elements are float64 (format \"d\"), not float32; read them as what they are",
    );
    refused(memory.view::<i64>(&whole), "not int64");
}

#[test]
fn other_objects_lend_too() {
    let mut py = interpreter();
    let bytes = buffer(&py, "b'abc'");
    let array = buffer(&py, "import array; x = array.array('l', [1, -2]); x");
    let part = buffer(&py, "memoryview(b'abcdef')[1:6:2]");
    let cast = buffer(&py, "memoryview(bytearray(8)).cast('d')");
    let odd = buffer(&py, "memoryview(memoryview(bytearray(17))[1:].cast('B'))");
    {
        let mut memory = py.memory().unwrap();
        assert_eq!(memory.view::<u8>(&bytes).unwrap().as_slice(), Some(&b"abc"[..]));
        assert_eq!(memory.view::<i32>(&array).unwrap().as_slice(), Some(&[1, -2][..]));
        assert_eq!(memory.view::<u8>(&part).unwrap().to_vec(), b"bdf");
        assert_eq!(memory.view::<u8>(&odd).unwrap().shape(), [16]);
        refused(memory.view_mut::<u8>(&bytes), "read-only");
        refused(memory.bytes_mut(&bytes), "read-only");
        memory.view_mut::<f64>(&cast).unwrap().as_mut_slice().unwrap()[0] = 1.5;
        *memory.view_mut::<i32>(&array).unwrap().get_mut(&[1]).unwrap() = 40;
    }
    assert_eq!(py.run_python("x[1]").unwrap(), pyrun::Value::Int(40));
    let none = py.run("5").unwrap().buffer();
    assert!(none.unwrap_err().to_string().starts_with("TypeError: "));
}

#[test]
fn what_cannot_be_lent_is_refused() {
    let mut py = with_numpy();
    let swapped = buffer(&py, "np.zeros(2, dtype='>f8')");
    let fields = buffer(&py, "np.zeros(3, dtype=[('a', 'u1'), ('b', '<f8')])['b']");
    let overlapping = buffer(&py, "np.lib.stride_tricks.as_strided(np.zeros(4), (3, 2), (8, 8))");
    let records = buffer(&py, "np.zeros(3, dtype='i4, f4')");
    let other = interpreter();
    let foreign = buffer(&other, "bytearray(4)");
    let mut memory = py.memory().unwrap();
    refused(memory.view::<f64>(&swapped), "not float64");
    refused(memory.view::<f64>(&fields), "aligned");
    refused(memory.view::<f32>(&records), "not float32");
    assert_eq!(memory.view::<f64>(&overlapping).unwrap().to_vec().len(), 6);
    refused(memory.view_mut::<f64>(&overlapping), "overlap");
    refused(memory.view::<u8>(&foreign), "another interpreter");
    refused(memory.bytes(&foreign), "another interpreter");
    assert_eq!(memory.bytes_mut(&records).unwrap().len(), 24);
}

#[test]
fn a_guest_that_lies_about_its_buffer_gets_nowhere() {
    let mut py = interpreter();
    let lies = "import ctypes\nb = (ctypes.c_ubyte * 16)()\nm = memoryview(b)\n";
    let honest = buffer(&py, &format!("{lies}m"));
    // The `Py_buffer` inside a memoryview, overwritten: `buf` far outside, then a length beyond memory.
    let source = format!(
        "{lies}words = (ctypes.c_uint32 * 40).from_address(id(m))\nat = list(words).index(ctypes.addressof(b))\nwords[at] = 0xfffffff0\nm"
    );
    let outside = buffer(&py, &source);
    let memory = py.memory().unwrap();
    assert_eq!(memory.view::<u8>(&honest).unwrap().to_vec(), [0; 16]);
    refused(memory.view::<u8>(&outside), "outside the guest");
    refused(memory.bytes(&outside), "outside the guest");
}

#[test]
fn the_host_fills_an_array_in_place() {
    let mut py = with_numpy();
    let array = py.python().array_new::<f32>(&[3, 4]).unwrap();
    let buffer = array.buffer().unwrap();
    let array = array.into_handle();
    {
        let mut memory = py.memory().unwrap();
        let mut view = memory.view_mut::<f32>(&buffer).unwrap().into_ndarray().unwrap();
        view.indexed_iter_mut().for_each(|(at, x)| *x = (at[0] * 10 + at[1]) as f32);
    }
    py.globals().set("filled", &array).unwrap();
    assert_eq!(py.run("filled[:, ::3].tolist()").unwrap().repr().unwrap(), "[[0.0, 3.0], [10.0, 13.0], [20.0, 23.0]]");
}

#[test]
fn a_lent_object_stays_where_it_is() {
    let py = interpreter();
    let buffer = buffer(&py, "b = bytearray(10); b");
    let error = super::raised(py.run_python("b.append(1)"));
    assert_eq!(error.type_name, "BufferError");
    drop(buffer);
    py.run_python("b.append(1)").unwrap();
}

#[test]
fn a_host_function_works_on_an_array_in_place() {
    let py = with_numpy();
    py.register_module("host", |m| {
        m.function_with_python("halve", |py: Python<'_>, (array,): (PyHandle,)| -> pyrun::Result<()> {
            let buffer = py.bind(&array).buffer()?;
            py.with_memory(|memory| {
                assert!(matches!(py.run_python("1"), Err(Error::Busy)));
                let mut view = memory.view_mut::<f64>(&buffer)?.into_ndarray().expect("strides that ndarray takes");
                view.mapv_inplace(|x| x / 2.0);
                Ok(())
            })?
        })
    })
    .unwrap();
    let source = "import host\na = np.arange(6.0).reshape(2, 3)\nhost.halve(a[:, ::-2])\na.tolist()";
    assert_eq!(py.run(source).unwrap().repr().unwrap(), "[[0.0, 1.0, 1.0], [1.5, 4.0, 2.5]]");
    let error = super::raised(py.run_python("a.flags.writeable = False; host.halve(a)"));
    assert_eq!(error.to_string(), "RuntimeError: the buffer is read-only");
    assert_eq!(super::raised(py.run_python("host.halve(5)")).type_name, "TypeError");
}
