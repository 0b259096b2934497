//! MicroPython: scripts, exceptions, the prompt.

use std::time::Duration;

use pyrun::stdio::{InputBytes, OnFull, OutputBuffer, Stdio};
use pyrun::{Error, Limits, MicroPython, ModuleError};

use super::module;

/// What a run writes, and its status.
fn run(
    micropython: MicroPython,
    stdin: &str,
    go: impl FnOnce(MicroPython) -> pyrun::Result<pyrun::Outcome>,
) -> (i32, String, String) {
    let (stdout, stderr) = (OutputBuffer::new(1 << 20, OnFull::Fail), OutputBuffer::new(1 << 20, OnFull::Fail));
    let stdio = Stdio::discard().stdin(InputBytes::new(stdin)).stdout(stdout.clone()).stderr(stderr.clone());
    let outcome = go(micropython.stdio(stdio)).unwrap_or_else(|error| panic!("{error}"));
    let text = |buffer: &OutputBuffer| String::from_utf8(buffer.take()).expect("text");
    (outcome.status, text(&stdout), text(&stderr))
}

#[test]
fn a_script_runs_and_ends_as_it_says() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let script = |source: &'static str| run(MicroPython::new(&module), "", |python| python.run(source));
    let (status, stdout, stderr) =
        script("import sys\nprint(sys.implementation.name, 2 ** 100, [x * x for x in range(4)])");
    assert_eq!(
        (status, stdout.as_str(), stderr.as_str()),
        (0, "micropython 1267650600228229401496703205376 [0, 1, 4, 9]\n", "")
    );
    assert_eq!(script("import sys\nsys.exit(3)").0, 3);
    assert_eq!(script("raise SystemExit").0, 0);
    let (status, _, stderr) = script("def f():\n    return 1 / 0\nf()");
    assert_eq!(status, 1);
    assert!(stderr.contains("ZeroDivisionError") && stderr.contains("line 2, in f"), "{stderr}");
    // Deep recursion and endless lists are exceptions.
    let (status, _, stderr) = script("def f(): f()\nf()");
    assert!(status == 1 && stderr.contains("RuntimeError"), "{stderr}");
}

#[test]
fn javascript_is_absent() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let words = "No module named 'js': what imports it needs JavaScript or a browser, and pyrun has neither";
    for source in ["import js", "from js import document"] {
        let (status, _, stderr) = run(MicroPython::new(&module), "", |python| python.run(source));
        assert_eq!((status, stderr.lines().last()), (1, Some(format!("ImportError: {words}").as_str())), "{source}");
    }
    let (status, stdout, stderr) =
        run(MicroPython::new(&module), "", |python| python.run("import json, os\nprint(json.dumps([os.getcwd()]))"));
    assert_eq!((status, stderr.as_str()), (0, ""), "other modules are as they were: {stdout}");
}

#[test]
fn an_interrupt_is_an_exception_as_soon_as_the_host_is_called() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let mut python = MicroPython::new(&module);
    python.interrupt_handle().unwrap().interrupt();
    let source = "try:\n    import time\n    time.sleep(1000)\nexcept KeyboardInterrupt:\n    print('interrupted')";
    let (status, stdout, stderr) = run(python, "", |python| python.run(source));
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "interrupted\n", ""));
}

/// Runs source that prints `ready`, and interrupts it so many milliseconds later.
fn interrupted_after(module: &pyrun::Module, source: &str, delay: u64) -> (i32, String, String) {
    let mut python = MicroPython::new(module);
    let handle = python.interrupt_handle().unwrap();
    let (stdout, stderr) = (OutputBuffer::new(1 << 20, OnFull::Fail), OutputBuffer::new(1 << 20, OnFull::Fail));
    let seen = stdout.clone();
    let interrupter = std::thread::spawn(move || {
        let mut output = Vec::new();
        while !output.ends_with(b"ready\n") {
            output.extend(seen.take());
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(delay));
        handle.interrupt();
    });
    let stdio = Stdio::discard().stdout(stdout.clone()).stderr(stderr.clone());
    let outcome = python.stdio(stdio).run(source).unwrap_or_else(|error| panic!("{error}"));
    interrupter.join().unwrap();
    let text = |buffer: &OutputBuffer| String::from_utf8(buffer.take()).expect("text");
    (outcome.status, text(&stdout), text(&stderr))
}

#[test]
fn a_sleep_ends_by_the_exception_where_it_is() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    for sleep in ["time.sleep(1000)", "time.sleep(1000.5)", "time.sleep_ms(1000000)", "sleep(1000)"] {
        for delay in [0, 1, 2, 3, 5, 8, 13, 51, 70] {
            let caught = format!(
                "import time\nfrom time import sleep\ntry:\n    print('ready')\n    {sleep}\n    print('slept')\nexcept KeyboardInterrupt:\n    print('caught')"
            );
            let (status, stdout, stderr) = interrupted_after(&module, &caught, delay);
            assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "caught\n", ""), "{sleep}, {delay} ms");
        }
    }
    let (status, stdout, stderr) =
        interrupted_after(&module, "import time\nprint('ready')\ntime.sleep(1000)\nprint('slept')", 20);
    assert!(status == 130 && stdout.is_empty() && stderr.contains("KeyboardInterrupt"), "{status} {stdout} {stderr}");
    assert_eq!(stderr.matches("line ").count(), 1, "frames of the program's alone: {stderr}");
}

#[test]
fn a_sleep_takes_its_time_and_little_else() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let source = "import time\nstart = time.ticks_ms()\nfor s in (0.2, 0.06, 0, -1, 0.001, False):\n    time.sleep(s)\n\
        time.sleep_ms(101)\nprint(time.ticks_diff(time.ticks_ms(), start) >= 362)\n\
        for wrong in ('1', None, []):\n    try:\n        time.sleep(wrong)\n    except TypeError:\n        print('TypeError')";
    let mut python = MicroPython::new(&module);
    let usage = python.interrupt_handle().unwrap();
    let (status, stdout, stderr) = run(python, "", |python| python.run(source));
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "True\nTypeError\nTypeError\nTypeError\n", ""));
    // A loop that asked without a pause would call the host some thousand times in each of the 362 milliseconds.
    assert!(usage.usage().host_calls < 400_000, "{:?}", usage.usage());
}

#[test]
fn the_bridge_to_javascript_refuses_by_name() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let error = MicroPython::new(&module).run("import jsffi\njsffi.to_js([1])").unwrap_err();
    assert!(matches!(&error, Error::Refused { why, .. } if why.contains("JavaScript")), "{error}");
}

#[test]
fn the_heap_is_as_large_as_it_is_told() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let bytes = |micropython: MicroPython| {
        let size = "import gc\nprint(gc.mem_free() + gc.mem_alloc())";
        let (status, stdout, stderr) = run(micropython, "", |python| python.run(size));
        assert_eq!(status, 0, "{stderr}");
        stdout.trim().parse::<u32>().expect("a number")
    };
    // Both count what the heap may still grow by.
    let (usual, small) = (bytes(MicroPython::new(&module)), bytes(MicroPython::new(&module).heap(64 << 10)));
    assert!((900_000..1 << 20).contains(&(usual - small)), "{usual} {small}");
    // It grows for what is larger, as far as the limits let it.
    let limited = MicroPython::new(&module).limits(Limits::new().memory(20 << 20));
    let (status, _, stderr) = run(limited, "", |python| python.run("bytearray(30 << 20)"));
    assert!(status == 1 && stderr.contains("MemoryError"), "{stderr}");
    for wrong in ["heap=1", "heapsize=", "heapsize=4097m", "heapsize=-1", "heapsize=1k", "heapsize=64q"] {
        assert!(MicroPython::new(&module).option(wrong.as_ref()).is_err(), "{wrong}");
    }
}

#[test]
fn a_heap_without_room_is_refused_with_the_largest_that_has() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    for limit in [None, Some(64 << 20), Some(17 << 20)] {
        let limits = || limit.map_or(Limits::new(), |bytes| Limits::new().memory(bytes));
        for wanted in [2048_u32 << 20, u32::MAX] {
            let error = MicroPython::new(&module).limits(limits()).heap(wanted).run("1").unwrap_err();
            let Error::Module(ModuleError::MicroPythonHeap { bytes, largest }) = &error else { panic!("{error}") };
            assert_eq!(*bytes, wanted);
            assert!(u64::from(*largest) < limit.unwrap_or(2 << 30), "{error}");
            // What it names fits.
            let python = MicroPython::new(&module).limits(limits()).heap(*largest);
            assert_eq!(run(python, "", |python| python.run("print(1)")).1, "1\n", "{error}");
        }
    }
}

#[test]
fn input_reads_lines_of_standard_input_to_its_end() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let source =
        "print([input('? '), input(), input()])\ntry:\n    input()\nexcept EOFError as error:\n    print(repr(error))";
    let (status, stdout, stderr) = run(MicroPython::new(&module), "one\n\nlast", |python| python.run(source));
    let expected = "? ['one', '', 'last']\nEOFError('EOF when reading a line',)\n";
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, expected, ""));
    // At the prompt, too, which reads the same input.
    let (status, stdout, _) = run(MicroPython::new(&module), "x = input()\nline\nprint(x * 2)\n", MicroPython::prompt);
    assert!(status == 0 && stdout.contains("\nlineline\n"), "{stdout:?}");
    // An interrupt ends the wait.
    let mut python = MicroPython::new(&module);
    python.interrupt_handle().unwrap().interrupt();
    let (_, stdout, stderr) =
        run(python, "", |python| python.run("try:\n    input()\nexcept KeyboardInterrupt:\n    print('^C')"));
    assert!(stdout == "^C\n" || stderr.contains("EOFError"), "{stdout} {stderr}");
}

#[test]
fn the_command_line_and_the_scripts_folder_are_pythons() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("beside.py"), "name = __name__").unwrap();
    let source = "import sys\nprint(sys.argv)\nimport beside\nprint(beside.name, sys.path[0])";
    let python = MicroPython::new(&module).arguments(["a'\n.py", "\\", "ç"]);
    let python = python.folder(folder.path(), "/here", false).import_folder("/here");
    let (status, stdout, stderr) = run(python, "", |python| python.run(source));
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "[\"a'\\n.py\", '\\\\', '\\xe7']\nbeside /here\n", ""));
    // Nothing is left of what put them there.
    let (_, stdout, _) =
        run(MicroPython::new(&module), "", |python| python.run("import sys\nprint(sys.argv, sorted(dir()))"));
    assert_eq!(stdout, "[''] ['__name__', 'sys']\n");
}

#[test]
fn a_program_may_end_itself_at_the_prompt() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    // This build does not tell which.
    for line in ["import sys; sys.exit()\nprint('on')\n", "raise SystemExit\nprint('on')\n"] {
        let (status, stdout, _) = run(MicroPython::new(&module), line, MicroPython::prompt);
        assert!(status == 0 && !stdout.contains("\non"), "{stdout:?}");
    }
}

#[test]
fn files_are_those_that_are_granted() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let python = MicroPython::new(&module).file("/in/a.txt", "granted");
    let (status, stdout, _) = run(python, "", |python| python.run("print(open('/in/a.txt').read())"));
    assert_eq!((status, stdout.as_str()), (0, "granted\n"));
    let (status, _, stderr) = run(MicroPython::new(&module), "", |python| python.run("open('/etc/passwd')"));
    assert!(status == 1 && stderr.contains("OSError"), "{stderr}");
}

#[test]
fn the_prompt_reads_lines() {
    let Some(module) = module("micropython", "micropython.wasm") else { return };
    let (status, stdout, _) = run(MicroPython::new(&module), "x = 6\nprint(x * 7)\n", MicroPython::prompt);
    assert_eq!(status, 0);
    assert!(stdout.contains(">>>") && stdout.contains("\n42\n"), "{stdout:?}");
}

#[test]
fn another_module_is_not_micropython() {
    let Some(jq) = module("jq", "jq.wasm") else { return };
    let error = MicroPython::new(&jq).run("1").unwrap_err().to_string();
    assert!(error.contains("not MicroPython"), "{error}");
}
