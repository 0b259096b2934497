//! What is said of files that a program did not find.
//!
//! A hint is for the person who has typed the command line, and for nobody else: it says what exists on this machine. So it goes to a
//! terminal only, never into a pipe or file that a program's author may read; and it speaks only of a path that stands on the command line.
//! Of one that the program chose it says neither the path nor whether it exists.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;

use pyrun::{Grants, MissingPackage};

use crate::folders::spelled;
use crate::voice::Voice;

/// Says what would help, of the file that the program did not find, or else of one that stands on its command line.
pub(crate) fn about_files(
    (missing, suspect): (Option<&str>, Option<&Path>),
    typed: &[OsString],
    granted: &Grants,
    voice: &Voice,
) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    match (missing, suspect) {
        (Some(path), _) if is_typed(path, typed) => about(Path::new(path), granted, voice),
        (Some(_), _) => voice.say(format_args!(
            "pyrun: the program sees no files of this machine but those of --dir and its script's folder; see `pyrun --help`"
        )),
        (None, Some(path)) => about(path, granted, voice),
        (None, None) => {}
    }
}

/// Says which packages of the release would have to be fetched, in one line; and of others that cannot be had, why.
pub(crate) fn about_packages(missing: &[MissingPackage], voice: &Voice) {
    let absent = missing.iter().filter_map(|missing| Some((missing.fetch.as_deref()?, missing)));
    let names: Vec<&str> =
        absent.clone().flat_map(|(_, missing)| missing.packages.iter().map(String::as_str)).collect();
    if let Some((fetch, _)) = absent.clone().next() {
        let (are, them) = if names.len() == 1 { ("is a package", "it") } else { ("are packages", "them") };
        voice.say(format_args!(
            "pyrun: {} {are} of the release and not on this machine: run `{fetch} {}` to fetch {them}",
            names.join(", "),
            names.join(",")
        ));
    }
    for other in missing.iter().filter(|missing| missing.fetch.is_none()) {
        voice.say(format_args!("pyrun: {other}"));
    }
}

/// Whether a path stands on the command line: as an argument, behind a `=`, or as a string of the code of `-c`.
fn is_typed(path: &str, typed: &[OsString]) -> bool {
    let strings = [format!("'{path}'"), format!("\"{path}\"")];
    typed.iter().filter_map(|argument| argument.to_str()).any(|argument| {
        let value = argument.split_once('=').map(|(_, value)| value);
        argument == path || value == Some(path) || strings.iter().any(|string| argument.contains(string))
    })
}

/// Which grant is missing for a path that the person has named.
fn about(path: &Path, granted: &Grants, voice: &Voice) {
    let Ok(named) = std::path::absolute(path) else { return };
    let Ok(real) = named.canonicalize() else { return };
    let shown = path.display();
    let (at_name, at_end) = (granted.guest_path(&named), granted.guest_path(&real));
    if at_end.is_some() {
        if let Some(seen) = at_name.or(at_end).filter(|seen| *seen != named) {
            voice.say(format_args!("pyrun: the program sees {shown} of this machine at {}", seen.display()));
        }
        return;
    }
    // A link is seen where its folder is, but what it leads to lies elsewhere.
    let is_link_out = at_name.is_some();
    let wanted = if is_link_out { &real } else { &named };
    let folder = if wanted.is_dir() { wanted.as_path() } else { wanted.parent().unwrap_or(Path::new("/")) };
    if folder.parent().is_none() {
        voice.say(format_args!(
            "pyrun: {shown} exists on this machine, but the program may not see it, and / cannot be shown as a whole: move it \
             into a folder and grant that with --dir"
        ));
        return;
    }
    let exists = if is_link_out {
        format!("{shown} leads to {}, which the program may not see", real.display())
    } else {
        format!("{shown} exists on this machine, but the program may not see it")
    };
    voice.say(format_args!("pyrun: {exists}; grant it with --dir {}", spelled(folder)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_typed() {
        let line = ["-c", "open('in.txt'); open(\"b\")", "out.txt", "--file=c/d"].map(OsString::from);
        for (path, typed) in [
            ("in.txt", true),
            ("b", true),
            ("out.txt", true),
            ("c/d", true),
            ("open", false),
            ("txt", false),
            ("/etc/shadow", false),
            ("d", false),
            ("", false),
        ] {
            assert_eq!(is_typed(path, &line), typed, "{path}");
        }
    }
}
