//! What stands behind the guest's standard input, output and error.
//!
//! Replaces Pyodide's `streams.ts` and Node's `fs.readSync(0)`. Input is any [`Read`], bytes given beforehand
//! ([`InputBytes`]) or a descriptor; output is any [`Write`], among them a buffer that is read afterwards
//! ([`OutputBuffer`]) and a function ([`OutputFn`]), or a descriptor. Nothing here buffers: what the guest has written is
//! out when its `write` returns.

/// What a stream answers that stands before another one, its `inner`, and only looks at what is read or written.
macro_rules! passed_on {
    () => {
        fn readiness(&mut self) -> pyrun_memfs::Readiness {
            self.inner.readiness()
        }

        fn wait_handle(&self) -> Option<pyrun_memfs::WaitHandle> {
            self.inner.wait_handle()
        }

        fn modes(&self) -> Option<pyrun_memfs::TerminalModes> {
            self.inner.modes()
        }

        fn set_modes(&mut self, modes: pyrun_memfs::TerminalModes) -> pyrun_memfs::Result<()> {
            self.inner.set_modes(modes)
        }

        fn line(&mut self, request: pyrun_memfs::LineRequest) -> pyrun_memfs::Result<()> {
            self.inner.line(request)
        }

        fn bytes_readable(&mut self) -> pyrun_memfs::Result<usize> {
            self.inner.bytes_readable()
        }

        fn terminal(&self) -> Option<pyrun_memfs::WindowSize> {
            self.inner.terminal()
        }

        fn file(&self) -> Option<pyrun_memfs::StreamFile> {
            self.inner.file()
        }

        fn is_seekable(&self) -> bool {
            self.inner.is_seekable()
        }

        fn seek(&mut self, offset: i64, whence: pyrun_memfs::Whence) -> pyrun_memfs::Result<u64> {
            self.inner.seek(offset, whence)
        }
    };
}

mod adapters;
mod answers;
mod audited;
mod buffer;
mod escapes;
mod guarded;
mod host;
mod metered;
mod reader;
mod terminal;

use std::io::{Read, Write};
use std::os::fd::OwnedFd;

use pyrun_memfs::{NullStream, OpenFlags, Stream};

pub(crate) use adapters::GivenStream;
use adapters::{Blocking, ReadOnly, Writer};
use buffer::InputStream;
pub use buffer::{InputBytes, OnFull, OutputBuffer, OutputFn};
use escapes::PlainTerminal;
pub(crate) use escapes::plain;
use guarded::Guarded;
use host::HostStream;
pub use metered::OpenLines;
pub(crate) use metered::OutputMeter;
use reader::ReaderStream;
pub(crate) use terminal::ModesOfTerminal;

use crate::host::InterruptHandle;
use crate::sys;

/// Where a guest's standard input comes from. Any [`Read`] becomes one, and [`InputBytes`].
///
/// A reader is read on a thread of its own, and only when the guest reads: an interrupt ends the guest's wait, and what the
/// reader brings later is there for the next read. An error of it is an `OSError` in Python, and so is a panic (`EIO`), after
/// which it is not called again.
///
/// ```
/// use pyrun::stdio::{Input, InputBytes, Stdio};
/// let from_a_reader = Stdio::discard().stdin(std::io::Cursor::new("yes\n"));
/// let known_beforehand = Stdio::discard().stdin(InputBytes::new("yes\n"));
/// let of_this_process = Stdio::discard().stdin(Input::inherit());
/// ```
pub struct Input(InputKind);

enum InputKind {
    Inherit,
    Bytes(InputBytes),
    Reader(Box<dyn Read + Send>),
    Blocking(Box<dyn Read + Send>),
    Descriptor(OwnedFd),
}

/// Where a guest's standard output or error goes. Any [`Write`] becomes one.
///
/// A writer is called on the thread that runs the guest, and flushed after each write of the guest's. An error of it is an
/// `OSError` in Python, and so is a panic (`EIO`), after which it is not called again. What Python still holds for a writer that is
/// gone is dropped at the end of the run, which fails; a later run fails only if it writes something itself.
///
/// ```
/// use pyrun::stdio::{OnFull, Output, OutputBuffer, Stdio};
/// let buffer = OutputBuffer::new(1 << 20, OnFull::Fail);
/// let stdio = Stdio::discard().stdout(buffer.clone()).stderr(Output::inherit_stderr());
/// ```
pub struct Output(OutputKind);

enum OutputKind {
    InheritStdout,
    InheritStderr,
    Writer(Box<dyn Write + Send>),
    Descriptor(OwnedFd),
}

impl Input {
    /// This process's own standard input.
    #[must_use]
    pub fn inherit() -> Self {
        Self(InputKind::Inherit)
    }

    /// A descriptor of the host, such as a [`File`](std::fs::File) or one end of a pipe. An interrupt ends a wait for it; a
    /// terminal is one for the guest, too.
    pub fn descriptor(descriptor: impl Into<OwnedFd>) -> Self {
        Self(InputKind::Descriptor(descriptor.into()))
    }

    /// A reader that is called on the thread that runs the guest. The guest waits as long as the reader does, whatever
    /// interrupts it; [`std::io::ErrorKind::WouldBlock`] is `BlockingIOError` in Python.
    pub fn blocking(reader: impl Read + Send + 'static) -> Self {
        Self(InputKind::Blocking(Box::new(reader)))
    }

    fn stream(self, interrupt: &InterruptHandle, hides_times: bool) -> Box<dyn Stream> {
        match self.0 {
            InputKind::Inherit => Box::new(HostStream::stdin(interrupt.clone()).hiding_times(hides_times)),
            InputKind::Bytes(bytes) => Box::new(InputStream(bytes)),
            InputKind::Reader(reader) => Box::new(ReaderStream::new(reader, interrupt.clone())),
            InputKind::Blocking(reader) => Box::new(Blocking(Guarded::new(reader))),
            InputKind::Descriptor(descriptor) => {
                Box::new(HostStream::new(descriptor, interrupt.clone()).hiding_times(hides_times))
            }
        }
    }
}

impl Output {
    /// This process's own standard output.
    #[must_use]
    pub fn inherit_stdout() -> Self {
        Self(OutputKind::InheritStdout)
    }

    /// This process's own standard error.
    #[must_use]
    pub fn inherit_stderr() -> Self {
        Self(OutputKind::InheritStderr)
    }

    /// A descriptor of the host, such as a [`File`](std::fs::File) or one end of a pipe. An interrupt ends a wait for it; a
    /// terminal is one for the guest, too.
    pub fn descriptor(descriptor: impl Into<OwnedFd>) -> Self {
        Self(OutputKind::Descriptor(descriptor.into()))
    }

    fn stream(self, interrupt: &InterruptHandle, hides_times: bool) -> Box<dyn Stream> {
        let interrupt = interrupt.clone();
        match self.0 {
            OutputKind::InheritStdout => Box::new(HostStream::stdout(interrupt).hiding_times(hides_times)),
            OutputKind::InheritStderr => Box::new(HostStream::stderr(interrupt).hiding_times(hides_times)),
            OutputKind::Writer(writer) => Box::new(Writer::new(writer)),
            OutputKind::Descriptor(descriptor) => {
                Box::new(HostStream::new(descriptor, interrupt).hiding_times(hides_times))
            }
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Input")
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Output")
    }
}

impl<R: Read + Send + 'static> From<R> for Input {
    fn from(reader: R) -> Self {
        Self(InputKind::Reader(Box::new(reader)))
    }
}

impl From<InputBytes> for Input {
    fn from(bytes: InputBytes) -> Self {
        Self(InputKind::Bytes(bytes))
    }
}

impl<W: Write + Send + 'static> From<W> for Output {
    fn from(writer: W) -> Self {
        Self(OutputKind::Writer(Box::new(writer)))
    }
}

/// What stands behind a program's three standard streams.
#[derive(Debug, Default)]
pub struct Stdio {
    stdin: Option<Input>,
    stdout: Option<Output>,
    stderr: Option<Output>,
    inherited: bool,
    sets_modes: bool,
    /// Descriptors besides: the guest's number, and what it stands for.
    others: Vec<(i32, OwnedFd)>,
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
        let (stdout, stderr) = (Some(Output::inherit_stdout()), Some(Output::inherit_stderr()));
        Self { stdin: Some(Input::inherit()), stdout, stderr, inherited: true, sets_modes: false, others: Vec::new() }
    }

    /// This process's own output and error; empty input.
    #[must_use]
    pub fn inherit_output() -> Self {
        Self { stdin: None, ..Self::inherit() }
    }

    /// Reads standard input from `input`.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Input>) -> Self {
        self.stdin = Some(input.into());
        self
    }

    /// Writes standard output to `output`.
    #[must_use]
    pub fn stdout(mut self, output: impl Into<Output>) -> Self {
        self.stdout = Some(output.into());
        self
    }

    /// Writes standard error to `output`.
    #[must_use]
    pub fn stderr(mut self, output: impl Into<Output>) -> Self {
        self.stderr = Some(output.into());
        self
    }

    /// Lets the program change how this process's terminal treats what is typed (`termios`): whether it comes in lines and is shown,
    /// and whether Ctrl-C and its like make signals. That is what an interactive prompt with line editing needs, and `getpass`. The
    /// terminal has its modes back once the program has ended, whatever has ended it but `SIGKILL`. Without effect for streams that
    /// are no terminal of this process, and on other systems than Linux.
    #[must_use]
    pub fn with_terminal_modes(mut self) -> Self {
        self.sets_modes = true;
        self
    }

    /// Gives the guest a descriptor of the host under this number, from 3 on: a file, with its position, or one end of a pipe. It can do
    /// with it what the descriptor is open for; what it writes counts as output ([`Limits::output_bytes`](crate::Limits::output_bytes)).
    ///
    /// ```
    /// # fn main() -> pyrun::Result<()> {
    /// use pyrun::stdio::Stdio;
    /// let mut file = tempfile::tempfile().unwrap();
    /// std::io::Write::write_all(&mut file, b"12345").unwrap();
    /// let engine = pyrun::Engine::new(pyrun::Config::new())?;
    /// let py = engine.interpreter().stdio(Stdio::discard().with_descriptor(7, file)).start()?;
    /// assert_eq!(py.eval::<String>("import os; os.pread(7, 3, 1).decode()")?, "234");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_descriptor(mut self, number: i32, descriptor: impl Into<OwnedFd>) -> Self {
        self.others.push((number, descriptor.into()));
        self
    }

    /// As [`with_descriptor`](Self::with_descriptor), with the descriptor that this process has under the same number: one that its
    /// parent has left it. This process keeps its own.
    ///
    /// # Errors
    /// The number is not open, or the process has no descriptor left.
    pub fn with_inherited(self, number: i32) -> std::io::Result<Self> {
        Ok(self.with_descriptor(number, sys::streams::inherited(number)?))
    }

    /// The standard streams that are this process's own, and that it was started without.
    pub(crate) fn missing(&self) -> Vec<i32> {
        let inherits = [
            matches!(self.stdin, Some(Input(InputKind::Inherit))),
            matches!(self.stdout, Some(Output(OutputKind::InheritStdout))),
            matches!(self.stderr, Some(Output(OutputKind::InheritStderr))),
        ];
        (0..)
            .zip(inherits)
            .filter(|(fd, inherits)| *inherits && sys::streams::is_missing(*fd))
            .map(|(fd, _)| fd)
            .collect()
    }

    /// Takes the descriptors besides out, as streams that are counted with the output.
    pub(crate) fn take_others(
        &mut self,
        interrupt: &InterruptHandle,
        plain: bool,
        hides_times: bool,
    ) -> Vec<GivenStream> {
        let meter = &interrupt.account().output;
        let given = std::mem::take(&mut self.others).into_iter().map(|(number, descriptor)| {
            let status = rustix::fs::fcntl_getfl(&descriptor).unwrap_or(rustix::fs::OFlags::empty());
            let flags = match status & rustix::fs::OFlags::RWMODE {
                rustix::fs::OFlags::WRONLY => OpenFlags::WRONLY,
                rustix::fs::OFlags::RDWR => OpenFlags::RDWR,
                _ => OpenFlags::RDONLY,
            };
            let stream: Box<dyn Stream> =
                Box::new(HostStream::new(descriptor, interrupt.clone()).hiding_times(hides_times));
            let stream = if plain { PlainTerminal::over(stream) } else { stream };
            GivenStream { number, stream: meter.stream(stream), flags }
        });
        given.collect()
    }

    /// Whether the streams are this process's own, so that its Ctrl-C is the program's.
    pub(crate) fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// The three streams; waits on them end with `interrupt`, and output and error together take at most `limit` bytes. If `plain`, output
    /// cannot steer a terminal; if `hides_times`, those of files behind them are not told.
    pub(crate) fn streams(
        self,
        interrupt: &InterruptHandle,
        limit: Option<u64>,
        plain: bool,
        hides_times: bool,
    ) -> [Box<dyn Stream>; 3] {
        let (sets_modes, mut known) = (self.sets_modes, Vec::new());
        let mut output = |output: Option<Output>| match output {
            Some(output) if plain => PlainTerminal::over(output.stream(interrupt, hides_times)),
            Some(Output(OutputKind::InheritStdout)) if sets_modes => {
                let stream = HostStream::stdout(interrupt.clone()).setting_modes(&mut known);
                Box::new(stream.hiding_times(hides_times)) as Box<dyn Stream>
            }
            Some(Output(OutputKind::InheritStderr)) if sets_modes => {
                let stream = HostStream::stderr(interrupt.clone()).setting_modes(&mut known);
                Box::new(stream.hiding_times(hides_times))
            }
            Some(output) => output.stream(interrupt, hides_times),
            None => Box::new(NullStream),
        };
        let (stdout, stderr) = (output(self.stdout), output(self.stderr));
        let is_granted = self.stdin.is_some();
        let stdin: Box<dyn Stream> = match self.stdin {
            Some(Input(InputKind::Inherit)) if sets_modes => {
                Box::new(HostStream::stdin(interrupt.clone()).setting_modes(&mut known).hiding_times(hides_times))
            }
            Some(input) => input.stream(interrupt, hides_times),
            None => Box::new(NullStream),
        };
        let stdin = if is_granted { audited::over(stdin, interrupt) } else { stdin };
        interrupt.set_terminals(known);
        let meter = &interrupt.account().output;
        meter.set_limit(limit);
        let [stdout, stderr] = meter.streams(stdout, stderr, is_granted);
        [Box::new(ReadOnly { inner: stdin }), stdout, stderr]
    }
}
