//! What the person who runs the program is told.

/// What is refused whatever is granted, as the program has named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused<'a> {
    /// A command for a shell.
    Command(&'a [u8]),
    /// A socket of a kind that does not exist here, or what needs one.
    Socket(&'a [u8]),
    /// A function that it imports.
    Import(&'a [u8]),
}

/// Lines for the person, and the end of the program.
pub trait Reporter {
    /// A line for the person who runs the program (a failed assertion, a warning of the C runtime). With `false` the host has none to tell
    /// it to, and it goes where the program's own errors go.
    #[must_use]
    fn report(&mut self, line: &str) -> bool;

    /// The program has asked for something that no host can give it, and was refused: for a record of such. Does nothing by default.
    fn refused(&mut self, refused: Refused<'_>) {
        let _ = refused;
    }

    /// The guest, for which the process is there alone, is to be stopped until somebody lets it go on, as by Ctrl-Z. Does nothing by
    /// default.
    fn stopping(&mut self) {}

    /// The program has ended itself with this status; all that it wrote has been written. A host that is there for this
    /// one program may end the process here, which spares the way out of the guest; otherwise this does nothing, and the
    /// guest unwinds.
    fn exiting(&mut self, status: i32);

    /// Whether [`exiting`](Self::exiting) will end the process, so that nothing is dropped any more.
    fn ends_process(&self) -> bool {
        false
    }
}
