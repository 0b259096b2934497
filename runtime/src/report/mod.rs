//! How a run ended and what it has used, as one value: for a service that runs programs and reads no standard error.

pub(crate) mod cause;
mod json;

use std::time::Duration;

use cause::{EndCause, EndingException, OUTPUT_LOST};

use crate::deadline::{TimeClock, TimedOut};
use crate::error::Error;
use crate::grants::changes::Changes;
use crate::limits::names::OUTPUT;
use crate::limits::{LimitReached, Usage};
use crate::module::ModuleError;
use crate::python::outcome::Outcome;

/// The version of the form that [`Report::to_json`] writes. It grows when a field goes or changes its meaning, and not for new fields.
const VERSION: u32 = 1;

/// What a report says of a program that CPython did not begin.
const NOT_RUN: &str =
    "nothing was run: the script or an option is not there; CPython has said on standard error what it misses";

/// A limit that ended a run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum EndingLimit {
    /// Of time.
    #[non_exhaustive]
    Time {
        /// What was measured.
        clock: TimeClock,
        /// The limit.
        limit: Duration,
        /// What was used; `None` where it is not known.
        used: Option<Duration>,
        /// Whether the program was stopped where it was, since it did not end when it was told.
        stopped: bool,
    },
    /// [`Limits::compile_time`](crate::Limits::compile_time), of compiling the module: nothing of it was run.
    #[non_exhaustive]
    Compile {
        /// The limit.
        limit: Duration,
    },
    /// Of an amount.
    #[non_exhaustive]
    Amount {
        /// Its name, as in [`Limits::names`](crate::Limits::names).
        which: &'static str,
        /// The limit.
        limit: u64,
        /// What there would have been, had it been allowed.
        used: u64,
    },
}

/// How a run ended, and what it has used.
///
/// [`Outcome::report`] and [`Error::report`] make it; [`Report::to_json`] writes it down. docs/REPORT.md describes the fields.
///
/// ```
/// # fn main() -> pyrun::Result<()> {
/// use pyrun::EndCause;
/// let engine = pyrun::Engine::new(pyrun::Config::new())?;
/// let outcome = engine.program().args(["-c", "raise KeyError(1)"]).keep_exception().run()?;
/// let report = outcome.report();
/// assert_eq!((report.status, report.cause), (Some(1), EndCause::Exception));
/// assert_eq!(report.exception.unwrap().type_name, "KeyError");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The exit status; `None` for what is not a program, or has not ended.
    pub status: Option<i32>,
    /// What ended it.
    pub cause: EndCause,
    /// What there is to say of the cause, in words, where the program has not said it.
    pub message: Option<String>,
    /// The signal that ended it, by the number that Linux has for it.
    pub signal: Option<i32>,
    /// The exception that ended it, also where that came of a signal or a limit. Of a [`Program`](crate::Program) it is there if
    /// [`Program::keep_exception`](crate::Program::keep_exception) asked for it.
    pub exception: Option<EndingException>,
    /// The limit that ended it.
    pub limit: Option<EndingLimit>,
    /// The limits that it has reached, and was told of. Output that goes beyond its limit is cut, and is among them.
    pub reached: Vec<LimitReached>,
    /// What it has used; `None` for what was not begun. [`Error::report`] does not know it: [`Report::with_usage`] adds it.
    pub usage: Option<Usage>,
    /// What it has changed in overlays; `None` without such, and of an [`Error`].
    pub changes: Option<Changes>,
}

impl Report {
    /// One that says that nothing has ended yet: to be kept where the report will be, for the case that this process is ended.
    #[must_use]
    pub fn unfinished() -> Self {
        Self { cause: EndCause::Unfinished, ..Self::default() }
    }

    /// Of a run that did not come about: what was asked for is not possible.
    #[must_use]
    pub fn usage_error(message: impl Into<String>) -> Self {
        Self { cause: EndCause::Usage, message: Some(message.into()), ..Self::default() }
    }

    /// With this exit status.
    #[must_use]
    pub fn with_status(mut self, status: i32) -> Self {
        self.status = Some(status);
        self
    }

    /// With this, which was used.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        if let (Some(EndingLimit::Time { clock, used, .. }), None) = (&mut self.limit, &self.usage) {
            *used = time_of(*clock, &usage);
        }
        self.usage = Some(usage);
        self
    }

    /// Whether something of the program's output was cut off by the limit on it.
    pub(crate) fn is_output_cut(&self) -> bool {
        self.reached.iter().any(|reached| reached.which == OUTPUT)
    }
}

impl Outcome {
    /// The same as one value, as it goes into a file or a log.
    #[must_use]
    pub fn report(&self) -> Report {
        let limit = self.reached.iter().find(|reached| reached.which == OUTPUT);
        let is_output_lost = self.status == OUTPUT_LOST && (self.output_error.is_some() || limit.is_some());
        let cause = match self.cause {
            _ if self.timed_out.is_some() => EndCause::Limit,
            EndCause::Exit if is_output_lost => EndCause::Output,
            cause => cause,
        };
        let lost = self.output_error.map(str::to_owned).or_else(|| limit.map(ToString::to_string));
        let lost = lost.filter(|_| is_output_lost);
        let not_run = (cause == EndCause::Usage).then(|| NOT_RUN.to_owned());
        Report {
            status: Some(self.status),
            cause,
            message: self.timed_out.as_ref().map(ToString::to_string).or(lost).or(not_run),
            signal: self.signal,
            exception: self.exception.clone(),
            limit: self.timed_out.as_ref().map(|timed_out| time_limit(timed_out, Some(&self.usage))),
            reached: self.reached.clone(),
            usage: Some(self.usage),
            changes: self.changes.clone(),
        }
    }
}

impl Error {
    /// What it says of how a run ended. For what does not end a run it is [`EndCause::Failure`], with the whole text.
    #[must_use]
    pub fn report(&self) -> Report {
        let said = Report { message: Some(self.with_causes()), ..Report::default() };
        let exception = |error: &crate::PythonError| Some(EndingException::new(&*error.type_name, &*error.message));
        match self {
            Self::Python(error) => {
                Report { cause: EndCause::Exception, exception: exception(error), ..Report::default() }
            }
            Self::Interrupted(error) => {
                let signal = Some(crate::host::SIGINT);
                Report { cause: EndCause::Signal, signal, exception: exception(error), ..said }
            }
            Self::SystemExit { status, .. } | Self::Ended { status } => {
                Report { status: Some(*status), cause: EndCause::Exit, ..Report::default() }
            }
            Self::TimedOut(timed_out) => Report {
                cause: EndCause::Limit,
                exception: timed_out.exception.as_deref().and_then(exception),
                limit: Some(time_limit(timed_out, None)),
                message: Some(timed_out.to_string()),
                ..Report::default()
            },
            Self::Limit { which, limit, used } => {
                let limit = EndingLimit::Amount { which, limit: *limit, used: *used };
                Report { cause: EndCause::Limit, limit: Some(limit), ..said }
            }
            Self::Module(ModuleError::CompileTime { limit, .. }) => {
                Report { cause: EndCause::Limit, limit: Some(EndingLimit::Compile { limit: *limit }), ..said }
            }
            Self::HostLimit(_) => Report { cause: EndCause::Limit, ..said },
            Self::Killed => Report { cause: EndCause::Killed, ..said },
            Self::Signal { signal } => Report { cause: EndCause::Signal, signal: Some(*signal), ..said },
            Self::Crashed(_) | Self::Trap(_) => Report { cause: EndCause::Trap, ..said },
            Self::Refused { .. } => Report { cause: EndCause::Refused, ..said },
            Self::BadArgument(_) | Self::LimitTooLow(_) | Self::Grant(_) => Report { cause: EndCause::Usage, ..said },
            _ => Report { cause: EndCause::Failure, ..said },
        }
    }
}

fn time_of(clock: TimeClock, usage: &Usage) -> Option<Duration> {
    match clock {
        TimeClock::Wall => usage.wall,
        TimeClock::Cpu => usage.cpu,
    }
}

fn time_limit(timed_out: &TimedOut, usage: Option<&Usage>) -> EndingLimit {
    let TimedOut { clock, limit, stopped, .. } = timed_out;
    let used = usage.and_then(|usage| time_of(*clock, usage));
    EndingLimit::Time { clock: *clock, limit: *limit, used, stopped: *stopped }
}

#[cfg(test)]
mod tests;
