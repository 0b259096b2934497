//! What files and pipes hold that pyrun reads itself, for a program: no more than there may be, and no longer than its time.

use std::io::{self, Read};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use pyrun::Limits;

use crate::report::{Failure, reason};

/// Limit: bytes of a script of MicroPython's, or of a file of names: more than either can have.
const MOST_TEXT: u64 = 64 << 20;

/// The text of what somebody has named, which may be a pipe. `open` may wait for a writer, as opening a FIFO does.
pub(crate) fn text<R: Read>(
    name: &str,
    time: Option<Duration>,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<String, Failure> {
    let bytes = bytes(name, MOST_TEXT, time, open)?;
    let bytes = bytes.ok_or_else(|| Failure::Usage(format!("{name}: it is longer than 64 MiB")))?;
    String::from_utf8(bytes).map_err(|_| Failure::Usage(format!("{name}: it is not UTF-8")))
}

/// The text of a script, which counts as a file of the program's.
pub(crate) fn script<R: Read>(
    name: &str,
    limits: &Limits,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(name, limits.file_bytes, limits.wall, open)?;
    bytes.ok_or_else(|| too_long(name, limits))
}

/// A script is longer than the files of its program may be.
pub(crate) fn too_long(name: &str, limits: &Limits) -> Failure {
    let most = limits.file_bytes;
    Failure::Usage(format!(
        "{name}: it has more than the {most} bytes of the limit files; raise it with --limit files=SIZE"
    ))
}

/// All bytes, or `None` of more than `most`. What takes longer than `time` is left to wait by itself: this process is about to end.
fn bytes<R: Read>(
    name: &str,
    most: u64,
    time: Option<Duration>,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<Option<Vec<u8>>, Failure> {
    let wrong = |error: io::Error| Failure::Usage(format!("{name}: {}", reason(&error)));
    let read = move || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        open()?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = match time {
        None => read(),
        Some(time) => {
            let (sender, receiver) = mpsc::channel();
            // Nobody may wait any more.
            let reading = std::thread::Builder::new().spawn(move || drop(sender.send(read()))).map_err(wrong)?;
            match receiver.recv_timeout(time) {
                Ok(read) => {
                    // The second wall holds for threads that start behind it: none is left from before.
                    drop(reading.join());
                    read
                }
                Err(RecvTimeoutError::Timeout) => return Err(Failure::Late { what: name.to_owned(), limit: time }),
                Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("it cannot be read")),
            }
        }
    };
    let bytes = bytes.map_err(wrong)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// The number of `--deterministic`.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("it should be a whole number from 0 to {}", u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(most: u64, file: impl Read + Send + 'static) -> Option<Vec<u8>> {
        let (time, limits) = (Some(Duration::from_secs(600)), Limits::new().file_bytes(most));
        let timed = script("x", &limits.clone().wall(time.unwrap_or_default()), move || Ok(file));
        timed.ok()
    }

    #[test]
    fn no_more_is_read_than_there_may_be() {
        assert_eq!(read(3, &b"abc"[..]), Some(b"abc".to_vec()));
        assert_eq!(read(2, &b"abc"[..]), None);
        assert_eq!(read(1 << 20, io::repeat(1)), None);
    }

    #[test]
    fn what_does_not_come_is_not_waited_for() {
        let (kept, never) = mpsc::channel::<()>();
        let open = move || {
            let _ = never.recv();
            Ok(io::empty())
        };
        let late = text("x", Some(Duration::from_millis(1)), open);
        assert!(matches!(late, Err(Failure::Late { .. })));
        drop(kept);
    }
}
