//! A command line before it is parsed: where pyrun's own options end, and what is found of one that cannot be parsed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The file of `--report` on a command line that cannot be read as a whole. `options` are pyrun's own.
pub(crate) fn report_in(line: &[OsString], options: &clap::Command) -> Option<PathBuf> {
    let mut found = None;
    for (_, name, value) in own_arguments(line, options) {
        if name == "report" {
            found = value.map(PathBuf::from);
        }
    }
    // A file that the line names again is to be run, and not to be lost to a mistake elsewhere.
    let is_named_again = |path: &PathBuf| {
        let named = line.iter().filter(|argument| is_same_file(path, Path::new(argument)));
        let by_value = line.iter().any(|argument| argument == path.as_os_str());
        named.count() > usize::from(by_value)
    };
    found.filter(|path| !is_named_again(path))
}

/// Whether two paths lead to one regular file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        metadata.is_file().then(|| (metadata.dev(), metadata.ino()))
    };
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

/// Whether an option's value may be the next argument.
fn takes_next(option: &clap::Arg) -> bool {
    option.get_action().takes_values() && !option.is_require_equals_set()
}

/// pyrun's own options at the start of a command line: where the next argument is, the name, the value.
fn own_arguments(
    line: &[OsString],
    options: &clap::Command,
) -> impl Iterator<Item = (usize, String, Option<OsString>)> {
    let mut index = 1;
    std::iter::from_fn(move || {
        let argument = line.get(index)?;
        let bytes = argument.as_bytes();
        let equals = bytes.iter().position(|byte| *byte == b'=');
        let (name, inline) = match equals.map(|at| bytes.split_at(at)) {
            Some((name, [b'=', value @ ..])) => (name, Some(OsStr::from_bytes(value).to_owned())),
            _ => (bytes, None),
        };
        let name = std::str::from_utf8(name).ok()?.strip_prefix("--")?;
        let option = options.get_arguments().find(|option| option.get_long() == Some(name))?;
        let separate = takes_next(option) && inline.is_none();
        let value = if separate { line.get(index + 1).cloned() } else { inline };
        index += if separate { 2 } else { 1 };
        Some((index, name.to_owned(), value))
    })
}

/// The command line with a `--` that is CPython's doubled: the parser takes one for itself.
pub(crate) fn with_own_end(line: &[OsString], options: &clap::Command) -> Vec<OsString> {
    let end = own_arguments(line, options).map(|(next, ..)| next).last().unwrap_or(1);
    match line.get(end) {
        Some(text) if text == "--" => {
            let (before, after) = line.split_at(end);
            before.iter().chain([&OsString::from("--")]).chain(after).cloned().collect()
        }
        _ => line.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_found_on_a_line_that_is_wrong() {
        for (line, want) in [
            (&["--report", "r", "--kind", "x"][..], Some("r")),
            (&["--untrusted", "--report=r", "--allow-native"], Some("r")),
            (&["--report", "a", "--report", "b"], Some("b")),
            (&["--env", "--report", "r"], None),
            (&["-c", "x", "--report", "r"], None),
            (&["--report"], None),
        ] {
            let line: Vec<OsString> = std::iter::once(&"pyrun").chain(line).map(OsString::from).collect();
            let option = |name| clap::Arg::new(name).long(name).action(clap::ArgAction::Set);
            let flag = |name| clap::Arg::new(name).long(name).action(clap::ArgAction::SetTrue);
            let options =
                clap::Command::new("pyrun").args([option("report"), option("kind"), option("env"), flag("untrusted")]);
            assert_eq!(report_in(&line, &options), want.map(PathBuf::from), "{line:?}");
        }
    }
}
