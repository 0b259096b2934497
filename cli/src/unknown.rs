//! Options that neither pyrun nor CPython has: what was probably meant.

use std::ffi::OsString;

use pyrun::CommandLine;

use crate::flags::own_options;

/// CPython's own long options. `--help` and its like are pyrun's, or CPython's when they come after one of its options.
const LONG_OPTIONS_OF_CPYTHON: [&str; 6] =
    ["--help", "--help-all", "--help-env", "--help-xoptions", "--version", "--check-hash-based-pycs"];

/// What there is to say about an option that neither pyrun nor CPython has, among those that CPython is given.
pub(crate) fn about_unknown_option(python: &[OsString]) -> Option<String> {
    let unknown = CommandLine::options(python).into_iter().filter_map(|option| option.to_str()).find_map(|option| {
        let name = option.split('=').next()?;
        let (dashes, letters) = name.split_at(name.len() - name.trim_start_matches('-').len());
        // None of pyrun's is one letter, and most of CPython's are: the table is made only for what may be there.
        let is_own = || letters.len() > 1 && own_options().get_arguments().any(|arg| arg.get_long() == Some(letters));
        match dashes {
            "--" if LONG_OPTIONS_OF_CPYTHON.contains(&name) => None,
            "--" if is_own() => Some(format!("{name} is an option of pyrun's: put it before CPython's options")),
            "--" => Some(match nearest_option(name) {
                Some(near) => format!("there is no option {name}; did you mean {near}"),
                None => format!("there is no option {name}"),
            }),
            "-" if is_own() => Some(format!("{name} is read as one-letter options of CPython's; did you mean -{name}")),
            _ => None,
        }
    })?;
    Some(format!("{unknown}; `pyrun --help` lists pyrun's options, `pyrun -h` CPython's"))
}

/// pyrun's options that stand around a program: one who puts them behind it believes that they hold.
const WALLS: [&str; 8] =
    ["--untrusted", "--limit", "--dir", "--env", "--audit", "--report", "--export", "--deterministic"];

/// What there is to say of such an option behind the program, which is at `program` among the arguments: it is the program's own.
pub(crate) fn about_misplaced_wall(arguments: &[OsString], program: usize) -> Option<String> {
    let name = arguments.get(program)?.to_string_lossy();
    let behind = arguments.get(program + 1..)?.iter().filter_map(|argument| argument.to_str());
    // What follows an end of options is no option to anybody.
    let option = behind.take_while(|argument| *argument != "--").find_map(|argument| {
        WALLS
            .into_iter()
            .find(|wall| argument.strip_prefix(*wall).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
    })?;
    Some(format!(
        "{option} stands behind {name}, so it is an argument of that program and pyrun does not heed it: put it before {name}"
    ))
}

/// The option of pyrun's that was probably meant.
fn nearest_option(name: &str) -> Option<String> {
    let name = name.trim_start_matches('-');
    let options = own_options();
    let mut known = options.get_arguments().filter_map(|arg| arg.get_long());
    known.find(|known| is_misspelt(name, known)).map(|known| format!("--{known}"))
}

/// Whether a name has another's letters in another order, all but one of them, or its first ones.
fn is_misspelt(name: &str, meant: &str) -> bool {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let same_at_start = name.chars().zip(meant.chars()).take_while(|(a, b)| a == b).count();
    let rest = |text: &str| text.chars().skip(same_at_start).collect::<Vec<_>>();
    let (one, other) = (rest(name), rest(meant));
    let same_at_end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let differ = one.len().max(other.len()) - same_at_end;
    letters(name) == letters(meant) || differ <= 1 || name.len() > 2 && meant.starts_with(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_behind_the_program_is_told() {
        for (line, option) in [
            (&["x.py", "--untrusted"][..], Some("--untrusted")),
            (&["-u", "x.py", "a", "--limit", "wall=1"], Some("--limit")),
            (&["x.py", "--dir=."], Some("--dir")),
            (&["x.py", "--directory", "--limits=1", "untrusted", "-untrusted"], None),
            (&["x.py", "--", "--untrusted"], None),
            (&["x.py"], None),
        ] {
            let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
            let said = about_misplaced_wall(&arguments, usize::from(line[0] == "-u"));
            let starts =
                |said: &String| option.is_some_and(|option| said.starts_with(&format!("{option} stands behind x.py")));
            assert_eq!(said.as_ref().map(starts), option.map(|_| true), "{line:?}: {said:?}");
        }
    }

    #[test]
    fn a_mistyped_option_is_told() {
        let about = |line: &[&str]| about_unknown_option(&line.iter().map(OsString::from).collect::<Vec<_>>());
        for (line, words) in [
            (&["--dri", "."][..], "there is no option --dri; did you mean --dir"),
            (&["--wiht=numpy"], "there is no option --wiht; did you mean --with"),
            (&["--nosnapshot", "-c", "pass"], "did you mean --no-snapshot"),
            (&["-u", "--dir", ".", "x.py"], "--dir is an option of pyrun's: put it before CPython's"),
            (&["-dir", ".", "x.py"], "did you mean --dir"),
            (&["--colour"], "there is no option --colour"),
        ] {
            let said = about(line).unwrap_or_default();
            assert!(said.contains(words) && said.contains("`pyrun --help`"), "{line:?}: {said}");
        }
        for line in [
            &["-c", "pass", "--dri"][..],
            &["x.py", "--dri"],
            &["--help-xoptions"],
            &["--check-hash-based-pycs", "never", "x.py"],
            &["-X", "--dri", "x.py"],
            &["-Z"],
            &["--", "--dri"],
            &[],
        ] {
            assert_eq!(about(line), None, "{line:?}");
        }
    }
}
