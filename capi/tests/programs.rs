//! C programs that use the library: the examples, and what a host may do wrong.
//!
//! Each runs once as it is and, where the compiler has them, once with AddressSanitizer, LeakSanitizer and
//! UndefinedBehaviorSanitizer. These replace `malloc` for the whole process, so that a result that is used after it was
//! freed, or never freed, is found although the library itself is not instrumented.
//!
//! Valgrind 3.19 does not get this far: it hides the kernel's vDSO, whose address rustix still learns from the kernel and
//! follows (its feature `use-libc-auxv` would ask libc instead).

mod support;

use std::process::Command;

use support::{Installed, SANITIZERS, has, has_sanitizers, package, run, sanitized};

/// Compiles and runs a program, and again with sanitizers; it prints the same.
#[track_caller]
fn prints(source: &str, expected: &str) {
    prints_both(source, expected, expected);
}

/// Compiles and runs a program, and again with sanitizers and the macro `SANITIZED`: AddressSanitizer complains of exceptions of a
/// module's, which leave stacks that it does not know.
#[track_caller]
fn prints_both(source: &str, expected: &str, watched: &str) {
    if !has(&["cc"]) {
        return;
    }
    let installed = prints_as_it_is(source, expected);
    if has_sanitizers() {
        let program = installed.compile(source, &[SANITIZERS, "-fno-sanitize-recover=all", "-DSANITIZED"]);
        assert_eq!(run(&mut sanitized(program)), watched);
    }
}

#[track_caller]
fn prints_as_it_is(source: &str, expected: &str) -> Installed {
    let installed = Installed::shared();
    let found = run(&mut Command::new(installed.compile::<&str>(source, &[])));
    assert_eq!(found, expected);
    installed
}

const EMBED: &str = "hello from Python\nthe answer is 42\n1.0 3.0 9.0\nZeroDivisionError: division by zero\n";

#[test]
fn hello() {
    prints("examples/hello.c", "42\n");
}

#[test]
fn careless() {
    prints("tests/c/careless.c", "nothing ended it\n");
}

#[test]
fn audit() {
    prints("tests/c/audit.c", "told\n");
}

#[test]
fn deadlines() {
    let stopped = "the limit of 50ms of wall time is over, and what ran was stopped";
    prints_as_it_is("tests/c/deadlines.c", &format!("the time limit of the run is over\n{stopped}\n"));
}

/// As it is: sanitizers need what it gives up.
#[test]
fn untrusted() {
    prints_as_it_is("tests/c/untrusted.c", "locked down\n");
}

/// As it is: sanitizers have handlers of their own.
#[test]
fn signals() {
    let crashes = [
        "t: killed by the signal",
        "0t: a crash, with its address",
        "t0t: a crash, with its address",
        "1t: a crash",
        "t1t: a crash",
        "t2t: a crash, handed on\nkilled by the signal",
        "1t2t: a crash, handed on\na crash",
        "t1t2t: a crash, handed on\na crash",
        "2t2t: a crash, handed on\nkilled by the signal",
        "t0t3t: killed by the signal",
    ];
    prints_as_it_is("tests/c/signals.c", &(crashes.join("\n") + "\n"));
}

/// CPython as a host, with its faulthandler enabled before and after.
#[test]
fn faulthandler() {
    if !has(&["cc", "python3"]) {
        return;
    }
    let installed = Installed::shared();
    for when in ["before", "after", "between", "never"] {
        let mut python = Command::new("python3");
        python.arg(package().join("tests/c/faulthandler.py")).arg(installed.shared_library()).arg(when);
        let output = python.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "0 -8 -14 0\n".repeat(2), "{when}: {said}");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(11), "{when}: {said}");
        assert_eq!(said.contains("Fatal Python error: Segmentation fault"), when != "never", "{when}: {said}");
        assert!(said.matches("Fatal Python error").count() <= 2, "{when}: {said}");
    }
}

#[test]
fn deadlines_of_modules() {
    let gone = |why: &str| format!("{why}\nit cannot be used any more ({why}); start another one\n");
    let whys =
        ["the limit of 50ms of wall time is over, and what ran was stopped", "signal 2 ended it", "it was killed"];
    prints_as_it_is("tests/c/module_deadlines.c", &whys.map(gone).concat());
}

#[test]
fn embed() {
    prints("examples/embed.c", EMBED);
}

const TOUR: &str = "\
values: 2 pairs, the last is b 2.5
iteration: 0 1 4 9 16
host functions: 49
  and raise: TypeError: the key must be a str
  and see arrays: 2.5
arrays: twice the sum is 30
  and the mean 2.5
snapshots: 144
limits: MemoryError
  and interrupts: interrupted
errors: division by zero in line 2: <module>:4 half:2
  and exits: 3
  and mistakes: a setting was refused: \"not/absolute\" is not an absolute path of the guest, such as /data
modules: 42.0
  and traps: the module trapped: memory access out of bounds, in half
  and globals: 2
operations: the mean is 2.0
  and sorted they are 1 2 3
C's functions: hello from C, 12 bytes
";

#[test]
fn tour() {
    prints("examples/tour.c", TOUR);
}

/// The examples as a stranger builds them: their folder alone, `make`, and what `pkg-config` says of the installed library.
#[test]
fn the_examples_build_outside_of_the_repository() {
    if !has(&["cc", "make", "pkg-config"]) {
        return;
    }
    let installed = Installed::shared();
    let elsewhere = installed.path().join("examples");
    std::fs::create_dir(&elsewhere).unwrap();
    for file in ["Makefile", "hello.c", "embed.c", "tour.c"] {
        std::fs::copy(package().join("examples").join(file), elsewhere.join(file)).unwrap();
    }
    let mut make = Command::new("make");
    make.args(["--silent", "run", "CFLAGS=-std=c99 -Wall -Wextra -Werror -pedantic"]).current_dir(&elsewhere);
    let said = run(make.env("PKG_CONFIG_PATH", installed.path().join("lib/pkgconfig")).env_remove("MAKEFLAGS"));
    assert_eq!(said, format!("42\n{EMBED}{TOUR}"));
}

#[test]
fn embed_with_the_static_library() {
    if !has(&["cc"]) {
        return;
    }
    let installed = Installed::archive();
    let libraries: &[&str] =
        if cfg!(target_os = "linux") { &["-lgcc_s", "-lutil", "-lrt", "-lm", "-ldl"] } else { &[] };
    assert_eq!(run(&mut Command::new(installed.compile("examples/embed.c", libraries))), EMBED);
    assert!(!installed.shared_library().exists());
}

#[test]
fn misuse() {
    prints("tests/c/misuse.c", "259 checks\n");
}

#[test]
fn operations() {
    prints("tests/c/operations.c", "58 checks\n");
}

#[test]
fn host_functions() {
    prints("tests/c/host_functions.c", "237 checks\n");
}

#[test]
fn modules() {
    prints("tests/c/modules.c", "128 checks\n");
}

/// C's functions of a guest of Emscripten's, and exported globals.
#[test]
fn em() {
    prints_both("tests/c/em.c", "191 checks\n", "174 checks\n");
}

/// Modules for a host as ChrysaLisp's: the rows of the plan that it grew from.
#[test]
fn vp_modules() {
    prints_both("tests/c/vp_modules.c", "582 checks\n", "567 checks\n");
}

/// A host as ChrysaLisp's: integers only, one thread, small stacks, a standard input that does not block. Not with
/// sanitizers, which do not know stacks that a program makes.
#[test]
fn vp_host() {
    if !has(&["cc"]) {
        return;
    }
    prints_as_it_is("tests/c/vp_host.c", "577 checks\n");
}

/// Not with sanitizers, which keep what is freed for a while.
#[cfg(target_os = "linux")]
#[test]
fn flat() {
    if !has(&["cc"]) {
        return;
    }
    prints_as_it_is("tests/c/flat.c", "flat\n");
}

/// The sanitizers would find what these tests rely on them to find.
#[test]
fn a_leak_is_found() {
    if !has(&["cc"]) || !has_sanitizers() {
        return;
    }
    let installed = Installed::shared();
    let source = installed.path().join("leak.c");
    let text =
        "#include <pyrun.h>\nint main(void) { pyrun_result *r; pyrun_eval(0, \"1\", 1, &r); r = 0; return 0; }\n";
    std::fs::write(&source, text).unwrap();
    let program = installed.compile(source.to_str().unwrap(), &[SANITIZERS]);
    let ran = sanitized(program).output().unwrap();
    assert!(!ran.status.success());
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("LeakSanitizer: detected memory leaks"), "{said}");
}
