//! The variables that are granted: `--env-file` and `--env`.

use std::env::VarError;
use std::ffi::OsStr;
use std::path::Path;

use pyrun::Grants;

use crate::flags::Args;
use crate::report::Failure;

/// Grants all of them; of a name that is given twice the last one counts, and those of `--env` come after those of files.
pub(crate) fn grant(args: &Args, grants: Grants) -> Result<Grants, Failure> {
    let mut grants = grants;
    for file in &args.env_files {
        for (name, value) in of_file(file)? {
            grants = grants.env(name, value);
        }
    }
    for text in &args.env {
        for (name, value) in of_text(text)? {
            grants = grants.env(name, value);
        }
    }
    Ok(grants)
}

/// One `--env`: a variable with its value, one of this process, or all of this process that begin so.
fn of_text(text: &OsStr) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |why: &str| Failure::Usage(format!("--env {}: {why}", text.to_string_lossy()));
    let Some(given) = text.to_str() else {
        return Err(wrong("it is not UTF-8, which the program's environment is"));
    };
    match given.split_once('=') {
        None if given.is_empty() => Err(wrong("the name is missing; it should read NAME[=VALUE]")),
        Some(("", _)) => Err(wrong("the name is missing")),
        Some((name, value)) => Ok(vec![(name.to_owned(), value.to_owned())]),
        None => match given.strip_suffix('*') {
            Some(prefix) => {
                all_that_begin(prefix).map_err(|name| wrong(&format!("{name} of this process is not UTF-8")))
            }
            None => match std::env::var(given) {
                Ok(value) => Ok(vec![(given.to_owned(), value)]),
                Err(VarError::NotPresent) => Err(wrong("this process has no such variable; give a value")),
                Err(VarError::NotUnicode(_)) => Err(wrong("the variable of this process is not UTF-8; give a value")),
            },
        },
    }
}

/// The variables of this process whose names begin so, in the order of their names; the name of one that is not UTF-8.
fn all_that_begin(prefix: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for (name, value) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(prefix.as_bytes()) {
            let shown = name.to_string_lossy().into_owned();
            let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { return Err(shown) };
            found.push((name, value));
        }
    }
    found.sort();
    Ok(found)
}

/// One `--env-file`: lines of NAME=VALUE, as `.env` files have them.
fn of_file(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |why: String| Failure::Usage(format!("--env-file {}: {why}", path.display()));
    let lines = dotenvy::from_path_iter(path).map_err(|error| wrong(error.to_string()))?;
    lines.map(|line| line.map_err(|error| wrong(why(&error)))).collect()
}

fn why(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(line, _) => format!("{line:?} is no variable: write NAME=VALUE"),
        error => error.to_string(),
    }
}
