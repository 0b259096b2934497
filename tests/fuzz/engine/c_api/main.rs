//! The C library: any of its functions in any order, with null pointers, wrong kinds of values, invalid UTF-8, buffers that are
//! given back twice. Every answer is a code that `pyrun.h` has, and never `PYRUN_INTERNAL`; nothing panics or hangs.
//!
//! What no library could notice is left out: pointers to what is not there, and sizes beyond what they point to.
//!
//! It needs a release (`./assets-fetch.sh`), whose compiled code it takes from the cache if it is there.

#![no_main]
#![deny(unsafe_code)]

use std::ptr::null;

use libfuzzer_sys::fuzz_target;

#[allow(unsafe_code, reason = "the one place for it")]
mod sys;

fuzz_target!(|bytes: &[u8]| {
    sys::session(bytes);
});

const SOURCES: [&[u8]; 24] = [
    b"1",
    b"x",
    b"x = [1, 2.5, 'a', b'b', None, {1: (2,)}]",
    b"[1, 2, 3]",
    b"bytearray(16)",
    b"1/0",
    b"raise SystemExit(3)",
    b"import sys; sys.exit('bye')",
    b"def f(*a, **k): return a, k",
    b"f",
    b"2**100",
    b"iter('abc')",
    b"{'a': 1}",
    b"memoryview(b'abc')",
    b"print('x')",
    b"x.append(x)",
    b"x",
    b"(lambda: (yield))()",
    b"class A: pass",
    b"A()",
    b"'\xff'",
    b"x\0",
    b"(",
    b"len",
];
const NAMES: [&[u8]; 8] = [b"x", b"append", b"__class__", b"math", b"no_such", b"", b"\xff", b"a.b"];

/// The input, as decisions.
pub(crate) struct Decisions<'b>(pub(crate) &'b [u8]);

impl Decisions<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(crate) fn number(&mut self) -> u64 {
        match self.byte() {
            small @ 0..200 => u64::from(small % 4),
            200..220 => u64::MAX,
            220..240 => f64::NAN.to_bits(),
            _ => u64::from(self.byte()) << 56,
        }
    }

    /// A text that is there, seldom a null pointer with a length.
    pub(crate) fn text(&mut self) -> (*const u8, usize) {
        let choice = usize::from(self.byte());
        if choice == 255 {
            return (null(), usize::from(self.byte() & 1));
        }
        let text = SOURCES[choice % SOURCES.len()];
        (text.as_ptr(), text.len())
    }

    pub(crate) fn name(&mut self) -> (*const u8, usize) {
        let choice = usize::from(self.byte());
        if choice == 255 {
            return (null(), usize::from(self.byte() & 1));
        }
        let name = NAMES[choice % NAMES.len()];
        (name.as_ptr(), name.len())
    }
}
