//! What pyrun says while a program of somebody's writes to the same streams: it begins a line of its own.

use std::cell::Cell;
use std::fmt::Arguments;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;

use pyrun::InterruptHandle;

use crate::patience::Patience;

/// Says something after a program.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    guest: Option<InterruptHandle>,
    /// Something was said since: standard error ends with a line.
    has_spoken: Cell<bool>,
    pub(crate) patience: Patience,
}

impl Voice {
    /// After the program that this handle speaks of.
    pub(crate) fn after(guest: &InterruptHandle, patience: Patience) -> Self {
        Self { guest: Some(guest.clone()), has_spoken: Cell::new(false), patience }
    }

    /// A line for the user, which begins where the program's last one has ended.
    pub(crate) fn say(&self, line: Arguments<'_>) {
        let begins = !self.has_spoken.replace(true) && self.is_inside(|lines| lines.stderr);
        say(format_args!("{}{line}", if begins { "\n" } else { "" }), self.patience);
    }

    /// What begins a line on standard output.
    pub(crate) fn line_of_output(&self) -> &'static str {
        let was_ended = self.has_spoken.get() && are_one();
        if !was_ended && self.is_inside(|lines| lines.stdout) { "\n" } else { "" }
    }

    fn is_inside(&self, own: impl Fn(pyrun::stdio::OpenLines) -> bool) -> bool {
        let Some(guest) = &self.guest else { return false };
        let lines = guest.open_lines();
        if are_one() { lines.both } else { own(lines) }
    }
}

/// A line for the user. A closed stream is not an error, and neither is one that nobody reads. It may hold names that a module's author has chosen: nothing of it steers a
/// terminal.
pub(crate) fn say(line: Arguments<'_>, patience: Patience) {
    let _ = patience.write(io::stderr(), format!("{}\n", shown(&line.to_string())).as_bytes());
}

/// A text with the pictures of control characters in their place, but for ends of lines and tabs.
fn shown(text: &str) -> String {
    let picture = |c: char| match c {
        '\n' | '\t' => c,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(picture).collect()
}

/// Whether standard output and error are one file, pipe or terminal.
fn are_one() -> bool {
    let identity = |stream: &dyn AsFd| {
        let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
        file.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
    };
    let output = identity(&io::stdout());
    output.is_some() && output == identity(&io::stderr())
}
