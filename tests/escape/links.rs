//! Links in a writable folder: none that leads out of it, for a program of the host that follows it, comes to be. WASI's part is
//! `tests/modules/wasi/attacks.c`, with hard links and descriptors, which this Python
//! does not have, and every case by itself is in the tests of `runtime/src/grants/folders`.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::support::pyrun;

/// What a program does in `/w`, in which there are `a/b/l -> ../../file`, `file` and the host's `out -> /etc`, and whether it may.
const ACTIONS: &[(&str, bool)] = &[
    ("os.symlink('/etc/passwd', 'l')", false),
    ("os.symlink('../x', 'l')", false),
    ("os.symlink('a/../x', 'l')", false),
    ("os.symlink('.', 'here'); os.symlink('here/../../x', 'a/l')", false),
    ("os.symlink('../../x', 'a/l')", false),
    ("os.symlink('../x', 'a/l')", true),
    ("os.rename('a/b/l', 'a/b/m')", true),
    ("os.rename('a/b/l', 'a/l')", false),
    ("os.rename('a/b/l', 'l')", false),
    ("os.replace('a/b/l', 'file')", false),
    ("os.chdir('a/b'); os.rename('l', '../l')", false),
    ("os.rename('a/b', 'b')", false),
    ("os.rename('a/b', 'a/c')", true),
    ("os.rename('a', 'c')", true),
    ("os.mkdir('d'); os.rename('a', 'd/a')", true),
    ("os.chdir('a/b'); os.rename('/w/a/b', '/w/a/c'); os.symlink('../../x', 'm')", true),
    ("os.unlink('a/b/l'); os.chdir('a/b'); os.rename('/w/a/b', '/w/b'); os.symlink('../../x', 'm')", false),
    ("import shutil; shutil.move('a/b', 'b')", false),
    ("import shutil; shutil.copytree('a/b', 'b', symlinks=True)", false),
    ("os.rename('out', 'mine')", false),
    ("os.unlink('out')", true),
];

#[test]
fn no_link_that_leads_out_comes_to_be() {
    for (action, allowed) in ACTIONS {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        std::fs::write(at("file"), "").unwrap();
        symlink("../../file", at("a/b/l")).unwrap();
        symlink("/etc", at("out")).unwrap();
        let source = format!("import os\nos.chdir('/w')\n{action}");
        let granted = format!("{}:/w:rw", folder.path().display());
        let ran = pyrun(["--dir", &granted, "-c", &source]).run();
        match allowed {
            true => drop(ran.prints("")),
            false => drop(ran.ends_with(1).says("Operation not permitted")),
        }
        let leading_out = leading_out(folder.path(), folder.path());
        assert!(leading_out.is_empty() || leading_out == ["out"], "{action}: {leading_out:?}");
    }
}

/// The links below a folder that the host follows to somewhere else.
fn leading_out(root: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            let target = path.parent().unwrap().join(std::fs::read_link(&path).unwrap());
            // As the system walks it; the last name need not be there.
            let end = target.canonicalize().or_else(|_| target.parent().unwrap().canonicalize());
            if !end.is_ok_and(|end| end.starts_with(root.canonicalize().unwrap())) {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        } else if path.is_dir() {
            found.extend(leading_out(root, &path));
        }
    }
    found
}
