//! Nothing of the machine is visible unless granted.

use std::path::Path;

use super::support::{pyrun, python};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_scripts_folder_is_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.py");
    std::fs::write(folder.path().join("data"), "data").unwrap();
    std::fs::write(
        &script,
        "import os\nhere = os.path.dirname(__file__)\nprint(open(here + '/data').read(), sorted(os.listdir(here)))\n\
         for attempt in (lambda: open(here + '/new', 'w'), lambda: os.remove(here + '/data'),\n\
         \x20               lambda: os.mkdir(here + '/d'), lambda: os.truncate(here + '/data', 0)):\n\
         \x20   try: attempt()\n    except OSError as error: print(error.strerror)\n",
    )
    .unwrap();
    let refused = "Read-only file system\n".repeat(4);
    pyrun([&script]).run().prints(&format!("data ['data', 'script.py']\n{refused}"));
    assert_eq!(std::fs::read_to_string(folder.path().join("data")).unwrap(), "data");
}

#[test]
fn other_folders_are_invisible_and_the_hint_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    std::fs::write(folder.join("secret"), "secret").unwrap();
    let open = format!("open({:?})", text(&folder.join("secret")));
    let ran = pyrun(["-c", &open]).run_before_a_person();
    ran.ends_with(1).says("FileNotFoundError").says(&format!("grant it with --dir {}", folder.display()));
    // To the person at a terminal, not to whoever reads a pipe, and not to the guest; and only when it is what ended the program.
    python(&open).raises(
        &format!("FileNotFoundError: [Errno 44] No such file or directory: {:?}", text(&folder.join("secret")))
            .replace('"', "'"),
    );
    python(&format!("try: {open}\nexcept FileNotFoundError as e: print(e.strerror)"))
        .prints("No such file or directory\n");
    // Not for what is not there either.
    let ran = python("open('/nowhere/at/all')");
    ran.raises("FileNotFoundError: [Errno 44] No such file or directory: '/nowhere/at/all'");
    // A path relative to the working folder is hinted at by its short name.
    let ran = pyrun(["-c", "open('secret')"]).current_dir(&folder).run();
    ran.ends_with(1).says("FileNotFoundError");
}

#[test]
fn granted_folders() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    std::fs::write(folder.join("data"), "data").unwrap();
    let read = |path: &Path| format!("print(open({:?}).read())", text(&path.join("data")));
    pyrun(["--dir", text(&folder), "-c", &read(&folder)]).run().prints("data\n");
    pyrun(["--dir", &format!("{}:/guest", text(&folder)), "-c", &read(Path::new("/guest"))]).run().prints("data\n");
    pyrun(["--dir", ".", "-c", "print(open('data').read())"]).current_dir(&folder).run().prints("data\n");
    let write = format!("open({:?}, 'w').write('new')", text(&folder.join("data")));
    pyrun(["--dir", text(&folder), "-c", &write]).run().ends_with(1).says("Read-only file system");
    pyrun(["--dir", &format!("{}:ro", text(&folder)), "-c", &write]).run().ends_with(1);
    assert_eq!(std::fs::read_to_string(folder.join("data")).unwrap(), "data");
    pyrun(["--dir", &format!("{}:rw", text(&folder)), "-c", &write]).run().prints("");
    assert_eq!(std::fs::read_to_string(folder.join("data")).unwrap(), "new");
    let write = "import os; os.mkdir('/w/d'); open('/w/d/f', 'w').write('x'); os.rename('/w/d/f', '/w/g')";
    pyrun(["--dir", &format!("{}:/w:rw", text(&folder)), "-c", write]).run().prints("");
    assert_eq!(std::fs::read_to_string(folder.join("g")).unwrap(), "x");
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_a_grant() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), inside.path().join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path(), inside.path().join("folder")).unwrap();
    for path in ["link", "folder/secret", "../etc/passwd"] {
        let code = format!("open('/g/{path}')");
        pyrun(["--dir", &format!("{}:/g:rw", text(inside.path())), "-c", &code]).run().ends_with(1).says("Error");
    }
}

#[test]
fn wrong_grants_are_refused() {
    pyrun(["--dir", "/nowhere/at/all", "-c", "pass"]).run().is_refused(2, &["/nowhere/at/all", "no such folder"]);
    pyrun(["--dir", "a:b", "-c", "pass"]).run().is_refused(2, &["HOST[:GUEST][:ro|rw|rw,max=100M|overlay]"]);
    pyrun(["--env", "=x", "-c", "pass"]).run().is_refused(2, &["name"]);
    pyrun(["--env", "PYRUN_TEST_NOT_SET", "-c", "pass"]).run().is_refused(2, &["PYRUN_TEST_NOT_SET"]);
    pyrun(["--with", "nunpy", "-c", "pass"]).run().is_refused(2, &["no package 'nunpy'", "did you mean 'numpy'?"]);
    pyrun(["--release", "9.9", "-c", "pass"]).run().is_refused(2, &["9.9", "314.0.3"]);
    pyrun(["--release", "../x", "-c", "pass"]).run().is_refused(2, &["not the name of a release"]);
}

#[test]
fn the_environment_is_only_what_is_given() {
    let show = "import os; print(sorted(os.environ))";
    let ran = pyrun(["-c", show]).env("PYRUN_TEST_SECRET", "1").env("LANG", "de_DE").env("PYTHONSTARTUP", "/x").run();
    ran.prints("['HOME', 'LANG', 'LD_LIBRARY_PATH', 'LOGNAME', 'PATH', 'PWD', 'USER', '_']\n");
    let show = "import os; print(os.environ['A'], os.environ['B'], os.environ['HOME'])";
    let ran = pyrun(["--env", "A=1=2", "--env", "B", "--env", "HOME=/h", "-c", show]).env("B", "from outside").run();
    ran.prints("1=2 from outside /h\n");
}

#[test]
fn variables_by_the_beginning_of_their_names_and_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    std::fs::write(
        &file,
        "# a comment\nexport FIRST=1\nQUOTED='a b # c'\nEMPTY=\nBOTH=file\nBOTH=again\n\nSPACED = \"x\\ny\"\n",
    )
    .unwrap();
    let show = "import os; print({name: value for name, value in sorted(os.environ.items()) if name in sys.argv or name.startswith('MY_')})";
    let show = format!("import sys; {show}");
    let run = |options: &[&str]| {
        let line = [options, &["-c", &show, "FIRST", "QUOTED", "EMPTY", "BOTH", "SPACED"]].concat();
        pyrun(line).env("MY_A", "1").env("MY_B", "2=3").env("MYSELF", "x").run()
    };
    run(&["--env", "MY_*"]).prints("{'MY_A': '1', 'MY_B': '2=3'}\n");
    run(&["--env", "MY_A*", "--env", "MY_A=over"]).prints("{'MY_A': 'over'}\n");
    run(&["--env", "NONE_SUCH_*"]).prints("{}\n");
    let from_file = "'EMPTY': '', 'FIRST': '1', 'QUOTED': 'a b # c', 'SPACED': 'x\\ny'}\n";
    run(&["--env-file", text(&file)]).prints(&format!("{{'BOTH': 'again', {from_file}"));
    run(&["--env", "BOTH=option", "--env-file", text(&file)]).prints(&format!("{{'BOTH': 'option', {from_file}"));
    run(&["--env-file", "/nowhere/.env"]).is_refused(2, &["--env-file /nowhere/.env", "No such file"]);
    std::fs::write(&file, "A=1\nno variable\n").unwrap();
    run(&["--env-file", text(&file)]).is_refused(2, &["\"no variable\"", "NAME=VALUE"]);
    std::fs::write(&file, b"A=\xff\n").unwrap();
    run(&["--env-file", text(&file)]).is_refused(2, &["--env-file"]);
    let odd = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff");
    let ran = pyrun(["--env", "ODD*", "-c", "pass"]).env("ODD_ONE", <&std::ffi::OsStr>::clone(&odd)).run();
    ran.is_refused(2, &["ODD_ONE", "UTF-8"]);
}

#[test]
fn no_processes_and_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let witness = folder.path().join("witness");
    let code = format!("import os; print(os.system('touch {}'))", text(&witness));
    pyrun(["--dir", &format!("{}:rw", text(folder.path())), "-c", &code]).run().prints("-1\n");
    assert!(!witness.exists());
    python("import subprocess; subprocess.run(['true'])").ends_with(1).says("OSError");
    python("import os; os.fork()").ends_with(1).says("Error");
    for code in ["socket.create_connection(('127.0.0.1', 1))", "socket.create_connection(('example.com', 80))"] {
        python(&format!("import socket\ntry: {code}\nexcept OSError as e: print('refused')")).prints("refused\n");
    }
}

/// A folder with a script, a folder inside, and a link to that.
fn workplace() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    std::fs::create_dir(at.join("sub")).unwrap();
    std::os::unix::fs::symlink("sub", at.join("link")).unwrap();
    std::fs::write(at.join("in.txt"), "in").unwrap();
    std::fs::write(at.join("sub/in.txt"), "in").unwrap();
    let script = "import os\nfor name in ('new', 'sub/new', 'link/new'):\n\
                  \x20   try: open(name, 'w').close(); os.remove(name); print(name)\n    except OSError: pass\n";
    std::fs::write(at.join("script.py"), script).unwrap();
    (folder, at)
}

#[test]
fn the_inner_grant_counts_in_any_order_and_the_later_one_of_two() {
    let (_folder, at) = workplace();
    let inside = "sub/new\nlink/new\n";
    for (options, writable) in [
        (&["--dir", "sub:rw"][..], inside),
        (&["--dir", "sub:rw", "--dir", "."], inside),
        (&["--dir", ".", "--dir", "sub:rw"], inside),
        (&["--dir", "link:rw", "--dir", "."], inside),
        (&["--dir", "link:rw"], inside),
        (&["--dir", ".:rw", "--dir", "sub"], "new\n"),
        (&["--dir", "sub", "--dir", ".:rw"], "new\n"),
        (&["--dir", ".", "--dir", ".:rw"], "new\nsub/new\nlink/new\n"),
        (&["--dir", ".:rw", "--dir", "."], ""),
        // The link leads to the same place.
        (&["--dir", "sub:rw", "--dir", "link", "--dir", "."], ""),
        (&["--dir", "link", "--dir", "sub:rw"], inside),
        (&[], ""),
    ] {
        for start in [&[][..], &["--no-snapshot"]] {
            let line = [options, start, &["script.py"]].concat();
            pyrun(&line).current_dir(&at).run().prints(writable);
        }
    }
    // A place that is not there is made where that may be, and said where not.
    let sub = text(&at).to_owned() + "/sub";
    let inside = |outer: &str| [format!("{}{outer}", text(&at)), format!("{sub}:{}/other", text(&at))];
    let run = |[outer, inner]: [String; 2]| pyrun(["--dir", &outer, "--dir", &inner, "-c", "pass"]).run();
    run(inside("")).is_refused(
        2,
        &["the folder cannot be at", "/other", "the read-only folder that covers it has no such folder"],
    );
    run(inside(":rw")).prints("");
}

#[test]
fn a_folder_is_shown_where_it_was_named_and_where_it_is() {
    let (_folder, at) = workplace();
    let read = |path: &Path| format!("print(open({:?}).read())", text(path));
    for name in ["link/in.txt", "sub/in.txt"] {
        pyrun(["--dir", text(&at.join("link")), "-c", &read(&at.join(name))]).run().prints("in\n");
        pyrun(["--dir", "link", "-c", &read(&at.join(name))]).current_dir(&at).run().prints("in\n");
    }
    pyrun(["--dir", "sub/../link/..", "-c", &read(&at.join("in.txt"))]).current_dir(&at).run().prints("in\n");
    // A script's name may be a link out of its folder.
    let elsewhere = tempfile::tempdir().unwrap();
    let script = elsewhere.path().join("tool");
    std::fs::write(at.join("neighbour.py"), "print('neighbour')").unwrap();
    std::fs::write(at.join("tool.py"), "import neighbour").unwrap();
    std::os::unix::fs::symlink(at.join("tool.py"), &script).unwrap();
    pyrun([&script]).run().prints("neighbour\n");
}

#[test]
fn the_working_folder_is_this_one_when_it_is_visible() {
    let (_folder, at) = workplace();
    let script = at.join("where.py");
    std::fs::write(&script, "import os; print(os.getcwd(), os.path.exists('in.txt'))").unwrap();
    let here = format!("{} True\n", text(&at));
    for name in ["where.py", "./where.py", text(&script), "sub/../where.py", "link/../where.py"] {
        pyrun([name]).current_dir(&at).run().prints(&here);
    }
    let sub = at.join("sub");
    pyrun(["../where.py"]).current_dir(&sub).run().prints(&format!("{} True\n", text(&sub)));
    pyrun([&script]).current_dir(&sub).run().prints(&format!("{} True\n", text(&sub)));
    pyrun([&script]).current_dir("/".as_ref()).run().prints("/home/pyodide False\n");
    let show = "import os; print(os.getcwd(), os.path.exists('in.txt'))";
    for options in [&["--dir", "."][..], &["--dir", ".."], &["--dir", "link/.."], &["--dir", text(&at)]] {
        let line = [options, &["-c", show]].concat();
        pyrun(&line).current_dir(&at).run().prints(&here);
    }
}

/// What a program did not find, and what is said of it.
#[test]
fn a_hint_names_what_helps_and_nothing_that_was_given() {
    let (_folder, at) = workplace();
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    std::fs::write(elsewhere.join("out.txt"), "out").unwrap();
    std::fs::create_dir(elsewhere.join("a b")).unwrap();
    std::fs::write(elsewhere.join("a b/x"), "x").unwrap();
    std::os::unix::fs::symlink(elsewhere.join("out.txt"), at.join("leads-out")).unwrap();
    std::fs::write(at.join("uses.py"), "print('uses')").unwrap();
    let far = |name: &str| text(&elsewhere.join(name)).to_owned();
    let open = |path: &str| vec!["-c".to_owned(), format!("open({path:?})")];
    let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    for (options, program, hint) in [
        (vec![], open("in.txt"), Some("grant it with --dir .".to_owned())),
        (vec![], open(&far("out.txt")), Some(format!("grant it with --dir {}", elsewhere.display()))),
        (vec![], open(&far("a b/x")), Some(format!("grant it with --dir '{}/a b'", elsewhere.display()))),
        (vec!["--dir", "."], open("nowhere"), None),
        (vec!["--dir", "."], open("leads-out"), Some(format!("--dir {}", elsewhere.display()))),
        (
            vec!["--dir", ".:/data"],
            open("in.txt"),
            Some("the program sees in.txt of this machine at /data/in.txt".to_owned()),
        ),
        (vec![], words(&["-m", "pdb", "script.py"]), Some("script.py exists on this machine".to_owned())),
        (vec![], words(&["-m", "py_compile", "script.py"]), Some("grant it with --dir .".to_owned())),
        (vec![], words(&["-m", "cProfile", "script.py"]), Some("grant it with --dir .".to_owned())),
        (vec![], words(&["-m", "uses"]), Some("uses.py exists on this machine".to_owned())),
        (vec![], words(&["-m", "no_such_module"]), None),
    ] {
        let line: Vec<String> = options.iter().map(|word| (*word).to_owned()).chain(program).collect();
        let ran = pyrun(&line).current_dir(&at).run_before_a_person();
        assert_ne!(ran.status, Some(0), "{line:?}");
        // Some end their own last line, some do not.
        let stderr = ran.stderr.replace("/usr/bin/pyrun: ", "");
        let said: Vec<&str> = stderr.split("pyrun: ").skip(1).collect();
        match hint {
            Some(hint) => assert!(matches!(said[..], [said] if said.contains(&hint)), "{line:?}: {ran:#?}"),
            None => assert!(said.is_empty(), "{line:?}: {ran:#?}"),
        }
    }
    pyrun(["--dir", ".", "-m", "uses"]).current_dir(&at).run().prints("uses\n");
}

/// A hint is no oracle: of a path that the program chose, and not the person, it says neither the path nor whether it exists.
#[test]
fn a_hint_tells_nothing_of_a_path_that_the_program_chose() {
    let (_folder, at) = workplace();
    for (index, path) in ["/etc/passwd", "/etc/no-such-file", "/proc/1/environ"].into_iter().enumerate() {
        let script = at.join(format!("chooses{index}.py"));
        std::fs::write(&script, format!("raise FileNotFoundError(2, 'x', {path:?})")).unwrap();
        let code =
            format!("p = {:?}; raise FileNotFoundError(2, 'x', p[::-1])", path.chars().rev().collect::<String>());
        for line in [vec![text(&script)], vec!["-c", &code]] {
            let ran = pyrun(&line).run_before_a_person();
            ran.ends_with(1)
                .says("pyrun: the program sees no files of this machine but those of --dir and its script's folder");
            assert_eq!(ran.stderr.matches("pyrun: ").count(), 1, "{ran:#?}");
            let hint = ran.stderr.split("pyrun: ").nth(1).unwrap_or_default();
            assert!(!hint.contains(path), "{ran:#?}");
            // Nothing at all into a pipe, nor under --untrusted.
            let ran = pyrun(&line).run();
            assert!(!ran.stderr.contains("pyrun: "), "{ran:#?}");
            let ran = pyrun([&["--untrusted"], line.as_slice()].concat()).run_before_a_person();
            assert!(ran.status == Some(1) && !ran.stderr.contains("the program sees"), "{ran:#?}");
        }
    }
}

#[test]
fn folders_with_colons() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    for name in ["a:b", "c:rw"] {
        std::fs::create_dir(at.join(name)).unwrap();
        std::fs::write(at.join(name).join("f"), name).unwrap();
    }
    let read = |path: &str| format!("print(open({path:?}).read())");
    pyrun(["--dir", "a:b", "-c", &read(text(&at.join("a:b/f")))]).current_dir(&at).run().prints("a:b\n");
    pyrun(["--dir", "a:b:/g:rw", "-c", &read("/g/f")]).current_dir(&at).run().prints("a:b\n");
    pyrun(["--dir", "c:rw:ro", "-c", &read(text(&at.join("c:rw/f")))]).current_dir(&at).run().prints("c:rw\n");
}

#[test]
fn a_working_folder_that_is_gone_is_told_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    let shell =
        format!("cd '{0}' && rmdir '{0}' && exec '{1}' --dir . -c pass", text(&gone), env!("CARGO_BIN_EXE_pyrun"));
    let ran = super::support::Ran::from(std::process::Command::new("sh").args(["-c", &shell]).output().unwrap());
    ran.is_refused(2, &["the working folder of this process is gone"]);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = |bytes: &[u8]| std::ffi::OsStr::from_bytes(bytes).to_owned();
    let words = |option: &str, value: &[u8]| [odd(option.as_bytes()), odd(value), odd(b"-c"), odd(b"pass")];
    pyrun(words("--env", b"A=\xff")).run().is_refused(2, &["--env A=", "not UTF-8"]);
    pyrun(words("--env", b"\xff=A")).run().is_refused(2, &["not UTF-8"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(odd(b"\xff"))).unwrap();
    pyrun(words("--dir", b"\xff")).current_dir(folder.path()).run().is_refused(2, &["UTF-8", "HOST:GUEST"]);
    let elsewhere = pyrun([odd(b"--dir"), odd(b"\xff:/g"), odd(b"-c"), odd(b"import os; print(os.listdir('/g'))")]);
    elsewhere.current_dir(folder.path()).run().prints("[]\n");
}
