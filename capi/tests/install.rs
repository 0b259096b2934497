//! `install.sh`: where things go, and what it refuses.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{Installed, package, run};

/// Runs it in a folder.
fn install(within: &Path, arguments: &[&str]) -> Output {
    Command::new(package().join("install.sh")).args(arguments).current_dir(within).output().unwrap()
}

fn refusal(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = install(folder.path(), arguments);
    assert!(!output.status.success(), "{arguments:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}: nothing is made");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_installed() {
    assert!(refusal(&["--prefix", "out", "--from", "nowhere"]).contains("there is no folder"));
    assert!(refusal(&["--prefix", "out", "--from", "/"]).contains("libpyrun_capi"));
    for arguments in [&["--prefix"][..], &["--prefix", ""], &["--from", ""], &["--colour", "blue"], &["out"]] {
        assert!(refusal(arguments).contains("usage"), "{arguments:?}");
    }
}

/// Folders are relative to where the script is called, not to where it lies.
#[test]
fn a_relative_prefix_is_the_callers() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("built")).unwrap();
    std::fs::write(folder.path().join("built/libpyrun_capi.so"), "a library").unwrap();
    std::fs::write(folder.path().join("built/THIRD-PARTY.txt"), "licences").unwrap();
    let output = install(folder.path(), &["--prefix", "o u t", "--from", "built"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = folder.path().join("o u t");
    for name in ["libpyrun.so", "libpyrun.so.0", concat!("libpyrun.so.", env!("CARGO_PKG_VERSION"))] {
        assert_eq!(std::fs::read_to_string(out.join("lib").join(name)).unwrap(), "a library", "{name}");
    }
    assert!(out.join("include/pyrun.h").exists() && out.join("include/pyrun_vp.h").exists());
    let licences = out.join("share/licenses/pyrun");
    assert_eq!(std::fs::read_to_string(licences.join("THIRD-PARTY.txt")).unwrap(), "licences");
    assert!(licences.join("LICENSE-MIT").exists() && licences.join("LICENSE-APACHE").exists());
    let said = std::fs::read_to_string(out.join("lib/pkgconfig/pyrun.pc")).unwrap();
    assert!(said.starts_with(&format!("prefix={}\n", out.display())), "{said}");
    assert!(said.contains(concat!("Version: ", env!("CARGO_PKG_VERSION"), "\n")), "{said}");
    assert!(!said.contains('@'), "{said}");
}

/// What pkg-config says is right for both libraries.
#[test]
fn pkg_config_knows_both_libraries() {
    if !support::has(&["pkg-config"]) {
        return;
    }
    let installed = Installed::shared();
    let ask = |arguments: &[&str]| {
        let mut ask = Command::new("pkg-config");
        run(ask.args(arguments).arg("pyrun").env("PKG_CONFIG_PATH", installed.path().join("lib/pkgconfig")))
    };
    assert!(ask(&["--libs"]).trim().ends_with("-lpyrun"));
    assert!(ask(&["--libs", "--static"]).contains("-lm"));
    assert_eq!(ask(&["--modversion"]).trim(), env!("CARGO_PKG_VERSION"));
}
