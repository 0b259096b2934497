//! A reader or writer of the embedder's, whose panics end here.
//!
//! A panic of a host function is an exception in Python; one of a reader or writer is an error of the guest's call. So no panic of
//! the embedder's passes through the guest, and one that does is a bug of pyrun's.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// It, until it panics: what it leaves half changed is not called again.
pub(super) struct Guarded<T> {
    inner: T,
    panicked: bool,
}

impl<T> Guarded<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, panicked: false }
    }

    /// Calls it. The panic's own message is the panic hook's to print.
    ///
    /// # Errors
    /// What `body` fails with; of kind [`Other`](io::ErrorKind::Other), `EIO` in the guest, after a panic.
    pub(super) fn call<R>(&mut self, body: impl FnOnce(&mut T) -> io::Result<R>) -> io::Result<R> {
        let failed = || io::Error::other("a reader or writer of the host's panicked");
        if self.panicked {
            return Err(failed());
        }
        catch_unwind(AssertUnwindSafe(|| body(&mut self.inner))).unwrap_or_else(|panic| {
            self.panicked = true;
            // Dropping a payload may panic in its turn.
            std::mem::forget(panic);
            Err(failed())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_panic_it_is_called_no_more() {
        let mut guarded = Guarded::new(0);
        let step = |count: &mut i32| {
            *count += 1;
            if *count == 2 {
                std::panic::resume_unwind(Box::new("the second call"));
            }
            Ok(*count)
        };
        assert_eq!(guarded.call(step).unwrap(), 1);
        for _ in 0..3 {
            assert_eq!(guarded.call(step).unwrap_err().kind(), io::ErrorKind::Other);
        }
        assert_eq!(guarded.inner, 2);
        let refused = Guarded::new(()).call(|()| Err::<(), _>(io::ErrorKind::NotFound.into())).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound, "an error stays as it is");
    }
}
