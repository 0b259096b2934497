//! What is done before a signal ends the process: a signal handler can do next to nothing, so a thread is woken that does it.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::interrupt::{InterruptHandle, SIGINT};
use super::wake::Asked;
use crate::error::Error;
use crate::sys;

/// The function that is called before a signal ends this process, as long as this is there; see
/// [`InterruptHandle::before_signal_ends`].
#[derive(Debug)]
#[must_use = "it is called while this is there"]
pub struct LastWords {
    asked: Arc<Asked>,
    thread: Option<JoinHandle<()>>,
}

impl InterruptHandle {
    /// Has a function called with the number of the signal before a second Ctrl-C, or another signal that the program has left to its
    /// default, ends this process: on a thread of its own, until the result is dropped. A further signal waits for nothing. One function
    /// for all that the handle speaks of: of two, the first one counts.
    ///
    /// # Errors
    /// [`Error::System`], when there is no descriptor or thread left.
    pub fn before_signal_ends(&self, call: impl FnOnce(i32) + Send + 'static) -> Result<LastWords, Error> {
        let asked = Asked::new().map_err(|source| Error::System { what: "no descriptor left", source })?;
        let asked = Arc::new(asked);
        let (shared, handle) = (asked.clone(), self.clone());
        let thread = std::thread::Builder::new().name("last words".to_owned()).spawn(move || {
            sys::process::leave_to_other_threads();
            if let Some(signal) = shared.wait() {
                call(signal);
                handle.restore_terminals();
                match signal {
                    SIGINT => signal_hook::low_level::exit(sys::process::INTERRUPTED),
                    _ => sys::signals::end_process(&handle, signal),
                }
            }
        });
        let thread = thread.map_err(|source| Error::System { what: "cannot start a thread", source })?;
        self.set_last_words(asked.clone());
        Ok(LastWords { asked, thread: Some(thread) })
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.asked.end();
        if let Some(thread) = self.thread.take() {
            // It has been asked in this moment, and ends the process; or it is gone.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_once_and_not_when_it_is_over() {
        let handle = InterruptHandle::new().unwrap();
        let words = handle.before_signal_ends(|_| unreachable!("nobody asks")).unwrap();
        let asked = words.asked.clone();
        drop(words);
        assert!(!asked.ask(15));
        let asked = Asked::new().unwrap();
        assert!(asked.ask(15) && !asked.ask(2));
        assert_eq!(asked.wait(), Some(15));
    }
}
