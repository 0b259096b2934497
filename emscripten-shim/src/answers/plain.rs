//! Imports that need no file: endings, the program's name, copies, times.

use std::time::Duration;

use wasmer::Value;

use super::Guest;
use crate::Trap;
use crate::time::civil::TM_WITH_OFFSET;

const I32: fn(i32) -> Value = Value::I32;
const OUT: u32 = 0x400;

#[test]
fn endings() {
    for (name, args, said) in [
        ("__handle_stack_overflow", &[0x10][..], "stack overflow: the stack pointer is 0x10"),
        ("segfault", &[], "segmentation fault"),
        ("alignfault", &[], "alignment fault"),
        ("abort", &[], "abort() was called"),
        ("_abort_js", &[], "abort() was called"),
        ("__assert_fail", &[0x100, 0x110, 7, 0x120], "Assertion failed: x > 0, at: a.c,7,main"),
        ("__assert_fail", &[0x100, 0, 7, 0], "Assertion failed: x > 0, at: unknown filename,7,unknown function"),
    ] {
        let args: Vec<Value> = args.iter().copied().map(I32).collect();
        for import in Guest::imports(name, &args) {
            let mut guest = Guest::new();
            for (at, text) in [(0x100, "x > 0\0"), (0x110, "a.c\0"), (0x120, "main\0")] {
                guest.put(at, text.as_bytes());
            }
            let ended = guest.call_import(import, &args).unwrap_err();
            assert!(matches!(&ended, Trap::Aborted(why) if why == said), "{name}: {ended}");
        }
    }
    let ended = Guest::new().call("emscripten_exit_with_live_runtime", &[]).unwrap_err();
    assert!(matches!(ended, Trap::MainEnded), "{ended}");
}

#[test]
fn what_is_answered_in_the_same_way_each_time() {
    let mut guest = Guest::new();
    guest.put(0x100, b"told\0");
    for (name, args, answer) in [
        ("emscripten_asm_const_int", vec![I32(1), I32(2), I32(3)], Some(I32(0))),
        ("emscripten_asm_const_double", vec![I32(1), I32(2), I32(3)], Some(Value::F64(0.0))),
        ("emscripten_is_main_browser_thread", vec![], Some(I32(1))),
        ("emscripten_is_main_runtime_thread", vec![], Some(I32(1))),
        ("emscripten_debugger", vec![], None),
        ("_emscripten_log_formatted", vec![I32(0), I32(0x100)], None),
        ("_emscripten_system", vec![I32(0)], Some(I32(0))),
        ("_emscripten_system", vec![I32(0x100)], Some(I32(-52))),
        ("system", vec![I32(0)], Some(I32(0))),
        ("_emscripten_get_now_is_monotonic", vec![], Some(I32(1))),
        ("emscripten_get_now_res", vec![], Some(Value::F64(1.0))),
        ("emscripten_date_now", vec![], Some(Value::F64(0.0))),
        ("__syscall_getpid", vec![], Some(I32(42))),
        ("__syscall_getppid", vec![], Some(I32(1))),
        ("__syscall_geteuid32", vec![], Some(I32(0))),
    ] {
        for import in Guest::imports(name, &args) {
            let found = guest.call_import(import, &args).unwrap_or_else(|trap| panic!("{name}: {trap}"));
            assert_eq!(found, answer, "{name}");
        }
    }
}

#[test]
fn what_keeps_the_runtime_alive_is_counted() {
    let mut guest = Guest::new();
    let count = |guest: &mut Guest| guest.state().process.keepalive;
    guest.run("emscripten_runtime_keepalive_push", &[]);
    guest.run("emscripten_runtime_keepalive_push", &[]);
    assert_eq!(count(&mut guest), 2);
    guest.run("emscripten_runtime_keepalive_pop", &[]);
    assert_eq!(count(&mut guest), 1);
    guest.run("emscripten_runtime_keepalive_push", &[]);
    guest.run("_emscripten_runtime_keepalive_clear", &[]);
    guest.run("emscripten_runtime_keepalive_pop", &[]);
    assert_eq!(count(&mut guest), 0);
}

#[test]
fn names_and_copies() {
    let mut guest = Guest::new();
    guest.state().process.program = b"/bin/program".to_vec();
    guest.run("_emscripten_get_progname", &[0x200, 100]);
    assert_eq!(guest.text(0x200), "/bin/program");
    guest.run("_emscripten_get_progname", &[0x200, 5]);
    assert_eq!(guest.text(0x200), "/bin");
    guest.put(0x300, b"0123456789");
    for (name, to) in
        [("emscripten_memcpy_big", 0x310), ("emscripten_memcpy_js", 0x320), ("_emscripten_memcpy_js", 0x330)]
    {
        guest.run(name, &[to, 0x302, 3]);
        assert_eq!(guest.text(to.cast_unsigned()), "234", "{name}");
        assert!(guest.call(name, &[I32(-2), I32(0x300), I32(8)]).is_err(), "{name}");
    }
    guest.run("setTempRet0", &[7]);
    assert_eq!(guest.number("getTempRet0", &[]), 7);
}

/// A `struct tm`, as words.
fn tm(guest: &mut Guest, at: u32) -> [i32; 9] {
    std::array::from_fn(|index| guest.get::<i32>(at + 4 * index as u32))
}

#[test]
fn times_as_fields() {
    let mut guest = Guest::new();
    let fields = [5, 4, 3, 2, 0, 124, 2, 1, 0];
    let seconds = 1_704_164_645;
    for name in ["_gmtime_js", "_localtime_js"] {
        for import in Guest::imports(name, &[Value::I64(seconds), I32(0x400)]) {
            guest.put(OUT, &[0xff; TM_WITH_OFFSET]);
            let answer = guest.call_import(import, &[Value::I64(seconds), I32(0x400)]).unwrap();
            assert!(answer.is_none_or(|answer| answer == I32(0)), "{name}");
            let found = tm(&mut guest, OUT);
            assert_eq!(found[..8], fields[..8], "{name}");
            let none = guest.call_import(import, &[Value::I64(i64::MAX), I32(0x400)]).unwrap();
            assert!(none.is_none_or(|answer| answer == I32(1)), "{name}");
        }
    }
    for name in ["_timegm_js", "_mktime_js"] {
        for import in Guest::imports(name, &[I32(0x400)]) {
            guest.put_words(OUT, &[65, 3, 3, 2, 0, 124, 0, 0, 0]);
            let answer = guest.call_import(import, &[I32(0x400)]).unwrap();
            assert!(answer == Some(Value::I64(seconds)) || answer == Some(I32(seconds as i32)), "{name}: {answer:?}");
            assert_eq!(tm(&mut guest, OUT)[6..8], [2, 1], "{name}");
        }
    }
}

#[test]
fn the_zone_is_told() {
    let mut guest = Guest::new();
    let args = [0x400, 0x404, 0x410, 0x430].map(I32);
    for import in Guest::imports("_tzset_js", &args) {
        guest.put(OUT, &[0xff; 80]);
        guest.call_import(import, &args).unwrap();
        assert_eq!([guest.get::<i32>(OUT), guest.get(0x404)], [0, 0]);
        let names = [guest.text(0x410), guest.text(0x430)];
        assert!(names.iter().all(|name| name.starts_with("UTC")), "{names:?}");
        let outside = [0x400, 0x404, -8, 0x430].map(I32);
        assert!(guest.call_import(import, &outside).is_err());
    }
}

#[test]
fn times_as_text() {
    let mut guest = Guest::new();
    let (text, format) = (guest.put(0x100, b"2024-01-02 03:04\0"), guest.put(0x120, b"%Y-%m-%d %H:%M\0"));
    guest.put(OUT, &[0; TM_WITH_OFFSET]);
    for (name, args) in [("strptime", vec![text, format, 0x400]), ("strptime_l", vec![text, format, 0x400, 0])] {
        assert_eq!(guest.number(name, &args), text + 16, "{name}");
        assert_eq!(tm(&mut guest, OUT)[1..6], [4, 3, 2, 0, 124], "{name}");
    }
    for (name, args) in
        [("strftime", vec![0x200, 20, format, 0x400]), ("strftime_l", vec![0x200, 20, format, 0x400, 0])]
    {
        assert_eq!(guest.number(name, &args), 16, "{name}");
        assert_eq!(guest.text(0x200), "2024-01-02 03:04", "{name}");
    }
    assert_eq!(guest.number("strftime", &[0x200, 16, format, 0x400]), 0, "there is no room for the NUL");
}

#[test]
fn a_sleep_takes_its_time() {
    let mut guest = Guest::new();
    for millis in [250.0, -1.0, f64::NAN, 0.0] {
        guest.call("emscripten_thread_sleep", &[Value::F64(millis)]).unwrap();
    }
    assert_eq!(guest.state().process.host.monotonic(), Duration::from_millis(250));
    assert_eq!(guest.call("emscripten_get_now", &[]).unwrap(), Some(Value::F64(250.0)));
}
