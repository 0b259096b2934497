//! What the person who runs the program is told.

/// Lines for the person, and the end of the program.
pub trait Reporter {
    /// A line for the person who runs the program (a failed assertion, a warning of the C runtime).
    fn report(&mut self, line: &str);

    /// The program has ended itself with this status; all that it wrote has been written. A host that is there for this
    /// one program may end the process here, which spares the way out of the guest; otherwise this does nothing, and the
    /// guest unwinds.
    fn exiting(&mut self, status: i32);
}
