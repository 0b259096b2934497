//! What is new in a release, against an older one.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use super::folder::ReleaseFile;

/// A section with more lines is only counted.
const MOST_LINES: usize = 60;

/// The news as lines.
pub(super) fn news(new: &ReleaseFile, old: &ReleaseFile, wheels: (&str, &str)) -> String {
    let mut text = format!("{}, against {}:\n", new.version, old.version);
    let words = [
        ("Python", &old.python, &new.python),
        ("era", &old.era, &new.era),
        ("trampoline", &old.trampoline, &new.trampoline),
        ("Emscripten", &old.emscripten, &new.emscripten),
        ("interface of wheels", &old.wheel_abi, &new.wheel_abi),
    ];
    for (what, old, new) in words.into_iter().filter(|(_, old, new)| old != new) {
        text.push_str(&format!("  {what}: {old} -> {new}\n"));
    }
    if old.dynload_folder != new.dynload_folder {
        text.push_str(&format!("  lib-dynload is made: {}\n", new.dynload_folder));
    }
    section(&mut text, "imports", &old.imports, &new.imports);
    section(&mut text, "sizes of objects", &old.basic_sizes, &new.basic_sizes);
    section(&mut text, "counts", &old.counts, &new.counts);
    let names = |data: &BTreeMap<String, i32>| data.keys().map(|name| (name.clone(), "")).collect();
    section(&mut text, "data (names only)", &names(&old.data), &names(&new.data));
    section(&mut text, "packages", &packages(wheels.0), &packages(wheels.1));
    text
}

/// Lines for what is new, gone or different; empty when nothing is.
fn section<T: Display + PartialEq>(
    text: &mut String,
    title: &str,
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
) {
    let mut lines = String::new();
    for (name, value) in new {
        // A `String` takes everything.
        let _ = match old.get(name) {
            None => writeln!(lines, "    + {name} {value}"),
            Some(was) if was != value => writeln!(lines, "    ~ {name} {value}, was {was}"),
            Some(_) => Ok(()),
        };
    }
    for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        let _ = writeln!(lines, "    - {name} {value}");
    }
    match lines.lines().count() {
        0 => lines = "    the same\n".to_owned(),
        count if count > MOST_LINES => lines = format!("    {count} are new, gone or different: compare the files\n"),
        _ => {}
    }
    let _ = write!(text, "  {title}:\n{lines}");
}

/// The packages' files of a manifest, by name.
fn packages(manifest: &str) -> BTreeMap<String, &str> {
    let rows = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let packages = rows.filter(|row| matches!(row.get(2), Some(&"wheel" | &"extra")));
    packages.filter_map(|row| Some(((*row.get(4)?).to_owned(), *row.get(3)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_gone_or_different_is_a_line() {
        let map = |entries: &[(&str, &'static str)]| -> BTreeMap<String, &'static str> {
            entries.iter().map(|(name, ty)| ((*name).to_owned(), *ty)).collect()
        };
        let old = map(&[("env.x", "i:"), ("env.y", "i:"), ("env.z", ":i")]);
        let new = map(&[("env.x", "j:"), ("env.z", ":i"), ("env.n", ":")]);
        let mut text = String::new();
        section(&mut text, "imports", &old, &new);
        assert_eq!(text, "  imports:\n    + env.n :\n    ~ env.x j:, was i:\n    - env.y i:\n");
        text.clear();
        section(&mut text, "imports", &new, &new);
        assert_eq!(text, "  imports:\n    the same\n");
    }
}
