//! Output to a terminal without what would steer it: of escape sequences only colours and their like (SGR) go out as they are.
//!
//! A terminal obeys whoever writes to it: it can be told to retitle itself, to answer as if somebody had typed, to hide or overwrite
//! what stands there. Nothing is cut: the first byte of a sequence is shown as its picture (`␛`), so that the rest is text. A sequence
//! or character that is cut at the boundary of two writes is held until its end is there.

use pyrun_memfs::{Result, Stream};

/// Limit: bytes of a sequence that is held until its end comes. A longer one is shown.
const LONGEST: usize = 64;
/// Bytes of the guest's that are looked at in one go.
const PIECE: usize = 1024;

/// What is shown in place of a byte that is no text.
const NO_TEXT: &str = "\u{fffd}";
/// The picture of the control character 0; the others follow it.
const PICTURES: u32 = 0x2400;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// Plain text and colours out of what a guest writes.
#[derive(Clone, Debug, Default)]
struct Filter {
    /// The beginning of a sequence or of a character in UTF-8.
    held: Vec<u8>,
    /// Whether colours are not back to what they were.
    coloured: bool,
}

impl Filter {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        bytes.iter().for_each(|byte| self.step(*byte, out));
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.held.first() {
            None => self.begin(byte, out),
            Some(&ESCAPE) => self.go_on_with_sequence(byte, out),
            Some(_) => self.go_on_with_character(byte, out),
        }
    }

    fn begin(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b'\n' | b'\r' | b'\t' | 0x08 | b' '..=b'~' => out.push(byte),
            ESCAPE | 0xc2..=0xf4 => self.held.push(byte),
            DELETE => show(0x21, out),
            0..=0x1f => show(byte, out),
            _ => out.extend_from_slice(NO_TEXT.as_bytes()),
        }
    }

    /// `ESC [ parameters m` goes out.
    fn go_on_with_sequence(&mut self, byte: u8, out: &mut Vec<u8>) {
        let fits = match self.held.len() {
            1 => byte == b'[',
            LONGEST.. => false,
            _ => matches!(byte, b'0'..=b'9' | b';' | b':' | b'm'),
        };
        if !fits {
            self.let_go(out);
            return self.begin(byte, out);
        }
        self.held.push(byte);
        if byte == b'm' {
            self.coloured = !matches!(self.held.as_slice(), b"\x1b[m" | b"\x1b[0m");
            out.append(&mut self.held);
        }
    }

    fn go_on_with_character(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.held.push(byte);
        match std::str::from_utf8(&self.held) {
            // The control characters of the upper half, of which U+009B begins a sequence.
            Ok(text) if text.chars().all(char::is_control) => {
                self.held.clear();
                out.extend_from_slice(NO_TEXT.as_bytes());
            }
            Ok(_) => out.append(&mut self.held),
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                self.held.pop();
                self.let_go(out);
                self.begin(byte, out);
            }
        }
    }

    /// What is held is not what goes out as it is.
    fn let_go(&mut self, out: &mut Vec<u8>) {
        match self.held.split_first() {
            Some((&ESCAPE, rest)) => {
                show(ESCAPE, out);
                out.extend_from_slice(rest);
            }
            Some(_) => out.extend_from_slice(NO_TEXT.as_bytes()),
            None => {}
        }
        self.held.clear();
    }

    /// The end: what was held is shown, and colours are as before.
    fn finish(&mut self, out: &mut Vec<u8>) {
        self.let_go(out);
        if std::mem::take(&mut self.coloured) {
            out.extend_from_slice(b"\x1b[0m");
        }
    }
}

/// A line of the guest's for a person, without what would steer a terminal.
pub(crate) fn plain(line: &str) -> String {
    let (mut filter, mut out) = (Filter::default(), Vec::new());
    filter.push(line.as_bytes(), &mut out);
    filter.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The picture of a control character.
fn show(byte: u8, out: &mut Vec<u8>) {
    let picture = char::from_u32(PICTURES + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(picture.encode_utf8(&mut [0; 4]).as_bytes());
}

/// A terminal that a guest writes to.
pub(super) struct PlainTerminal {
    inner: Box<dyn Stream>,
    filter: Filter,
    /// What is to go out, of writes that the guest was told of.
    waiting: Vec<u8>,
}

impl PlainTerminal {
    /// The stream itself, if it is no terminal.
    pub(super) fn over(inner: Box<dyn Stream>) -> Box<dyn Stream> {
        if inner.terminal().is_none() {
            return inner;
        }
        Box::new(Self { inner, filter: Filter::default(), waiting: Vec::new() })
    }

    /// Brings out what waits.
    fn drain(&mut self) -> Result<()> {
        while !self.waiting.is_empty() {
            let written = self.inner.write(&self.waiting)?;
            self.waiting.drain(..written.min(self.waiting.len()));
        }
        Ok(())
    }
}

impl Stream for PlainTerminal {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize> {
        self.inner.read(buf)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize> {
        self.drain()?;
        let piece = buf.get(..PIECE).unwrap_or(buf);
        let before = self.filter.clone();
        self.filter.push(piece, &mut self.waiting);
        let all = self.waiting.len();
        match self.drain() {
            // Nothing of it went out: it was not written.
            Err(errno) if self.waiting.len() == all => {
                self.waiting.clear();
                self.filter = before;
                Err(errno)
            }
            // What is left of it goes out before the next.
            _ => Ok(piece.len()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.drain()?;
        self.inner.flush()
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.inner.read_at(offset, buf)
    }

    fn write_at(&mut self, offset: u64, buf: &[u8]) -> Result<usize> {
        self.inner.write_at(offset, buf)
    }

    fn set_len(&mut self, len: u64) -> Result<()> {
        self.inner.set_len(len)
    }

    passed_on!();
}

impl Drop for PlainTerminal {
    fn drop(&mut self) {
        self.filter.finish(&mut self.waiting);
        // Nobody is left to tell that the terminal is gone.
        let _ = self.drain();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use pyrun_memfs::{Errno, Readiness, WindowSize};

    use super::*;

    /// What comes out of `text`, cut at every place in turn, and at all.
    fn filtered(bytes: &[u8]) -> String {
        let whole = through(&[bytes]);
        for cut in 0..=bytes.len() {
            let (one, other) = bytes.split_at(cut);
            assert_eq!(through(&[one, other]), whole, "{bytes:?} cut at {cut}");
        }
        assert_eq!(through(&bytes.chunks(1).collect::<Vec<_>>()), whole, "{bytes:?} byte by byte");
        String::from_utf8(whole).expect("UTF-8")
    }

    fn through(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut filter, mut out) = (Filter::default(), Vec::new());
        pieces.iter().for_each(|piece| filter.push(piece, &mut out));
        filter.finish(&mut out);
        out
    }

    #[test]
    fn text_and_colours_go_out() {
        for text in [
            "plain\ttext\r\n",
            "\x1b[31mred\x1b[0m",
            "\x1b[1;38;5;200mbold\x1b[m",
            "\x1b[4:3mcurly\x1b[0m",
            "é€😀 עברית",
            "a\x08b",
        ] {
            assert_eq!(filtered(text.as_bytes()), text);
        }
        assert_eq!(filtered(b"\x1b[31mred"), "\x1b[31mred\x1b[0m", "colours end with the program");
    }

    #[test]
    fn what_steers_is_shown() {
        let cases: &[(&[u8], &str)] = &[
            (b"\x1b[2J", "␛[2J"),
            (b"\x1b[6n", "␛[6n"),
            (b"\x1b]0;title\x07", "␛]0;title␇"),
            (b"\x1b]52;c;cGF3bmVk\x1b\\", "␛]52;c;cGF3bmVk␛\\"),
            (b"\x1bP$qm\x1b\\", "␛P$qm␛\\"),
            (b"\x1bc", "␛c"),
            (b"\x1b[?1049h", "␛[?1049h"),
            (b"\x1b[31\x1b[0m", "␛[31\x1b[0m"),
            (b"\x1b\x1b[31m\x1b[m", "␛\x1b[31m\x1b[m"),
            (b"\x1b[31\nm", "␛[31\nm"),
            (b"\x1b[>4;1m", "␛[>4;1m"),
            (b"\x1b", "␛"),
            (b"\x05\x0e\x0f\x7f\x00", "␅␎␏␡␀"),
            (b"\xc2\x9b2J", "\u{fffd}2J"),
            (b"\x9b2J", "\u{fffd}2J"),
            (b"\xff\xc0\x80", "\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xe2\x82", "\u{fffd}"),
            (b"\xe2\x1b[2J", "\u{fffd}␛[2J"),
        ];
        for (bytes, shown) in cases {
            assert_eq!(filtered(bytes), *shown, "{bytes:?}");
        }
        let long = [b"\x1b[".as_slice(), &[b'1'; 200], b"m"].concat();
        assert!(filtered(&long).starts_with("␛[111"));
    }

    #[test]
    fn no_byte_sequence_gets_another_sequence_through() {
        // Every byte that may matter, in all sequences of four.
        let bytes = [0x1b, b'[', b'm', b'1', b']', 0x07, 0xc2, 0x9b, 0xe2, 0x82, b'J', b'\n'];
        for index in 0..bytes.len().pow(4) {
            let sequence: Vec<u8> = (0..4).map(|place| bytes[index / bytes.len().pow(place) % bytes.len()]).collect();
            let text = filtered(&sequence);
            let without_colours =
                text.replace("\x1b[1m", "").replace("\x1b[11m", "").replace("\x1b[m", "").replace("\x1b[0m", "");
            let steers = |c: char| c.is_control() && c != '\n';
            assert!(!without_colours.contains(steers), "{sequence:?} gave {text:?}");
        }
    }

    /// A terminal that takes a few bytes at a time, and now and then none.
    struct Slow(Arc<Mutex<Vec<u8>>>, usize);

    impl Stream for Slow {
        fn read(&mut self, _: &mut [u8]) -> Result<usize> {
            Ok(0)
        }
        fn write(&mut self, buf: &[u8]) -> Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(Errno::Intr);
            }
            let taken = buf.len().min(2);
            self.0.lock().unwrap().extend_from_slice(&buf[..taken]);
            Ok(taken)
        }
        fn readiness(&mut self) -> Readiness {
            Readiness::OUT
        }
        fn terminal(&self) -> Option<WindowSize> {
            Some(WindowSize { rows: 1, cols: 1 })
        }
    }

    #[test]
    fn nothing_is_lost_or_doubled_when_writes_are_interrupted() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut stream = PlainTerminal::over(Box::new(Slow(seen.clone(), 0)));
        let text = "one \x1b[31mtwo\x1b[0m \x1b[2J three €".repeat(100);
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(errno) => assert_eq!(errno, Errno::Intr),
            }
        }
        while stream.flush().is_err() {}
        assert_eq!(String::from_utf8(seen.lock().unwrap().clone()).unwrap(), text.replace("\x1b[2J", "␛[2J"));
    }
}
