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
    let ran = python(&open);
    ran.ends_with(1).says("FileNotFoundError").says(&format!("grant it with --dir {}", folder.display()));
    // To the person, not to the guest; and only when it is what ended the program.
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
    pyrun(["--dir", "a:b", "-c", "pass"]).run().is_refused(2, &["HOST[:GUEST][:ro|rw]"]);
    pyrun(["--env", "=x", "-c", "pass"]).run().is_refused(2, &["name"]);
    pyrun(["--env", "PYRUN_TEST_NOT_SET", "-c", "pass"]).run().is_refused(2, &["PYRUN_TEST_NOT_SET"]);
    pyrun(["--with", "nunpy", "-c", "pass"]).run().is_refused(70, &["no package 'nunpy'", "did you mean 'numpy'?"]);
    pyrun(["--release", "9.9", "-c", "pass"]).run().is_refused(70, &["9.9", "314.0.3"]);
    pyrun(["--release", "../x", "-c", "pass"]).run().is_refused(70, &["not the name of a release"]);
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
