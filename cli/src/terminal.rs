//! What a program is told of the person's terminal, and the history of the prompt.

use std::fs::{DirBuilder, File};
use std::io::{IsTerminal as _, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use pyrun::{CommandLine, FolderMode, Grants};

use crate::flags::Args;

/// A variable of this process that a program is told when a stream of it is a terminal.
struct Row {
    name: &'static str,
    /// Whether code that nobody has read is told, too.
    to_untrusted: bool,
}

const fn row(name: &'static str, to_untrusted: bool) -> Row {
    Row { name, to_untrusted }
}

/// What kind of terminal it is, how large, whether there are to be colours; and the person's language. docs/CLI.md lists them.
const VARIABLES: &[Row] = &[
    row("TERM", false),
    row("COLORTERM", true),
    row("TERM_PROGRAM", false),
    row("NO_COLOR", true),
    row("FORCE_COLOR", true),
    row("CLICOLOR", true),
    row("CLICOLOR_FORCE", true),
    row("COLUMNS", true),
    row("LINES", true),
    row("LANG", false),
    row("LANGUAGE", false),
    row("LC_ALL", false),
    row("LC_CTYPE", false),
    row("LC_MESSAGES", false),
    row("LC_NUMERIC", false),
    row("LC_TIME", false),
];

/// Limit: bytes of a history that is read. A larger one is cut to half of that when the prompt begins.
const HISTORY: u64 = 1 << 20;
/// Limit: bytes that a prompt may add to the folder of the history.
const GROWTH: u64 = 4 << 20;
/// Where the folder of the history is, in the guest.
const GUEST_FOLDER: &str = "/home/pyodide/.local/state/pyrun";
const FILE: &str = "python_history";

/// Whether a person at a terminal is asked for code, with CPython's editor of lines.
pub(crate) fn is_prompt(args: &Args) -> bool {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    is_terminal && CommandLine::parse(&args.python).prompts && cfg!(target_os = "linux")
}

/// With what a program sees of the person's terminal.
pub(crate) fn granted(args: &Args, grants: Grants) -> Grants {
    let is_terminal =
        std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    if !is_terminal || args.deterministic.is_some() {
        return grants;
    }
    let grants = VARIABLES.iter().filter(|row| row.to_untrusted || !args.untrusted).fold(grants, |grants, row| {
        match std::env::var(row.name) {
            Ok(value) => grants.env_for_program(row.name, value),
            Err(_) => grants,
        }
    });
    // What edits lines steers the terminal.
    let grants =
        if args.untrusted && is_prompt(args) { grants.env_for_program("PYTHON_BASIC_REPL", "1") } else { grants };
    match history(args) {
        Some(folder) => grants
            .folder_as(&folder, GUEST_FOLDER, FolderMode::ReadWriteUpTo(GROWTH))
            .env_for_program("PYTHON_HISTORY", format!("{GUEST_FOLDER}/{FILE}")),
        None => grants,
    }
}

/// The folder in which the prompt keeps its history, which is there and this person's own: `PYRUN_HISTORY`, where an empty one says that none
/// is kept, or `pyrun` where programs keep state.
fn history(args: &Args) -> Option<PathBuf> {
    if !is_prompt(args) || args.untrusted {
        return None;
    }
    let folder = match std::env::var_os("PYRUN_HISTORY") {
        Some(named) => Some(PathBuf::from(named)).filter(|folder| !folder.as_os_str().is_empty())?,
        None => state_folder()?.join("pyrun"),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    cut(&folder.join(FILE));
    Some(folder)
}

/// `$XDG_STATE_HOME`, or `~/.local/state`.
fn state_folder() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    named.or_else(|| Some(std::env::home_dir()?.join(".local/state")))
}

/// Leaves the newer half of a history that has become too long. One that cannot be read is the program's to complain about.
fn cut(file: &Path) {
    if std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() > HISTORY)
        && let Ok(newer) = newer_half(file)
    {
        // Who cannot write it will find it too long once more.
        let _ = std::fs::write(file, newer);
    }
}

fn newer_half(file: &Path) -> std::io::Result<Vec<u8>> {
    let (mut file, mut newer) = (File::open(file)?, Vec::new());
    file.seek(SeekFrom::End(-(HISTORY as i64 / 2)))?;
    file.take(HISTORY).read_to_end(&mut newer)?;
    // From the beginning of a line on.
    let begin = newer.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Ok(newer.split_off(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_is_cut_at_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        cut(&file);
        assert!(!file.exists());
        let line = format!("{}\n", "x".repeat(99));
        std::fs::write(&file, line.repeat(10_000)).unwrap();
        cut(&file);
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 1_000_000, "short enough");
        std::fs::write(&file, line.repeat(11_000)).unwrap();
        cut(&file);
        let left = std::fs::read_to_string(&file).unwrap();
        assert!(left.len() as u64 <= HISTORY / 2 && left.len() as u64 > HISTORY / 2 - 200);
        assert!(left.lines().all(|line| line.len() == 99));
    }
}
