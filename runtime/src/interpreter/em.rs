//! C's functions of an interpreter's guest.

use super::Interpreter;
use super::guest::State;
use crate::error::Error;
use crate::module::em::Em;

impl Interpreter {
    /// Calls `body` with C's functions of the guest: memory, files, calls whose exceptions are values. Python code runs again
    /// when it returns. An interpreter whose guest was cut off meanwhile (an exit, a trap) cannot be used any more.
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// # let (mut py, _) = pyrun::doc::interpreter();
    /// let size = py.em(|em| {
    ///     let fd = em.open("/tmp/x", pyrun::em::flags::O_RDWR | pyrun::em::flags::O_CREAT, 0o644)?;
    ///     em.write(fd, b"hello")?;
    ///     em.close(fd)?;
    ///     let block = em.malloc(64)?;
    ///     em.free(block)?;
    ///     Ok(em.stat("/tmp/x")?.size)
    /// })?;
    /// assert_eq!(size, 5);
    /// assert_eq!(py.eval::<String>("open('/tmp/x').read()")?, "hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Poisoned`]; what `body` returns.
    pub fn em<R>(&mut self, body: impl FnOnce(&mut Em<'_>) -> Result<R, Error>) -> Result<R, Error> {
        let state = self.state.get_mut();
        state.come_home()?;
        let State::Ready(guest) = state else { return Err(Error::Busy) };
        let mut em = Em::new(guest.interpreter().caller());
        let result = body(&mut em);
        if let Some(why) = em.cut_off().map(str::to_owned) {
            *state = State::Poisoned(why);
        }
        result
    }
}
