//! Grants that are refused, and what each error says.

use std::path::{Path, PathBuf};

use super::*;

const RESERVED: [&str; 3] = ["/lib/python3.14", "/dev", "/proc"];

fn check(mut grants: Grants) -> Result<(), GrantError> {
    grants.check_alone(&RESERVED)
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

/// The folders as they are mounted.
fn arranged(mut grants: Grants) -> Vec<(String, bool)> {
    grants.check_alone(&RESERVED).unwrap();
    grants.folders.iter().map(|grant| (grant.guest.clone(), grant.writable)).collect()
}

fn mounts(wanted: &[(&str, bool)]) -> Vec<(String, bool)> {
    wanted.iter().map(|(guest, writable)| ((*guest).to_owned(), *writable)).collect()
}

#[test]
fn a_script_s_folder_is_added_unless_it_is_covered() {
    let me = |grants: Grants| grants.folder(Path::new("/nowhere/me"), "/nowhere/me", true);
    let script = |folder: &'static str| move |grants: Grants| grants.script_folder(Path::new(folder));
    let both = |first: &dyn Fn(Grants) -> Grants, second: &dyn Fn(Grants) -> Grants| {
        [arranged(second(first(Grants::new()))), arranged(first(second(Grants::new())))]
    };
    for (folder, want) in [
        ("/nowhere/me/x", &[("/nowhere/me", true)][..]),
        ("/nowhere/me", &[("/nowhere/me", true)]),
        ("/nowhere/meandyou", &[("/nowhere/me", true), ("/nowhere/meandyou", false)]),
        ("/nowhere", &[("/nowhere", false), ("/nowhere/me", true)]),
        ("/nowhere/me/x/..", &[("/nowhere/me", true)]),
    ] {
        for mut got in both(&me, &script(folder)) {
            got.sort();
            assert_eq!(got, mounts(want), "{folder}");
        }
    }
    assert_eq!(arranged(Grants::new().script_folder(Path::new("/nowhere/b/../c/."))), mounts(&[("/nowhere/c", false)]));
}

#[test]
fn folders_are_mounted_from_the_outside_in_and_a_place_once() {
    let folder = |grants: Grants, (guest, writable): (&str, bool)| grants.folder(Path::new("/tmp"), guest, writable);
    for (given, want) in [
        (&[("/a/b", true), ("/a", false)][..], &[("/a", false), ("/a/b", true)][..]),
        (&[("/a", false), ("/a/b", true)], &[("/a", false), ("/a/b", true)]),
        (&[("/a/b/c", true), ("/a/b", false), ("/a", true)], &[("/a", true), ("/a/b", false), ("/a/b/c", true)]),
        (&[("/a", false), ("/a", true)], &[("/a", true)]),
        (&[("/a", true), ("/a/", false)], &[("/a/", false)]),
        (&[("//a/./b", true), ("/c", false), ("/a/b", false)], &[("/c", false), ("/a/b", false)]),
    ] {
        assert_eq!(arranged(given.iter().copied().fold(Grants::new(), folder)), mounts(want), "{given:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_at_its_own_path_has_the_name_that_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    std::fs::create_dir(at.join("real")).unwrap();
    std::os::unix::fs::symlink("real", at.join("link")).unwrap();
    let shown = |path: &str| {
        let folders = arranged(Grants::new().folder_at_own_path(&at.join(path), true));
        let names = folders.into_iter().map(|(guest, _)| PathBuf::from(guest).strip_prefix(&at).unwrap().to_owned());
        names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    for (given, want) in [
        ("real", &["real"][..]),
        ("link", &["real", "link"]),
        ("link/.", &["real", "link"]),
        ("link/../real", &["real"]),
        ("real/../link", &["real", "link"]),
    ] {
        assert_eq!(shown(given), want, "{given}");
    }
    // A second name takes nothing from what was asked for there.
    for order in [["real", "link"], ["link", "real"]] {
        let give = |grants: Grants, name: &str| grants.folder_at_own_path(&at.join(name), name == "real");
        let rights = arranged(order.into_iter().fold(Grants::new(), give));
        assert!(rights.iter().all(|(guest, writable)| *writable == guest.ends_with("/real")), "{rights:?}");
    }
    let grants = Grants::new().folder_at_own_path(&at.join("link"), false);
    for path in ["link/x", "real/x"] {
        assert_eq!(grants.guest_path(&at.join(path)), Some(at.join(path)), "{path}");
    }
    assert_eq!(grants.guest_path(&at), None);
    // What a folder inside hides is not there.
    let grants = Grants::new().folder(Path::new("/x"), "/data", false).folder(Path::new("/y"), "/data/in", false);
    assert_eq!(grants.guest_path(Path::new("/x/in/z")), None);
    assert_eq!(grants.guest_path(Path::new("/y/z")), Some(PathBuf::from("/data/in/z")));
}

#[test]
fn a_script_s_folder_that_would_hide_something_is_left_out() {
    for folder in ["/", "/w/..", "/dev", "/lib/python3.14"] {
        let mut grants = Grants::new().script_folder(Path::new(folder));
        assert_eq!(grants.check_alone(&RESERVED), Ok(()), "{folder}");
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
    let grants = grants.env("B", "3").env("A", "4");
    assert_eq!(grants.last_variables().collect::<Vec<_>>(), [("B", "3"), ("A", "4")]);
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

#[test]
fn what_is_too_long_is_refused_without_being_shown() {
    let long = "x".repeat(50 << 20);
    let too_long = |result: Result<(), GrantError>, words: &str| {
        let Err(error @ GrantError::TooLong { .. }) = result else { panic!("{words}: it is taken") };
        let text = error.to_string();
        assert!(text.contains(words) && text.len() < 200, "{text}");
    };
    too_long(
        check(Grants::new().env("A", &*long)),
        "environment variables of 52428803 bytes: a guest takes at most 2097152",
    );
    too_long(check(Grants::new().env(&*long, "")), "environment variables");
    let many = (0..100_000).fold(Grants::new(), |grants, index| grants.env(index.to_string(), "x".repeat(20)));
    too_long(check(many), "environment variables");
    let path = format!("/{long}");
    too_long(check(Grants::new().folder(Path::new("/tmp"), &path, false)), "the path of a folder of 52428801 bytes");
    too_long(check(Grants::new().file(&path, "")), "the path of a file");
    too_long(check(Grants::new().working_folder(&path)), "the path of a working folder");
    let arguments = |grants: Grants, sizes: &[usize]| {
        let arguments: Vec<OsString> = sizes.iter().map(|size| "x".repeat(*size).into()).collect();
        grants.check_arguments(&arguments)
    };
    too_long(arguments(Grants::new(), &[50 << 20]), "arguments and environment variables of 52428801 bytes");
    too_long(arguments(Grants::new(), &[1 << 20, 1 << 20]), "arguments");
    too_long(arguments(Grants::new().env("A", "x".repeat(1 << 20)), &[1 << 20]), "arguments");
    assert_eq!(arguments(Grants::new().env("A", "x".repeat(1 << 20)), &[(1 << 20) - 4]), Ok(()));
    assert_eq!(check(Grants::new().env("A", "x".repeat((2 << 20) - 3))), Ok(()));
    assert_eq!(check(Grants::new().working_folder(&format!("/{}", "x".repeat(4095)))), Ok(()));
}
