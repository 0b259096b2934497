//! What stands behind the guest's standard input, output and error.
//!
//! Replaces Pyodide's `streams.ts` and Node's `fs.readSync(0)`. Four kinds: a descriptor of the host ([`HostStream`]),
//! bytes given beforehand ([`InputBytes`]), a buffer that is read afterwards ([`OutputBuffer`]), a function
//! ([`OutputFn`]); [`pyrun_memfs::NullStream`] discards. Nothing here buffers: what the guest has written is out when
//! its `write` returns.

mod buffer;
mod host;

pub use buffer::{InputBytes, OnFull, OutputBuffer, OutputFn};
pub use host::HostStream;
