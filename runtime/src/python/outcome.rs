//! How a program ended.

use std::time::Duration;

use crate::deadline::TimedOut;
use crate::grants::changes::Changes;
use crate::limits::{LimitReached, Usage};
use crate::python::missing_package::MissingPackage;
use crate::report::cause::{EndCause, EndingException};

/// How a program ended.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The exit status, as CPython would have given it; 120 in place of 0 where its output was cut by its limit
    /// ([`Limits::output_bytes`](crate::Limits::output_bytes)).
    pub status: i32,
    /// What ended it, a limit of time apart.
    pub cause: EndCause,
    /// The signal that ended it, if one did: by Linux's number.
    pub signal: Option<i32>,
    /// The exception that ended it, if [`Program::keep_exception`](crate::Program::keep_exception) asked for it; of
    /// [`MicroPython`](crate::MicroPython) always.
    pub exception: Option<EndingException>,
    /// The path of the `FileNotFoundError` that ended the program, if one did.
    pub missing_file: Option<String>,
    /// Packages of the release that the exception that ended the program is about, since they cannot be had: a person may fetch them.
    pub missing_packages: Vec<MissingPackage>,
    /// The limit of time that ended the program, if one did. The status is then 124, as that of `timeout(1)`.
    pub timed_out: Option<TimedOut>,
    /// What the system said of the last write to standard output that failed, if one did. A program that writes by Python is told, and
    /// has a status for it; CPython's own `-V` and `-h` and some programs in C do not look.
    pub output_error: Option<&'static str>,
    /// What the program has used.
    pub usage: Usage,
    /// The limits that it has reached, of which it was told.
    pub reached: Vec<LimitReached>,
    /// What it has changed in overlays ([`FolderMode::Overlay`](crate::FolderMode::Overlay)); `None` without such.
    pub changes: Option<Changes>,
    /// What the start cost, step by step.
    pub timings: Vec<(&'static str, Duration)>,
}
