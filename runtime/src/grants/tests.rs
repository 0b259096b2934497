//! Grants that are refused, and what each error says.

use std::path::{Path, PathBuf};

use super::*;

const RESERVED: [&str; 3] = ["/lib/python3.14", "/dev", "/proc"];

fn check(mut grants: Grants) -> Result<(), GrantError> {
    grants.check(&RESERVED)
}

#[test]
fn names_and_values_of_variables() {
    for (name, value) in [("A", ""), ("a b", "x=y"), ("PYTHON", "ä")] {
        assert_eq!(check(Grants::new().env(name, value)), Ok(()), "{name}");
    }
    for name in ["", "A=B", "=", "A\0", "\0"] {
        assert_eq!(check(Grants::new().env(name, "x")), Err(GrantError::VariableName { name: name.to_owned() }));
    }
    assert_eq!(check(Grants::new().env("A", "x\0y")), Err(GrantError::VariableValue { name: "A".to_owned() }));
}

#[test]
fn paths_of_the_guest_are_absolute() {
    let folder = |guest: &str| check(Grants::new().folder(Path::new("/tmp"), guest, false));
    for guest in
        ["/data", "/data/", "//data", "/lib/python3.14/site-packages/mine", "/lib/mine", "/dev/shm", "/tmp", "/a b"]
    {
        assert_eq!(folder(guest), Ok(()), "{guest}");
    }
    for guest in ["", "x", "./x", "../x", "/a\0b"] {
        assert!(matches!(folder(guest), Err(GrantError::Path { what: "folder", .. })), "{guest:?}");
        let working = check(Grants::new().working_folder(guest));
        assert!(matches!(working, Err(GrantError::Path { what: "working folder", .. })), "{guest:?}");
    }
    assert!(matches!(folder("/a/../lib"), Err(GrantError::Path { .. })));
}

#[test]
fn a_folder_hides_nothing_that_python_needs() {
    for guest in ["/", "//", "/lib", "/lib/", "/lib/python3.14", "/dev", "/proc/", "/.", "/./lib"] {
        let refused = check(Grants::new().folder(Path::new("/tmp"), guest, false));
        assert!(matches!(refused, Err(GrantError::Hides { .. })), "{guest}");
    }
}

#[test]
fn a_script_s_folder_is_added_unless_it_is_covered() {
    let guests = |grants: &Grants| grants.folders.iter().map(|grant| grant.guest.clone()).collect::<Vec<_>>();
    let grants = Grants::new().folder(Path::new("/home/me"), "/home/me", true).script_folder(Path::new("/home/me/x"));
    assert_eq!(guests(&grants), ["/home/me"]);
    let grants = grants.script_folder(Path::new("/home/meandyou"));
    assert_eq!(guests(&grants), ["/home/me", "/home/meandyou"]);
    assert!(!grants.folders[1].writable);
    assert_eq!(guests(&Grants::new().script_folder(Path::new("/a/b/../c/."))), ["/a/c"]);
}

#[test]
fn a_script_s_folder_that_would_hide_something_is_left_out() {
    for folder in ["/", "/w/..", "/dev", "/lib/python3.14"] {
        let mut grants = Grants::new().script_folder(Path::new(folder));
        assert_eq!(grants.check(&RESERVED), Ok(()), "{folder}");
        assert!(grants.folders.is_empty(), "{folder}");
    }
}

#[test]
fn the_last_folder_and_the_last_variable_count() {
    let grants = Grants::new().folder(Path::new("/a"), "/data", false).folder(Path::new("/b"), "/data/sub", false);
    let at = |path: &str| grants.host_path(Path::new(path));
    assert_eq!(at("/data/sub/x"), Some(PathBuf::from("/b/x")));
    assert_eq!(at("/data/x"), Some(PathBuf::from("/a/x")));
    assert_eq!(at("/other"), None);
    let grants = Grants::new().env("A", "1").env("A", "2");
    assert_eq!((grants.variable("A"), grants.variable("B")), (Some("2"), None));
    assert!(Grants::new().env("TZ", "UTC").is_read_at_start() && !grants.is_read_at_start());
}

#[test]
fn the_last_value_of_a_variable_counts() {
    let environ = Grants::new().env("A", "1").env("HOME", "/h").env("A", "2").environ(&[("HOME", "/x")]);
    let of = |name: &str| -> Vec<String> {
        let all = environ.iter().map(|variable| String::from_utf8(variable.clone()).unwrap());
        all.filter(|variable| variable.starts_with(&format!("{name}="))).collect()
    };
    assert_eq!((of("A"), of("HOME")), (vec!["A=2".to_owned()], vec!["HOME=/h".to_owned()]));
}
