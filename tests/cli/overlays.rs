//! `--dir HOST:GUEST:overlay` and `--export`: nothing that a program writes reaches the folder, and all of it is told.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::folder_modes::{dir, run};
use super::support::pyrun;

/// A folder as it is: paths, and contents of files and links.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (name, path) = (entry.file_name().into_string().unwrap(), entry.path());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            all.insert(name.clone(), "folder".to_owned());
            all.extend(tree(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else if kind.is_symlink() {
            all.insert(name, format!("-> {}", std::fs::read_link(path).unwrap().display()));
        } else {
            all.insert(name, String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
        }
    }
    all
}

const CHANGES: &str = "
assert open('a').read() == 'old a' and open('sub/b').read() == 'old b' and os.readlink('l') == 'a'
open('a', 'w').write('new a'); open('sub/new', 'w').write('n'); os.unlink('gone'); os.mkdir('made')
os.rename('sub/b', 'made/b'); os.rename('dir', 'moved'); os.chmod('kept', 0o600)
open('appended', 'a').write(' more')
import shutil; shutil.rmtree('tree'); os.mkdir('tree'); open('tree/x', 'w').close()
assert open('made/b').read() == 'old b' and os.listdir('moved') == ['inner'] and open('moved/inner').read() == 'i'
assert open('appended').read() == 'begun more' and os.listdir('tree') == ['x']
try: open('gone')
except FileNotFoundError: print('gone', sorted(os.listdir('.')))
";

fn lower() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["sub", "dir", "tree", "tree/deep", "same"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    for (name, text) in [
        ("a", "old a"),
        ("sub/b", "old b"),
        ("gone", "g"),
        ("dir/inner", "i"),
        ("kept", "k"),
        ("appended", "begun"),
        ("tree/deep/y", "y"),
        ("same/z", "z"),
    ] {
        std::fs::write(at(name), text).unwrap();
    }
    std::os::unix::fs::symlink("a", at("l")).unwrap();
    folder
}

const WANTED: [(&str, &str); 13] = [
    ("/w/a", "changed"),
    ("/w/appended", "changed"),
    ("/w/dir", "removed"),
    ("/w/gone", "removed"),
    ("/w/kept", "changed"),
    ("/w/made", "added"),
    ("/w/made/b", "added"),
    ("/w/moved", "added"),
    ("/w/moved/inner", "added"),
    ("/w/sub/b", "removed"),
    ("/w/sub/new", "added"),
    ("/w/tree", "replaced"),
    ("/w/tree/x", "added"),
];

fn is_exported(archive: &Path) {
    let out = unpacked(archive);
    let names: Vec<&str> = out.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            ".wh.dir",
            ".wh.gone",
            "a",
            "appended",
            "kept",
            "made",
            "made/b",
            "moved",
            "moved/inner",
            "sub",
            "sub/.wh.b",
            "sub/new",
            "tree",
            "tree/.wh..wh..opq",
            "tree/x",
        ]
    );
    assert_eq!((out["a"].as_str(), out["appended"].as_str(), out["made/b"].as_str()), ("new a", "begun more", "old b"));
}

#[test]
fn an_overlay_keeps_the_folder_as_it_is_and_tells_what_was_changed() {
    for untrusted in [&[][..], &["--untrusted"]] {
        let folder = lower();
        let before = tree(folder.path());
        let (report, archive) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
        let paths = [report.path(), archive.path()].map(|path| path.to_str().unwrap());
        let code = format!("import os\nos.chdir('/w'){CHANGES}");
        let options =
            ["--report", paths[0], "--export", paths[1], "--dir", &dir(folder.path(), "overlay"), "-c", &code];
        let ran = pyrun([untrusted, &options].concat()).run();
        ran.prints("gone ['a', 'appended', 'kept', 'l', 'made', 'moved', 'same', 'sub', 'tree']\n");
        assert_eq!(tree(folder.path()), before);
        let report: Value = serde_json::from_str(&std::fs::read_to_string(report.path()).unwrap()).unwrap();
        let mut told: Vec<(String, String)> = report["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["path"].as_str().unwrap().to_owned(), file["change"].as_str().unwrap().to_owned()))
            .collect();
        told.sort();
        assert_eq!(told, WANTED.map(|(path, change)| (path.to_owned(), change.to_owned())));
        is_exported(archive.path());
    }
}

/// It is told however the program ends.
#[test]
fn ends_of_an_overlay() {
    for (code, options, status) in [
        ("1/0", &[][..], 1),
        ("os._exit(5)", &[], 5),
        ("while True: pass", &["--limit", "wall=300ms,grace=10ms"], 124),
        ("sum(range(10**12))", &["--limit", "wall=300ms,grace=10ms"], 124),
    ] {
        let folder = lower();
        let report = tempfile::NamedTempFile::new().unwrap();
        let code = format!("import os\nopen('/w/new', 'w').close()\n{code}");
        let path = report.path().to_str().unwrap();
        let shown = dir(folder.path(), "overlay");
        let line = [options, &["--report", path, "--dir", &shown, "-c", &code]].concat();
        pyrun(line).run().ends_with(status);
        let report: Value = serde_json::from_str(&std::fs::read_to_string(report.path()).unwrap()).unwrap();
        assert_eq!(report["changes"][0]["path"], "/w/new", "{report}");
    }
}

#[test]
fn attacks_of_an_overlay() {
    let folder = lower();
    let secret = tempfile::tempdir().unwrap();
    std::fs::write(secret.path().join("s"), "secret").unwrap();
    std::os::unix::fs::symlink(secret.path(), folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink("../../../../../etc/passwd", folder.path().join("up")).unwrap();
    let before = tree(folder.path());
    run(
        folder.path(),
        "overlay",
        "
for path in 'out/s', 'up', '../../etc/passwd', 'sub/../../../etc/passwd':
    for mode in 'r', 'w', 'a':
        try: open(path, mode); print(path, mode)
        except OSError: pass
os.symlink('/etc/passwd', 'mine'); os.chmod('a', 0o777); os.utime('a', (1, 1))
open('a', 'r+b').truncate(1 << 30)
try: print(open('mine').read())
except OSError: print('nothing')
",
    )
    .prints("nothing\n");
    assert_eq!(tree(folder.path()), before);
    // What is written is of the limit on files, and so is a copy.
    std::fs::write(folder.path().join("large"), vec![0; 3 << 20]).unwrap();
    let full = |code: &str| {
        let line = ["--limit", "files=2M", "--dir", &dir(folder.path(), "overlay"), "-c", code];
        pyrun(line).run().ends_with(1).says("No space left on device");
    };
    full("open('/w/large', 'r+b', 0).write(b'x')");
    full("f = open('/w/mine', 'wb', 0)\nwhile True: f.write(bytes(1 << 20))");
}

/// A file that is mostly a hole is not written out as a long one.
#[test]
fn an_export_is_bounded() {
    let folder = lower();
    let archive = tempfile::NamedTempFile::new().unwrap();
    let path = archive.path().to_str().unwrap();
    let line = [
        "--limit",
        "files=1M",
        "--export",
        path,
        "--dir",
        &dir(folder.path(), "overlay"),
        "-c",
        "open('/w/hole', 'wb').truncate(1 << 40)",
    ];
    pyrun(line).run().ends_with(120).says("the archive is not whole");
    assert!(archive.path().metadata().unwrap().len() < 2 << 20);
    let ran = pyrun(["--export", path, "-c", "pass"]).run();
    ran.is_refused(2, &["no folder is an overlay"]);
    let ran = pyrun(["--export", "/no/such/a.tar", "--dir", &dir(folder.path(), "overlay"), "-c", "pass"]).run();
    ran.is_refused(2, &["--export /no/such/a.tar: the file cannot be written"]);
}

/// What an archive cannot have is named, and the others are in it.
#[test]
fn an_export_goes_on_without_what_it_cannot_have() {
    let folder = lower();
    let archive = tempfile::NamedTempFile::new().unwrap();
    let path = archive.path().to_str().unwrap();
    let code = "import os\nos.chdir('/w')\n\
                for i in range(50): open(f'hole{i:02}', 'wb').truncate(1 << 22)\n\
                os.mkdir('.wh.x'); open('.wh.x/in', 'w').close(); open('zz', 'w').write('last')";
    let options = ["--limit", "files=9M", "--export", path, "--dir", &dir(folder.path(), "overlay"), "-c", code];
    pyrun(options).run().ends_with(120).says("w/hole02 is left out: the files are longer").says("(and 49 more)");
    let out = unpacked(archive.path());
    let names: Vec<&str> = out.keys().map(String::as_str).collect();
    assert_eq!(names, ["hole00", "hole01", "zz"]);
    assert_eq!(out["zz"], "last");
}

/// A device, a pipe or a socket is in memory only; the file of the host's that it replaces is gone.
#[test]
fn a_file_that_becomes_a_device_is_gone_in_an_export() {
    let folder = lower();
    let (report, archive) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let paths = [report.path(), archive.path()].map(|path| path.to_str().unwrap());
    let code = "import os, stat, ctypes\nos.chdir('/w')\nos.unlink('a')\n\
                c = ctypes.CDLL(None)\nassert c.mknod(b'a', 0o020666, 0x0105) == 0\nassert c.mknod(b'new', 0o020666, 0x0105) == 0\n\
                assert stat.S_ISCHR(os.stat('a').st_mode)";
    let options = ["--report", paths[0], "--export", paths[1], "--dir", &dir(folder.path(), "overlay"), "-c", code];
    pyrun(options).run().prints("");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report.path()).unwrap()).unwrap();
    let told: Vec<[&str; 3]> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| ["path", "change", "kind"].map(|key| change[key].as_str().unwrap()))
        .collect();
    assert_eq!(told, [["/w/a", "replaced", "device"], ["/w/new", "added", "device"]]);
    assert_eq!(unpacked(archive.path()).keys().collect::<Vec<_>>(), [".wh.a"]);
}

/// What is in an archive below `w`.
fn unpacked(archive: &Path) -> std::collections::BTreeMap<String, String> {
    let out = tempfile::tempdir().unwrap();
    let tar = std::process::Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(out.path()).status();
    assert!(tar.unwrap().success());
    tree(&out.path().join("w"))
}

#[test]
fn places_of_an_overlay() {
    let (folder, other) = (lower(), lower());
    let ran = pyrun([
        "--dir",
        &dir(other.path(), "rw"),
        "--dir",
        &format!("{}:/w/sub:overlay", folder.path().display()),
        "-c",
        "pass",
    ])
    .run();
    ran.is_refused(2, &["an overlay needs a place where nothing is"]);
    // A folder inside an overlay is itself.
    let code = "open('/w/sub/x', 'w').write('x'); open('/w/y', 'w').write('y')";
    pyrun([
        "--dir",
        &dir(folder.path(), "overlay"),
        "--dir",
        &format!("{}:/w/sub:rw", other.path().display()),
        "-c",
        code,
    ])
    .run()
    .prints("");
    assert!(other.path().join("x").exists() && !folder.path().join("y").exists());
    // At its own path, as the working folder.
    pyrun(["--dir", ".:overlay", "-c", "open('y', 'w').write('y'); print(open('y').read())"])
        .current_dir(folder.path())
        .run()
        .prints("y\n");
    assert!(!folder.path().join("y").exists());
}
