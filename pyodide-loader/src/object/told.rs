//! The text of an exception that is too large for Python's own `traceback`, from what was copied of it: as Python prints it, but without
//! the lines of the source, and with what is left out counted.

use std::fmt::Write as _;

use super::error::{PythonError, TracebackFrame};

/// Limit: equal frames in a row that are shown; the rest is counted, as CPython does (`_RECURSIVE_CUTOFF`).
const MAX_EQUAL: usize = 3;

/// What led to an exception.
pub(super) struct Link {
    /// `None` where nothing did, or it was told already.
    pub(super) text: Option<String>,
    pub(super) is_cause: bool,
}

/// Notes of an exception, or members of a group.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) shown: Vec<String>,
    pub(super) left_out: usize,
}

/// The name of a type, with the module unless that is `builtins` or `__main__`.
pub(super) fn type_name(module: &str, name: String) -> String {
    if module == "builtins" || module == "__main__" { name } else { format!("{module}.{name}") }
}

/// An exception's last line.
pub(super) fn one_line(type_name: &str, message: &str) -> String {
    if message.is_empty() { type_name.to_owned() } else { format!("{type_name}: {message}") }
}

/// An exception and what led to it.
pub(super) fn text(
    error: &PythonError,
    [cause, context]: [Link; 2],
    is_suppressed: bool,
    notes: &Notes,
    members: &Notes,
) -> String {
    let mut text = String::new();
    let link = if cause.text.is_some() || is_suppressed { cause } else { context };
    if let Some(before) = &link.text {
        let how = match link.is_cause {
            true => "The above exception was the direct cause of the following exception:",
            false => "During handling of the above exception, another exception occurred:",
        };
        let _ = write!(text, "{before}\n{how}\n\n");
    }
    if !error.frames.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
        if error.frames_left_out > 0 {
            let _ = writeln!(text, "  ... {} more frames", error.frames_left_out);
        }
        frames(&mut text, &error.frames);
    }
    if let Some(place) = &error.syntax {
        let _ = writeln!(text, "  File \"{}\", line {}", place.file, place.line);
    }
    let _ = writeln!(text, "{error}");
    listed(&mut text, "", notes, "notes");
    listed(&mut text, "  | ", members, "exceptions");
    text
}

fn frames(text: &mut String, frames: &[TracebackFrame]) {
    for equal in frames.chunk_by(|a, b| a == b) {
        for TracebackFrame { file, line, function } in equal.iter().take(MAX_EQUAL) {
            let _ = writeln!(text, "  File \"{file}\", line {line}, in {function}");
        }
        let more = equal.len().saturating_sub(MAX_EQUAL);
        if more > 0 {
            let times = if more == 1 { "time" } else { "times" };
            let _ = writeln!(text, "  [Previous line repeated {more} more {times}]");
        }
    }
}

fn listed(text: &mut String, before: &str, notes: &Notes, what: &str) {
    for note in &notes.shown {
        let _ = writeln!(text, "{before}{note}");
    }
    if notes.left_out > 0 {
        let _ = writeln!(text, "{before}... {} more {what}", notes.left_out);
    }
}

/// The beginning of a text, with the number of characters that are left out.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let end = text.floor_char_boundary(most);
    let (kept, rest) = text.split_at(end);
    format!("{kept}... {} more characters\n", rest.chars().count())
}
