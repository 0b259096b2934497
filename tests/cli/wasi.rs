//! WASI programs on the command line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::interrupts::heed_ctrl_c;
use super::support::pyrun;

/// Says `ready` by `fd_write`, and loops for ever without calling anything:
///
/// ```wat
/// (module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
///     (memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00\06\00\00\00ready\n")
///     (func (export "_start")
///         (drop (call 0 (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20))) (loop (br 0))))
/// ```
const LOOP: &[u8] = b"\0asm\x01\0\0\0\x01\x0c\x02`\x04\x7f\x7f\x7f\x7f\x01\x7f`\0\0\
    \x02#\x01\x16wasi_snapshot_preview1\x08fd_write\0\0\x03\x02\x01\x01\x05\x03\x01\0\x01\
    \x07\x13\x02\x06memory\x02\0\x06_start\0\x01\
    \x0a\x14\x01\x12\0A\x01A\0A\x01A\x14\x10\0\x1a\x03@\x0c\0\x0b\x0b\
    \x0b\x14\x01\0A\0\x0b\x0e\x08\0\0\0\x06\0\0\0ready\x0a";

#[test]
fn ctrl_c_ends_a_program_that_calls_nothing() {
    heed_ctrl_c();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("loop.wasm");
    std::fs::write(&file, LOOP).unwrap();
    let mut pyrun = pyrun([&file]);
    let mut child = pyrun.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut errors = String::new();
    if line == "ready\n" {
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    }
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let status = child.wait().unwrap();
    assert_eq!((line.as_str(), status.code(), errors.as_str()), ("ready\n", Some(130), ""));
}
