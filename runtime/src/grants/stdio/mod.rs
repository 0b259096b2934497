//! What stands behind the guest's standard input, output and error.
//!
//! Replaces Pyodide's `streams.ts` and Node's `fs.readSync(0)`. Four kinds: a descriptor of the host ([`HostStream`]),
//! bytes given beforehand ([`InputBytes`]), a buffer that is read afterwards ([`OutputBuffer`]), a function
//! ([`OutputFn`]); [`pyrun_memfs::NullStream`] discards. Nothing here buffers: what the guest has written is out when
//! its `write` returns.

mod buffer;
mod host;
mod limited;

pub use buffer::{InputBytes, OnFull, OutputBuffer, OutputFn};
pub use host::HostStream;

use pyrun_memfs::{NullStream, Stream};

use crate::host::InterruptHandle;

/// What stands behind a program's three standard streams.
#[derive(Default)]
pub struct Stdio {
    inherit: bool,
    streams: [Option<Box<dyn Stream>>; 3],
}

impl std::fmt::Debug for Stdio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stdio").field("inherit", &self.inherit).finish_non_exhaustive()
    }
}

impl Stdio {
    /// Empty input; output goes nowhere.
    #[must_use]
    pub fn discard() -> Self {
        Self::default()
    }

    /// This process's own.
    #[must_use]
    pub fn inherit() -> Self {
        Self { inherit: true, streams: Default::default() }
    }

    /// This process's own output and error; empty input.
    pub(crate) fn inherit_output() -> Self {
        Self::inherit().stdin(Box::new(NullStream))
    }

    /// Reads standard input from `stream`.
    #[must_use]
    pub fn stdin(mut self, stream: Box<dyn Stream>) -> Self {
        self.streams[0] = Some(stream);
        self
    }

    /// Writes standard output to `stream`.
    #[must_use]
    pub fn stdout(mut self, stream: Box<dyn Stream>) -> Self {
        self.streams[1] = Some(stream);
        self
    }

    /// Writes standard error to `stream`.
    #[must_use]
    pub fn stderr(mut self, stream: Box<dyn Stream>) -> Self {
        self.streams[2] = Some(stream);
        self
    }

    /// Whether the streams are this process's own, so that its Ctrl-C is the program's.
    pub(crate) fn is_inherited(&self) -> bool {
        self.inherit
    }

    /// The three streams; waits on them end with `interrupt`, and output and error together take at most `output` bytes.
    pub(crate) fn streams(self, interrupt: &InterruptHandle, output: Option<u64>) -> [Box<dyn Stream>; 3] {
        let [stdin, stdout, stderr] = self.streams;
        let or = |stream: Option<Box<dyn Stream>>, own: fn(InterruptHandle) -> HostStream| {
            stream.unwrap_or_else(|| match self.inherit {
                true => Box::new(own(interrupt.clone())) as Box<dyn Stream>,
                false => Box::new(NullStream),
            })
        };
        let (stdin, stdout, stderr) =
            (or(stdin, HostStream::stdin), or(stdout, HostStream::stdout), or(stderr, HostStream::stderr));
        match output {
            Some(bytes) => {
                let [stdout, stderr] = limited::share(bytes, [stdout, stderr]);
                [stdin, stdout, stderr]
            }
            None => [stdin, stdout, stderr],
        }
    }
}
