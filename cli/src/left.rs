//! What is said of files that a program has written into memory: they are gone with it.

use std::path::Path;

use crate::folders::spelled;
use crate::patience::Patience;
use crate::voice::say;

/// Files that are named; the others are counted.
const NAMED: usize = 3;

/// The history of the prompt where none is kept: nobody's work.
const HISTORY: &str = ".python_history";

/// Says which files are gone, and what would keep them.
pub(crate) fn tell(paths: &[String], working: &str, patience: Patience) {
    let work = work(paths);
    if !work.is_empty() {
        say(format_args!("{}", line(&work, working)), patience);
    }
}

/// What somebody may miss.
fn work(paths: &[String]) -> Vec<String> {
    paths.iter().filter(|path| Path::new(path).file_name().is_none_or(|name| name != HISTORY)).cloned().collect()
}

fn line(paths: &[String], working: &str) -> String {
    let here = |path: &str| Path::new(path).strip_prefix(working).ok().map(|rest| rest.display().to_string());
    // A name is the program's choice: nothing of it steers a terminal.
    let name = |path: &String| here(path).unwrap_or_else(|| path.clone()).escape_debug().to_string();
    let mut named = paths.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    if paths.len() > NAMED {
        named = format!("{named} and {} more", paths.len() - NAMED);
    }
    let what = match paths.len() {
        1 => "1 file was written to memory and is gone".to_owned(),
        count => format!("{count} files were written to memory and are gone"),
    };
    let them = if paths.len() == 1 { "it" } else { "them" };
    // Where a program starts that sees no folder of the person's, the working folder would be.
    let outside = paths.iter().find(|path| here(path).is_none());
    let grant = match outside.and_then(|path| Path::new(path).parent()) {
        Some(folder) if folder.is_dir() => format!("{}:rw", spelled(folder)),
        Some(folder) => format!("FOLDER:{}:rw", spelled(folder)),
        None => ".:rw".to_owned(),
    };
    format!("pyrun: {what}: {named}; --dir {grant} keeps {them}")
}

#[cfg(test)]
mod tests {
    use super::{line, work};

    #[test]
    fn a_history_that_nobody_keeps_is_not_missed() {
        let paths = ["/home/pyodide/.python_history", "/home/pyodide/python_history"].map(str::to_owned);
        assert_eq!(work(&paths), paths[1..]);
        assert!(work(&paths[..1]).is_empty());
    }

    #[test]
    fn files_are_named_and_counted() {
        for (paths, said) in [
            (&["/home/pyodide/out.txt"][..], "1 file was written to memory and is gone: out.txt; --dir .:rw keeps it"),
            (
                &["/home/pyodide/a", "/home/pyodide/b/c"],
                "2 files were written to memory and are gone: a, b/c; --dir .:rw keeps them",
            ),
            (
                &["/home/pyodide/a", "/home/pyodide/b", "/home/pyodide/c", "/home/pyodide/d"],
                "4 files were written to memory and are gone: a, b, c and 1 more; --dir .:rw keeps them",
            ),
            (
                &["/nowhere/x"],
                "1 file was written to memory and is gone: /nowhere/x; --dir FOLDER:/nowhere:rw keeps it",
            ),
            (
                &["/home/pyodide/a\u{1b}[2J"],
                "1 file was written to memory and is gone: a\\u{1b}[2J; --dir .:rw keeps it",
            ),
        ] {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            assert_eq!(line(&paths, "/home/pyodide"), format!("pyrun: {said}"));
        }
    }
}
