//! What pyrun itself says to the person: why a program was not run, the log.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use pyrun::home::HomeError;
use pyrun::{AssetError, EndCause, Error, ModuleError, PackageError, Report, SnapshotError};

use crate::voice::Voice;

/// The status for "pyrun itself could not run the program": `EX_SOFTWARE`, which no Python program uses by itself.
const EXIT_PYRUN: u8 = 70;
/// The status for a wrong option.
const EXIT_USAGE: u8 = 2;

/// The status of a program that a limit of time ended, as `timeout(1)` has it.
const EXIT_TIME: u8 = 124;
/// The status of a program that was left without memory, as a shell has it of one that the system killed for that.
const EXIT_MEMORY: u8 = 137;
/// The status for output that is lost, which CPython has too.
pub(crate) const EXIT_OUTPUT: u8 = 120;

/// Why the program was not run, or did not end by itself.
pub(crate) enum Failure {
    /// What clap says: help, or a wrong option.
    Arguments(clap::Error),
    /// The value of an option that cannot be used.
    Usage(String),
    /// What pyrun prints cannot be written; why, as the system says it.
    Output(String),
    /// The time of the program was over before what it is to run was read.
    Late {
        /// What was read.
        what: String,
        /// The limit.
        limit: Duration,
    },
    /// What the library says.
    Pyrun(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Pyrun(error)
    }
}

impl Failure {
    /// Tells the person, and gives the status.
    pub(crate) fn tell(&self) -> u8 {
        self.tell_by(&Voice::default())
    }

    /// The same after a program.
    pub(crate) fn tell_by(&self, voice: &Voice) -> u8 {
        match self {
            Self::Arguments(error) => {
                let printed = error.print();
                match written(printed) {
                    _ if error.use_stderr() => {}
                    Ok(()) => return 0,
                    Err(failure) => return failure.tell(),
                }
            }
            Self::Output(why) => voice.say(format_args!("pyrun: cannot write to standard output: {why}")),
            Self::Usage(why) => voice.say(format_args!("pyrun: {why}{}", about_descriptors(why))),
            Self::Late { what, limit } => voice.say(format_args!("pyrun: {}", late(what, *limit))),
            // What the person's own code raised is shown as Python shows it.
            Self::Pyrun(error @ Error::Snapshot(SnapshotError::Raised(raised))) => {
                voice.say(format_args!("pyrun: {error}\n{}", raised.traceback.trim_end()));
            }
            Self::Pyrun(error @ Error::SnapshotOptions) => voice.say(format_args!("pyrun: --snapshot: {error}")),
            Self::Pyrun(error) => {
                let text = error.with_causes().to_string();
                voice.say(format_args!("pyrun: {text}{}", about_descriptors(&text)));
            }
        }
        self.status()
    }

    fn status(&self) -> u8 {
        match self {
            Self::Arguments(_) | Self::Usage(_) => EXIT_USAGE,
            Self::Output(_) => EXIT_OUTPUT,
            Self::Late { .. } => EXIT_TIME,
            Self::Pyrun(error) => status_of(error),
        }
    }

    /// For a report.
    pub(crate) fn described(&self) -> Report {
        match self {
            Self::Arguments(error) => Report::usage_error(error.to_string().trim_end()),
            Self::Usage(why) => Report::usage_error(why),
            Self::Output(why) => {
                let mut report = Report::usage_error(format!("cannot write to standard output: {why}"));
                report.cause = EndCause::Output;
                report
            }
            Self::Late { what, limit } => {
                let mut report = Report::usage_error(late(what, *limit)).with_status(EXIT_TIME.into());
                report.cause = EndCause::Limit;
                report
            }
            Self::Pyrun(error) => {
                let mut report = error.report();
                if is_mistake(error) {
                    report.cause = EndCause::Usage;
                }
                report
            }
        }
    }
}

fn late(what: &str, limit: Duration) -> String {
    format!("the limit of {limit:?} of wall time is over before {what} was read")
}

/// What to do where this process could not open one more file, whatever it was for.
fn about_descriptors(why: &str) -> String {
    // As the system says it.
    if !why.contains("Too many open files") {
        return String::new();
    }
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let most =
        most.map_or_else(|| "as many files as it may".to_owned(), |most| format!("the {most} files that it may"));
    format!("; this process has {most} have open: allow it more with `ulimit -n 1024`")
}

/// The status for an error of the library's.
fn status_of(error: &Error) -> u8 {
    match error {
        Error::TimedOut(_) | Error::Module(ModuleError::CompileTime { .. }) => EXIT_TIME,
        Error::Limit { .. } => EXIT_MEMORY,
        error if is_mistake(error) => EXIT_USAGE,
        _ => EXIT_PYRUN,
    }
}

/// Whether the error is what somebody wrote on the command line, and not the state of this machine.
fn is_mistake(error: &Error) -> bool {
    match error {
        Error::Grant(_)
        | Error::TimeZone(_)
        | Error::NoCompiler(_)
        | Error::SnapshotOptions
        | Error::BadArgument(_)
        | Error::Folder(_)
        | Error::LimitTooLow(_) => true,
        Error::Package(package) => !matches!(package, PackageError::MissingDependency { .. }),
        Error::Module(
            ModuleError::NoExport { .. }
            | ModuleError::Argument { .. }
            | ModuleError::ArgumentCount { .. }
            | ModuleError::MicroPythonOption { .. }
            | ModuleError::MicroPythonHeap { .. }
            | ModuleError::Names { .. }
            | ModuleError::OtherNames { .. }
            // A file that is not there, or cannot be read: a status that CPython has for a script.
            | ModuleError::Unreadable { .. },
        ) => true,
        Error::Snapshot(snapshot) => matches!(snapshot, SnapshotError::UnknownName { .. }),
        Error::Home(home) => matches!(home, HomeError::BadVersion { .. }),
        Error::Asset(asset) => matches!(asset, AssetError::UnknownRelease { .. } | AssetError::OtherRelease { .. }),
        _ => false,
    }
}

/// What a call or a run ended with, if it is a status that the program has given itself.
pub(crate) fn own_status(error: &Error) -> Option<i32> {
    match error {
        Error::SystemExit { status, .. } | Error::Ended { status } => Some(*status),
        // As a shell has it.
        Error::Signal { signal } => Some(signal.saturating_add(128)),
        _ => None,
    }
}

/// Brings out what was written to standard output. `done` is how writing it went.
///
/// # Errors
/// [`Failure::Output`]
pub(crate) fn written(done: io::Result<()>) -> Result<(), Failure> {
    done.and_then(|()| io::stdout().flush()).map_err(|error| Failure::Output(reason(&error)))
}

/// What the system says, without the number that Rust puts behind it.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// What `--timings` prints.
pub(crate) fn say_timings(timings: &[(&'static str, Duration)], voice: &Voice) {
    for (step, time) in timings {
        voice.say(format_args!("{step:<24} {:>9.3} ms", time.as_secs_f64() * 1e3));
    }
}

/// Logs to standard error what `PYRUN_LOG` asks for.
pub(crate) fn log_to_stderr() {
    let Ok(filter) = std::env::var("PYRUN_LOG") else { return };
    let has_colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_ansi(has_colours)
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
}
