//! `--audit`: each decision about what a program asks for, as a line of JSON in a file.
//!
//! A line is written when the decision is made, by the thread that made it: what ends the program, or this process, leaves all lines up to
//! then. So a program waits for whoever reads them from a pipe, until its time is over.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pyrun::{AuditEvent, Limits};

use crate::patience::Patience;
use crate::report::{Failure, reason};

/// The file of `--audit`, which is begun anew.
#[derive(Debug)]
pub(crate) struct AuditFile {
    path: PathBuf,
    lines: Arc<Mutex<Lines>>,
}

#[derive(Debug)]
struct Lines {
    file: File,
    patience: Patience,
    /// Why it takes no more.
    failed: Option<io::Error>,
}

impl AuditFile {
    /// Opens it.
    ///
    /// # Errors
    /// [`Failure::Usage`], when it cannot be written.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        if path == Path::new("-") {
            return Err(Failure::Usage(
                "--audit -: standard output is the program's; name a file, or /dev/fd/N for a descriptor".to_owned(),
            ));
        }
        let opened = OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let file = opened.map_err(|error| {
            Failure::Usage(format!("--audit {shown}: the file cannot be written: {}", reason(&error)))
        })?;
        let lines = Lines { file, patience: Patience::default(), failed: None };
        Ok(Self { path: path.to_owned(), lines: Arc::new(Mutex::new(lines)) })
    }

    /// A program with these limits begins.
    pub(crate) fn begin(&self, limits: &Limits) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).patience = Patience::with(limits);
    }

    /// What writes a line for each decision.
    pub(crate) fn writer(&self) -> impl FnMut(&AuditEvent) + Send + use<> {
        let lines = self.lines.clone();
        move |event| {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.failed.is_none() {
                let line = event.to_json() + "\n";
                lines.failed = lines.patience.write(&lines.file, line.as_bytes()).err();
            }
        }
    }

    /// Why the file is not whole, if it is not.
    pub(crate) fn failed(&self) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let error = lines.failed.as_ref()?;
        Some(format!("--audit {}: it cannot be written: {}", self.path.display(), reason(error)))
    }
}
