//! The command line is CPython's own.

use super::support::{pyrun, python};

#[test]
fn code() {
    python("print(6 * 7)").prints("42\n");
    pyrun(["-c", "import sys; print(sys.argv)", "a", "-x", "--with"]).run().prints("['-c', 'a', '-x', '--with']\n");
}

#[test]
fn a_module_with_standard_input() {
    pyrun(["-m", "json.tool", "--compact"]).input("{\"a\": [1, 2]}").run().prints("{\"a\":[1,2]}\n");
}

#[test]
fn a_script_with_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.py");
    std::fs::write(&script, "import os, sys\nprint(sys.argv, __name__, os.path.isabs(__file__))\n").unwrap();
    let script = script.to_str().unwrap();
    pyrun([script, "-c", "ü"]).run().prints(&format!("['{script}', '-c', 'ü'] __main__ True\n"));
    pyrun(["script.py"]).current_dir(folder.path()).run().prints("['script.py'] __main__ True\n");
}

#[test]
fn a_script_imports_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("neighbour.py"), "HERE = 'neighbour'").unwrap();
    let script = folder.path().join("main.py");
    std::fs::write(&script, "import neighbour; print(neighbour.HERE)").unwrap();
    pyrun([&script]).run().prints("neighbour\n");
    // Bytecode is not left behind in a folder that is not writable.
    assert!(!folder.path().join("__pycache__").exists());
    // A folder with a `__main__.py` is a program.
    std::fs::rename(&script, folder.path().join("__main__.py")).unwrap();
    pyrun([folder.path()]).run().prints("neighbour\n");
}

#[test]
fn a_script_that_is_not_there() {
    let ran = pyrun(["/nowhere/script.py"]).run();
    ran.ends_with(2).says("can't open file '/nowhere/script.py'");
}

#[test]
fn a_program_from_standard_input() {
    let program = "import sys\nprint(sys.argv)\n";
    pyrun(["-", "a", "b"]).input(program).run().prints("['-', 'a', 'b']\n");
    pyrun::<&str>([]).input(program).run().prints("['']\n");
}

#[test]
fn the_version_names_all_that_runs_a_program() {
    let (own, engine, release) = (env!("CARGO_PKG_VERSION"), pyrun::ENGINE, pyrun::DEFAULT_RELEASE);
    let all = format!("pyrun {own}\n{engine}\nPyodide {release}\nCPython 3.14\n");
    pyrun(["--version"]).run().prints(&all);
    let oldest = pyrun::supported_releases(&pyrun::home::Home::locate().unwrap()).remove(0);
    let (major, minor) = oldest.python;
    let older = all.replace(release, oldest.version).replace("3.14", &format!("{major}.{minor}"));
    pyrun(["--release", oldest.version, "--version"]).run().prints(&older);
    pyrun(["--release", "9.9.9", "--version"]).run().is_refused(2, &["9.9.9", "pyrun releases"]);
    // Of the program's.
    pyrun(["-c", "import sys; print(sys.argv)", "--version"]).run().prints("['-c', '--version']\n");
}

#[test]
fn the_version_of_one_letter_and_the_help_are_pythons() {
    pyrun(["-V"]).run().prints("Python 3.14.2\n");
    let help = pyrun(["-h"]).run();
    help.ends_with(0);
    assert!(help.stdout.starts_with("usage: "), "{help:?}");
    assert!(help.stdout.contains("-W arg"), "{help:?}");
}

#[test]
fn pyruns_help_shows_both_command_lines() {
    let help = pyrun(["--help"]).run();
    help.ends_with(0);
    for words in [
        "--with",
        "--dir",
        "--env",
        "--release",
        "--timings",
        "--snapshot",
        "--no-snapshot",
        "-c CODE",
        "-m MODULE",
        "SCRIPT",
        "PYRUN_HOME",
    ] {
        assert!(help.stdout.contains(words), "no {words} in {}", help.stdout);
    }
}

#[test]
fn an_unknown_option_is_pythons_business() {
    pyrun(["-Z"]).run().ends_with(2).says("Unknown option: -Z").says("usage: ");
    pyrun(["--no-such-option"]).run().ends_with(2).says("usage: ").says("there is no option --no-such-option");
    pyrun(["--dri", ".", "-c", "pass"]).run().ends_with(2).says("usage: ").says("did you mean --dir");
    pyrun(["-u", "--dir", ".", "-c", "pass"]).run().ends_with(2).says("put it before CPython's options");
    pyrun(["-c"]).run().ends_with(2).says("Argument expected for the -c option");
}

#[test]
fn options_of_cpython() {
    pyrun(["-X", "utf8", "-c", "import sys; print(sys.flags.utf8_mode)"]).run().prints("1\n");
    pyrun(["-X", "importtime", "-c", "pass"]).run().ends_with(0).says("import time:");
    pyrun(["-O", "-c", "assert False; print(__debug__)"]).run().prints("False\n");
    pyrun(["-u", "-c", "import sys; print(1); print(sys.stdout.write_through)"]).run().prints("1\nTrue\n");
    pyrun(["-IBc", "import sys; print(sys.flags.isolated)"]).run().prints("1\n");
    let warned = pyrun(["-W", "error", "-c", "import warnings; warnings.warn('careful')"]).run();
    warned.raises("UserWarning: careful");
    pyrun(["--env", "PYTHONOPTIMIZE=2", "-c", "import sys; print(sys.flags.optimize)"]).run().prints("2\n");
}

#[test]
fn the_prompt_reads_standard_input() {
    let ran = pyrun(["-i", "-q"]).input("1 + 1\nprint('hi')\n").run();
    ran.ends_with(0);
    assert_eq!(ran.stdout, "2\nhi\n");
    assert_eq!(ran.stderr.trim_end(), ">>> >>> >>>");
}

#[test]
fn the_prompt_after_a_program() {
    let ran = pyrun(["-q", "-i", "-c", "x = 5; 1/0"]).input("print(x + 1)\n").run();
    ran.ends_with(0).says("ZeroDivisionError");
    assert_eq!(ran.stdout, "6\n");
}

#[test]
fn input_reads_lines() {
    let ran = pyrun(["-c", "print(input(), input())"]).input("ä\nb\n").run();
    ran.prints("ä b\n");
    pyrun(["-c", "input()"]).run().raises("EOFError: EOF when reading a line");
}

#[test]
fn timings_come_at_the_end() {
    let ran = pyrun(["--timings", "-c", "print('out')"]).run();
    ran.ends_with(0).says("main module").says("restore").says("finalize");
    assert_eq!(ran.stdout, "out\n");
    pyrun(["--timings", "--no-snapshot", "-c", "pass"]).run().ends_with(0).says("boot");
    assert!(ran.stderr.lines().all(|line| line.ends_with(" ms")), "{ran:?}");
}

#[test]
fn a_script_whose_name_begins_with_a_dash() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("-dash.py"), "import sys; print(sys.argv)").unwrap();
    for options in [&[][..], &["--env", "A=1"], &["-u"]] {
        let line = [options, &["--", "-dash.py", "--", "-x"]].concat();
        pyrun(&line).current_dir(folder.path()).run().prints("['-dash.py', '--', '-x']\n");
    }
}

/// Scripts that are no files, or lie where no folder can be shown: pyrun reads them.
#[cfg(target_os = "linux")]
#[test]
fn a_script_from_a_pipe() {
    let shell = |line: &str, folder: &std::path::Path| {
        let line = line.replace("PYRUN", env!("CARGO_BIN_EXE_pyrun"));
        let output = std::process::Command::new("bash").args(["-c", &line]).current_dir(folder).output().unwrap();
        super::support::Ran::from(output)
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.py"), "import sys, numpy; print(__name__, *sys.argv[1:], 2 + 3)").unwrap();
    for (line, wanted) in [
        ("PYRUN <(cat x.py) a", "__main__ a 5\n"),
        ("PYRUN --no-snapshot <(cat x.py) a", "__main__ a 5\n"),
        ("PYRUN --dir . <(cat x.py) a", "__main__ a 5\n"),
        ("PYRUN /dev/fd/7 7< x.py", "__main__ 5\n"),
        ("PYRUN /proc/self/fd/7 7< x.py", "__main__ 5\n"),
        ("cat x.py | PYRUN /dev/stdin a", "__main__ a 5\n"),
        ("PYRUN /dev/stdin < x.py", "__main__ 5\n"),
        ("PYRUN /dev/fd/0 < x.py", "__main__ 5\n"),
        ("mkfifo pipe; cat x.py > pipe & PYRUN pipe b", "__main__ b 5\n"),
        ("PYRUN 9< <(echo 'import sys; print(sys.argv[0])') /dev/fd/9", "/dev/fd/9\n"),
    ] {
        shell(line, folder.path()).prints(wanted);
    }
    let refused = shell("PYRUN --dir . pipe", folder.path());
    refused.is_refused(2, &["can't open file", "it is no file", "--dir"]);
    if std::fs::write("/pyrun-test.py", "print(__file__)").is_ok() {
        let ran = pyrun(["/pyrun-test.py"]).run();
        std::fs::remove_file("/pyrun-test.py").unwrap();
        ran.prints("/pyrun-test.py\n");
    }
}
