//! `--report`: how a run ended, in a file for whoever reads no standard error.
//!
//! The file is opened before anything runs, so that one that cannot be written is an error then, and says at first that nothing has ended:
//! that stays there when this process is killed. What is a pipe or a device gets the report alone.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pyrun::{EndCause, Grants, InterruptHandle, LastWords, LimitReached, Limits, Outcome, Report};

use crate::audit::AuditFile;
use crate::flags::Args;
use crate::patience::Patience;
use crate::report::{EXIT_OUTPUT, Failure, reason};
use crate::voice::Voice;

/// Where a report goes.
#[derive(Debug)]
enum Sink {
    /// Standard output, behind what the program has printed.
    Stdout,
    /// A file, which is begun anew.
    File(File),
    /// A pipe or a device, which takes what comes.
    Stream(File),
}

impl Sink {
    fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        Ok(if file.metadata()?.is_file() { Self::File(file) } else { Self::Stream(file) })
    }

    /// Says what holds until the end.
    fn begin(&mut self) -> io::Result<()> {
        if let Self::File(_) = self { self.write(&Report::unfinished(), "", Patience::default()) } else { Ok(()) }
    }

    /// `begin` is what begins a line behind the output of the program.
    fn write(&mut self, report: &Report, begin: &str, patience: Patience) -> io::Result<()> {
        let line = format!("{}\n", report.to_json());
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.flush()?;
                patience.write(stdout, format!("{begin}{line}").as_bytes())
            }
            Self::File(file) => {
                file.rewind()?;
                file.write_all(line.as_bytes())?;
                // Not before: it is never without one.
                file.set_len(line.len() as u64)
            }
            Self::Stream(file) => patience.write(file, line.as_bytes()),
        }
    }
}

/// The file of `--export`, which is begun anew.
///
/// # Errors
/// [`Failure::Usage`], when it cannot be written, or no folder is an overlay.
pub(crate) fn export(path: &Path, folders: &[OsString]) -> Result<File, Failure> {
    let shown = path.display();
    if !folders.iter().any(|text| text.as_encoded_bytes().ends_with(b":overlay")) {
        return Err(Failure::Usage(format!(
            "--export {shown}: no folder is an overlay, as --dir HOST:overlay makes it: there is nothing to write"
        )));
    }
    let opened = OpenOptions::new().write(true).create(true).truncate(true).open(path);
    opened.map_err(|error| Failure::Usage(format!("--export {shown}: the file cannot be written: {}", reason(&error))))
}

/// What is written of a run besides its output.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    path: PathBuf,
    /// Empty once the report is written.
    sink: Option<Arc<Mutex<Option<Sink>>>>,
    guest: Option<InterruptHandle>,
    /// What says something after the program.
    pub(crate) voice: Voice,
    last_words: Option<LastWords>,
    report: Option<Report>,
    audit: Option<AuditFile>,
    /// The signal that has ended the program.
    signal: Option<i32>,
}

impl Seen {
    /// What the options ask for.
    ///
    /// # Errors
    /// [`Failure::Usage`], when the file cannot be written.
    pub(crate) fn open(report: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = report else { return Ok(Self::default()) };
        let opened = Sink::open(path).and_then(|mut sink| sink.begin().map(|()| sink));
        let sink = opened.map_err(|error| {
            Failure::Usage(format!("--report {}: the file cannot be written: {}", path.display(), reason(&error)))
        })?;
        Ok(Self { path: path.to_owned(), sink: Some(Arc::new(Mutex::new(Some(sink)))), ..Self::default() })
    }

    /// Opens the file of `--audit`.
    ///
    /// # Errors
    /// [`Failure::Usage`], when it cannot be written.
    pub(crate) fn open_audit(&mut self, file: Option<&Path>) -> Result<(), Failure> {
        let Some(path) = file else { return Ok(()) };
        self.audit = Some(AuditFile::open(path)?);
        Ok(())
    }

    /// Whether decisions are written.
    pub(crate) fn is_audited(&self) -> bool {
        self.audit.is_some()
    }

    /// Has decisions written that are made with these grants.
    pub(crate) fn audited(&self, grants: Grants) -> Grants {
        match &self.audit {
            Some(audit) => grants.audit(audit.writer()),
            None => grants,
        }
    }

    /// Whether somebody wants to know.
    pub(crate) fn is_wanted(&self) -> bool {
        self.sink.is_some()
    }

    /// Looks whether the program could write the report itself, or another file of these options.
    ///
    /// # Errors
    /// [`Failure::Usage`]
    pub(crate) fn check(&self, args: &Args, grants: &Grants) -> Result<(), Failure> {
        let report = args.report.iter().filter(|path| path.as_os_str() != OsStr::new("-"));
        let files = report.map(|path| ("--report", path)).chain(args.export.iter().map(|path| ("--export", path)));
        let files = files.chain(args.audit.iter().map(|path| ("--audit", path)));
        for (option, path) in files {
            if grants.may_write(path) {
                let path = path.display();
                return Err(Failure::Usage(format!(
                    "{option} {path}: it lies in a folder that the program may write to; keep it elsewhere"
                )));
            }
        }
        Ok(())
    }

    /// A program with these limits is about to run, of which this handle speaks.
    ///
    /// # Errors
    /// What keeps the system from calling us before a signal ends the process.
    pub(crate) fn begin(&mut self, guest: &InterruptHandle, limits: &Limits) -> Result<(), Failure> {
        if let Some(audit) = &self.audit {
            audit.begin(limits);
        }
        self.guest = Some(guest.clone());
        let patience = Patience::with(limits);
        self.voice = Voice::after(guest, patience);
        let Some(sink) = &self.sink else { return Ok(()) };
        let (sink, handle) = (sink.clone(), guest.clone());
        let last_words = guest.before_signal_ends(move |signal| {
            let mut interrupted = Report::default().with_usage(handle.usage()).with_status(signal.saturating_add(128));
            interrupted.cause = EndCause::Signal;
            interrupted.signal = Some(signal);
            // There is nobody to tell.
            let begin = Voice::after(&handle, patience).line_of_output();
            let _ = write_once(&sink, &interrupted, begin, patience);
        });
        self.last_words = Some(last_words?);
        Ok(())
    }

    /// The program has ended.
    pub(crate) fn ended(&mut self, outcome: &Outcome) {
        if self.is_wanted() {
            self.report = Some(outcome.report());
        }
    }

    /// A call has returned, in which these limits were reached; gives the status. Output that was cut is told, as nobody would see it.
    pub(crate) fn returned(&mut self, reached: Vec<LimitReached>) -> u8 {
        let cut = reached.iter().find(|reached| reached.which == "output").map(ToString::to_string);
        let mut report = Report::default();
        report.reached = reached;
        let status = cut.as_ref().map_or(0, |why| {
            self.voice.say(format_args!("pyrun: {why}"));
            report.cause = EndCause::Output;
            EXIT_OUTPUT
        });
        report.message = cut;
        self.report = Some(report);
        status
    }

    /// A signal has ended the program, and is to end this process.
    pub(crate) fn ends_by(&mut self, signal: i32) {
        self.signal = Some(signal);
    }

    /// What a call has ended with.
    pub(crate) fn reports(&mut self, report: Report) {
        self.report = Some(report);
    }

    /// Tells the person why, if the program was not run, writes the report, and gives the status, unless this process ends by the signal
    /// that has ended the program: a shell looks for that.
    pub(crate) fn close(self, done: Result<u8, Failure>) -> u8 {
        let signal = self.signal;
        let status = self.write_report(done);
        if let Some(signal) = signal {
            pyrun::end_by_signal(signal);
        }
        status
    }

    fn write_report(mut self, done: Result<u8, Failure>) -> u8 {
        let (status, report) = match done {
            Ok(status) => (status, self.report.take().unwrap_or_default()),
            Err(failure) => (failure.tell_by(&self.voice), failure.described()),
        };
        let mut report = match (&report.usage, &self.guest) {
            (None, Some(guest)) => report.with_usage(guest.usage()),
            _ => report,
        };
        report.changes = self.guest.as_ref().and_then(InterruptHandle::changes);
        let status = self.say_audit(self.say_export(&report, status));
        let Some(sink) = &self.sink else { return status };
        let begin = self.voice.line_of_output();
        match write_once(sink, &report.with_status(status.into()), begin, self.voice.patience) {
            Ok(()) => status,
            Err(error) => {
                self.voice.say(format_args!(
                    "pyrun: --report {}: it cannot be written: {}",
                    self.path.display(),
                    reason(&error)
                ));
                if status == 0 { EXIT_OUTPUT } else { status }
            }
        }
    }
}

impl Seen {
    /// Says why `--export` has not all of it, and gives the status.
    fn say_export(&self, report: &Report, status: u8) -> u8 {
        let Some(why) = report.changes.as_ref().and_then(|changes| changes.export_error.as_ref()) else {
            return status;
        };
        self.voice.say(format_args!("pyrun: --export: the archive is not whole: {why}"));
        if status == 0 { EXIT_OUTPUT } else { status }
    }

    /// Says why `--audit` has not all of it, and gives the status.
    fn say_audit(&self, status: u8) -> u8 {
        let Some(why) = self.audit.as_ref().and_then(AuditFile::failed) else { return status };
        self.voice.say(format_args!("pyrun: {why}"));
        if status == 0 { EXIT_OUTPUT } else { status }
    }
}

/// Writes the one report that there is.
fn write_once(sink: &Mutex<Option<Sink>>, report: &Report, begin: &str, patience: Patience) -> io::Result<()> {
    let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
    match sink.take() {
        Some(mut sink) => sink.write(report, begin, patience),
        None => Ok(()),
    }
}
