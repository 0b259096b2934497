//! Standard streams as the shell gives them: files are files, pipes are pipes, what is closed is closed. Each line is run by a shell,
//! once with CPython and once with pyrun, and must print the same and end with the same status.

use std::process::{Command, Stdio};

use super::support::{Ran, pyrun};

/// `$PY` is the interpreter; `f` holds three lines, `z` the word `old`.
const LINES: &[&str] = &[
    r#"($PY -c 'input()'; cat) < f"#,
    r#"($PY -c 'import os; os.read(0, 2)'; cat) < f"#,
    r#"$PY -c 'import sys; print(sys.stdin.tell(), sys.stdin.read(2), sys.stdin.seek(0), sys.stdin.read())' < f"#,
    r#"$PY -c 'import os; s = os.fstat(0); print(oct(s.st_mode), s.st_size, s.st_mtime > 1e9)' < f"#,
    r#"$PY -c 'import os, stat; print([stat.S_IFMT(os.fstat(n).st_mode) for n in (0, 1)])' < /dev/null | cat"#,
    r#"true | $PY -c 'import os, stat; print(stat.S_IFMT(os.fstat(0).st_mode), os.fstat(0).st_size)'"#,
    r#"$PY -c 'import os; os.write(1, b"abc"); os.write(2, b"%d %d" % (os.lseek(1, 0, 1), os.fstat(1).st_size))' > z; cat z"#,
    r#"$PY -c 'import sys; print(sys.stdout.tell()); sys.stdout.write("abc"); sys.stdout.seek(0); sys.stdout.write("X")' > z; cat z"#,
    r#"$PY -c 'import os, sys; print("hello", flush=True); print(os.lseek(1, 0, 1), os.fstat(1).st_size)' >> z; cat z"#,
    r#"$PY -c 'import sys; sys.stdout.write("hello"); sys.stdout.flush(); sys.stdout.truncate(2)' > z; cat z"#,
    r#"$PY -c 'import os; os.write(1, b"hello"); os.ftruncate(1, 2); os.pwrite(1, b"Z", 0)' > z; cat z"#,
    r#"$PY -c 'import os; print(os.pread(0, 2, 2), os.read(0, 1))' < f"#,
    r#"$PY -c 'import sys, zipfile; z = zipfile.ZipFile(sys.stdout.buffer, "w"); z.writestr("a", "hi"); z.close()' > z; $PY -c 'import sys, zipfile; print(zipfile.ZipFile(sys.stdin.buffer).read("a"))' < z"#,
    r#"$PY -c 'import sys, tarfile, io; t = tarfile.open(fileobj=sys.stdout.buffer, mode="w"); i = tarfile.TarInfo("a"); i.size = 2; t.addfile(i, io.BytesIO(b"hi")); t.close()' > z; tar tf z"#,
    r#"$PY -c 'import mmap; print(mmap.mmap(0, 0, access=mmap.ACCESS_READ)[:3])' < f"#,
    r#"$PY -c 'print(1)' > /dev/full; echo $?"#,
    r#"$PY -c 'import os; os.write(1, b"x")' > /dev/full; echo $?"#,
    r#"$PY -c 'import sys; print(sys.stdin)' <&-"#,
    r#"$PY -c 'import sys; sys.stderr.write(str(sys.stdout))' >&-"#,
    r#"$PY -c 'import sys; print(sys.stdin, sys.stderr)' <&- 2>&-"#,
    r#"$PY -c 'print(1)' >&-; echo $?"#,
    r#"$PY -c 'input()' <&-; echo $?"#,
    r#"$PY -c 'import os
for n in range(3):
  try: os.fstat(n); print(n, "open")
  except OSError as e: print(n, e.strerror)' <&- 2>&-"#,
    r#"exec 9<> p; $PY -c 'import os
os.set_blocking(0, False)
try: os.read(0, 5)
except BlockingIOError: print("again")' <&9"#,
    r#"$PY -c 'import os; os.set_blocking(0, False); print(os.read(0, 5), os.get_blocking(0))' < f"#,
    r#"{ $PY -c 'for i in range(100000): print(i)'; echo $? >&2; } | head -1"#,
    r#"$PY -c 'import fcntl, os; print(fcntl.fcntl(1, fcntl.F_GETFL) & os.O_APPEND != 0)' >> z; cat z"#,
    r#"$PY -c 'import sys; print(sys.stdin.seekable(), sys.stdout.seekable(), sys.stdin.isatty())' < f > z; cat z"#,
    r#"$PY -c 'import sys; print(sys.stdin.seekable(), sys.stdout.seekable())' < /dev/null | cat"#,
    r#"$PY -c 'import os; print(os.path.getsize("/dev/stdin"), os.path.isfile("/dev/stdin"))' < f"#,
    r#"$PY -c 'import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)' < f > z; cat z"#,
    r#"$PY -c 'import sys; print(sys.stdin.fileno(), open(0).read(), end="")' < f"#,
    r#"$PY -c 'import sys; print("out"); print("err", file=sys.stderr)' > z 2>&1; sort z"#,
    r#"$PY -c 'import os; os.close(1); os.dup(2); os.write(1, b"to2")' 2> z; cat z"#,
];

fn run(interpreter: &str, line: &str) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "a\nb\nc\n").unwrap();
    std::fs::write(folder.path().join("z"), "old").unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("mkfifo p; {line}")]).current_dir(folder.path()).env("PY", interpreter);
    shell.env_remove("PYTHONUNBUFFERED").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let ran: Ran = shell.output().unwrap().into();
    ran.does_not_panic();
    (ran.stdout, ran.status)
}

#[test]
fn the_shells_streams_are_as_natively() {
    let native = ["python3.11", "python3"].into_iter().find(|name| Command::new(name).arg("-V").output().is_ok());
    let Some(native) = native else { return pyrun_needs::skip("cc", "python3 is to compare with") };
    let ours = env!("CARGO_BIN_EXE_pyrun");
    let mut wrong = Vec::new();
    for line in LINES {
        let expected = run(native, line);
        for interpreter in [ours.to_owned(), format!("{ours} --no-snapshot")] {
            let got = run(&interpreter, line);
            if got != expected {
                wrong.push(format!("{line}\n  native: {expected:?}\n  ours:   {got:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn descriptors_are_handed_on_by_number() {
    let ours = env!("CARGO_BIN_EXE_pyrun");
    for (line, prints, status) in [
        ("$PY --fd 7 -c 'import os; print(os.read(7, 5), os.fstat(7).st_size)' 7< f", "b'a\\nb\\nc' 6\n", 0),
        ("$PY --fd 3 --fd 4 -c 'import os; os.write(4, os.read(3, 9))' 3< f 4> z; cat z", "a\nb\nc\n", 0),
        ("$PY -c 'import os; os.read(7, 5)' 7< f", "", 1),
        ("$PY --fd 7 -c 1", "", 2),
        ("$PY --fd 1 -c 1", "", 2),
        // What pyrun has opened itself is not handed on.
        (
            "for n in 3 4 5 6 7 8 9; do test -e /dev/fd/$n || { $PY --fd $n -c 1 2> /dev/null && echo $n; }; done; true",
            "",
            0,
        ),
    ] {
        assert_eq!(run(ours, line), (prints.to_owned(), Some(status)), "{line}");
    }
}

#[test]
fn single_files_are_granted_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("log"), "one\n").unwrap();
    std::fs::write(at("secret"), "secret").unwrap();
    let grant = |option: &str, mode: &str, code: &str| {
        pyrun([option, &format!("{}:/data/log:{mode}", at("log")), "-c", code]).run()
    };
    for option in ["--file", "--dir"] {
        grant(option, "ro", "import os; print(open('/data/log').read(), os.listdir('/data'))")
            .prints("one\n ['log']\n");
        grant(option, "ro", "open('/data/log', 'a')").ends_with(1).says("Read-only file system");
        let busy = "import os\nfor change in (os.remove, lambda name: os.rename(name, name + '2')):\n    try: change('/data/log')\n    \
                    except OSError as error: print(error.strerror)";
        grant(option, "rw", busy).prints("Resource busy\nResource busy\n");
        grant(option, "overlay", "1").ends_with(2);
    }
    grant("--file", "rw", "open('/data/log', 'a').write('two\\n')").prints("");
    assert_eq!(std::fs::read_to_string(at("log")).unwrap(), "one\ntwo\n");
    pyrun(["--file", &at("log"), "-c", &format!("print(open({:?}).read(3))", at("log"))]).run().prints("one\n");
    pyrun(["--file", &at("none"), "-c", "1"]).run().is_refused(2, &["there is no such file"]);
    // Over a file of a folder that is shown, too.
    let (outer, inner) = (format!("{}:/data:ro", folder.path().display()), format!("{}:/data/secret:rw", at("log")));
    for order in [[("--dir", &outer), ("--file", &inner)], [("--file", &inner), ("--dir", &outer)]] {
        let [(first, one), (second, two)] = order;
        let code = "print(open('/data/secret').read(3), open('/data/log').read(3)); open('/data/secret', 'a').close()";
        pyrun([first, one, second, two, "-c", code]).run().prints("one one\n");
    }
}

#[test]
fn files_that_are_lost_are_told_once() {
    for (code, said) in [
        (
            "open('out.txt', 'w').write('x')",
            "pyrun: 1 file was written to memory and is gone: out.txt; --dir .:rw keeps it\n",
        ),
        (
            "import os; os.mkdir('d'); open('a', 'w'); open('d/b', 'w'); os.rename('a', 'c')",
            "pyrun: 2 files were written to memory and are gone: c, d/b; --dir .:rw keeps them\n",
        ),
        ("open('/tmp/x', 'w'); open('gone', 'w'); import os; os.remove('gone')", ""),
        ("import os; os.makedirs('__pycache__'); open('__pycache__/x.pyc', 'w')", ""),
    ] {
        for way in [&[][..], &["--no-snapshot"]] {
            let ran = pyrun([way, &["-c", code]].concat()).run();
            assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), said), "{code} {way:?}");
        }
        assert_eq!(pyrun(["--untrusted", "-c", code]).run().stderr, "", "{code}");
    }
}
