//! `pyrun man`: the manual page.

use std::io::Write as _;

use crate::flags::Command;

/// Prints the page.
pub(crate) fn run() {
    let mut page = Vec::new();
    // Writing to memory does not fail, and a closed pipe is no reason to fail.
    let _ = clap_mangen::Man::new(Command::table()).render(&mut page);
    let _ = std::io::stdout().write_all(&page);
}
