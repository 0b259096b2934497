//! Which option is for what: the one table by which an option that means nothing to what is run is refused, by name.

use pyrun::Kind;

use crate::flags::Args;
use crate::report::Failure;

/// What a command line runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// CPython: a script, `-c`, `-m`, standard input, the prompt.
    Python,
    /// MicroPython, by `--kind`.
    MicroPython,
    /// A module of Emscripten's, run or called.
    Emscripten,
    /// A module for WASI, run or called.
    Wasi,
    /// A module that needs no interface, run or called.
    Standalone,
}

impl Mode {
    /// Of a module of this kind. What cannot run is refused for that, whatever the options.
    pub(crate) fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::EmscriptenMain => Some(Self::Emscripten),
            Kind::WasiCommand | Kind::WasiReactor => Some(Self::Wasi),
            Kind::Standalone => Some(Self::Standalone),
            _ => None,
        }
    }

    /// In words, behind "is for".
    const fn words(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::MicroPython => "MicroPython",
            Self::Emscripten => "programs of Emscripten's",
            Self::Wasi => "programs for WASI",
            Self::Standalone => "modules without an interface",
        }
    }
}

use Mode::{Emscripten, MicroPython, Python, Standalone, Wasi};

/// An option: whether it was given, and what it is for.
struct Row {
    option: &'static str,
    given: fn(&Args) -> bool,
    modes: &'static [Mode],
}

const fn row(option: &'static str, modes: &'static [Mode], given: fn(&Args) -> bool) -> Row {
    Row { option, given, modes }
}

/// What a program sees.
const SEEING: &[Mode] = &[Python, MicroPython, Emscripten, Wasi];
const MODULES: &[Mode] = &[Emscripten, Wasi, Standalone];
const ALL: &[Mode] = &[Python, MicroPython, Emscripten, Wasi, Standalone];

/// A row for each option but `--help` and `--version`.
const TABLE: &[Row] = &[
    // Before --dir, which it goes with.
    row("--export", SEEING, |args| args.export.is_some()),
    row("--with", &[Python], |args| !args.with.is_empty()),
    row("--dir", SEEING, |args| !args.dirs.is_empty()),
    row("--file", &[Python, MicroPython, Emscripten], |args| !args.files.is_empty()),
    row("--fd", &[Python, MicroPython, Emscripten], |args| !args.fds.is_empty()),
    row("--env", SEEING, |args| !args.env.is_empty()),
    row("--env-file", SEEING, |args| !args.env_files.is_empty()),
    row("--allow-native", &[Python, Emscripten], |args| args.allow_native),
    row("--release", &[Python], |args| args.release.is_some()),
    row("--snapshot", &[Python], |args| args.snapshot.is_some()),
    row("--no-snapshot", &[Python], |args| args.no_snapshot),
    row("--invoke", MODULES, |args| args.invoke.is_some()),
    row("--kind", &[MicroPython], |args| args.kind.is_some()),
    row("--names", &[MicroPython, Emscripten], |args| args.names.is_some()),
    row("--untrusted", ALL, |args| args.untrusted),
    row("--limit", ALL, |args| !args.limit.is_empty()),
    row("--usage", ALL, |args| args.usage),
    row("--deterministic", SEEING, |args| args.deterministic.is_some()),
    row("--audit", ALL, |args| args.audit.is_some()),
    row("--report", ALL, |args| args.report.is_some()),
    row("--timings", ALL, |args| args.timings),
];

/// Refuses the first option that means nothing to what is run. `what` says what that is, behind "but".
pub(crate) fn check(args: &Args, mode: Mode, what: &str) -> Result<(), Failure> {
    match TABLE.iter().find(|row| (row.given)(args) && !row.modes.contains(&mode)) {
        Some(Row { option, modes, .. }) => {
            let whose: Vec<&str> = modes.iter().map(|mode| mode.words()).collect();
            Err(Failure::Usage(format!("{option} is for {}, but {what}; leave it out", listed(&whose))))
        }
        None => Ok(()),
    }
}

/// `a, b and c`
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} and {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn each_option_has_one_row() {
        let command = Args::command();
        let options =
            command.get_arguments().filter_map(|arg| arg.get_long()).filter(|name| !["help", "version"].contains(name));
        let mut options: Vec<String> = options.map(|name| format!("--{name}")).collect();
        let mut rows: Vec<&str> = TABLE.iter().map(|row| row.option).collect();
        options.sort();
        rows.sort_unstable();
        assert_eq!(options, rows);
    }
}
