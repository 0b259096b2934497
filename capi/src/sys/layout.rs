//! The records and numbers of `pyrun.h` are those of this crate: a C compiler is asked.

use std::fmt::Write as _;
use std::io::Write as _;
use std::mem::offset_of;
use std::process::{Command, Stdio};

use pyrun::em::flags;

use super::{Kind, RawBuffer, RawFile, RawFrame, Record};
use crate::code;

/// C99 that does not compile unless each expression has its number.
fn assertions(expected: &[(String, i64)]) -> String {
    let mut source = "#include <stddef.h>\n#include <pyrun.h>\n#include <pyrun_vp.h>\n".to_owned();
    for (index, (expression, number)) in expected.iter().enumerate() {
        writeln!(source, "typedef char check_{index}[(long long)({expression}) == {number}LL ? 1 : -1];").unwrap();
    }
    source
}

fn compile(source: &str) -> Result<(), String> {
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/include");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-std=c99", "-x", "c", "-fsyntax-only", "-I", include, "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let mut compiler = compiler.spawn().expect("there is a C compiler");
    compiler.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = compiler.wait_with_output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[test]
fn records_lie_as_the_header_says() {
    let mut expected = Vec::new();
    macro_rules! record {
        ($ty:ident as $name:literal: $($field:ident = $member:literal),*) => {
            expected.push((format!("sizeof({})", $name), size_of::<$ty>() as i64));
            $(expected.push((format!("offsetof({}, {})", $name, $member), offset_of!($ty, $field) as i64));)*
        };
    }
    record!(Record as "pyrun_value": kind = "kind", flags = "flags", first = "u.i", first = "u.f", first = "u.s.data",
        second = "u.s.size", first = "u.l.items", second = "u.l.count", second = "u.c[1]", first = "u.o");
    record!(RawBuffer as "pyrun_buffer": data = "data", nbytes = "nbytes", id = "id", itemsize = "itemsize",
        ndim = "ndim", flags = "flags", format = "format", shape = "shape", strides = "strides");
    record!(RawFile as "pyrun_em_file": size = "size", mtime = "mtime", mode = "mode", is_folder = "is_folder");
    record!(RawFrame as "pyrun_frame": file = "file", function = "function", line = "line");
    compile(&assertions(&expected)).unwrap();
    let (_, size) = &mut expected[0];
    *size += 1;
    assert!(compile(&assertions(&expected)).is_err());
}

#[test]
fn numbers_are_those_of_the_header() {
    let mut expected = vec![("PYRUN_ABI_VERSION".to_owned(), i64::from(crate::ABI_VERSION))];
    for (name, code) in [
        ("OK", code::OK),
        ("EXCEPTION", code::EXCEPTION),
        ("EXIT", code::EXIT),
        ("ENDED", code::ENDED),
        ("BAD_ARGUMENT", code::BAD_ARGUMENT),
        ("BUSY", code::BUSY),
        ("POISONED", code::POISONED),
        ("INTERRUPTED", code::INTERRUPTED),
        ("LIMIT", code::LIMIT),
        ("MISSING", code::MISSING),
        ("CONVERT", code::CONVERT),
        ("CRASHED", code::CRASHED),
        ("SYSTEM", code::SYSTEM),
        ("SNAPSHOT", code::SNAPSHOT),
        ("INTERNAL", code::INTERNAL),
        ("VP_STACK", code::STACK),
        ("VP_STALE", code::STALE),
        ("TIMED_OUT", code::TIMED_OUT),
        ("KILLED", code::KILLED),
    ] {
        expected.push((format!("PYRUN_{name}"), code.into()));
    }
    for number in 0.. {
        let Ok(kind) = Kind::of(number) else { break };
        expected.push((format!("PYRUN_{}", format!("{kind:?}").to_uppercase()), number.into()));
    }
    compile(&assertions(&expected)).unwrap();
}

#[test]
fn requests_and_flags_are_those_of_the_headers() {
    let mut expected = Vec::new();
    for (name, number) in [("WASM_OPEN", 32), ("WASM_SET_FIELD", 49), ("EM_MALLOC", 64), ("EM_INVOKE_POINTER", 75)] {
        expected.push((format!("PYRUN_VP_{name}"), number));
    }
    for (name, flag) in [
        ("WRONLY", flags::O_WRONLY),
        ("RDWR", flags::O_RDWR),
        ("CREAT", flags::O_CREAT),
        ("EXCL", flags::O_EXCL),
        ("TRUNC", flags::O_TRUNC),
        ("APPEND", flags::O_APPEND),
    ] {
        expected.push((format!("PYRUN_EM_{name}"), flag.into()));
    }
    compile(&assertions(&expected)).unwrap();
}
