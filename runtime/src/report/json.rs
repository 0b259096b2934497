//! A report as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::cause::EndingException;
use super::{EndingLimit, Report, VERSION};
use crate::deadline::TimeClock;
use crate::limits::names::{COMPILE, CPU, WALL, is_count};
use crate::limits::{LimitReached, Usage};

impl Report {
    /// As JSON, in one line. All fields are there; what is not known or does not apply is `null`.
    ///
    /// ```
    /// let text = pyrun::Report::usage_error("no such file").with_status(2).to_json();
    /// let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    /// assert_eq!((&report["version"], &report["cause"]), (&1.into(), &"usage".into()));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "version": VERSION,
            "status": self.status,
            "cause": self.cause.name(),
            "message": self.message,
            "signal": self.signal,
            "exception": self.exception.as_ref().map(exception),
            "limit": self.limit.as_ref().map(limit),
            "reached": self.reached.iter().map(reached).collect::<Vec<_>>(),
            "usage": self.usage.as_ref().map(Usage::json),
            "changes": self.changes.as_ref().map(|changes| &changes.files),
            "truncated": {
                "output": self.is_output_cut(),
                "exception": self.exception.as_ref().is_some_and(|exception| exception.truncated),
                "changes": self.changes.as_ref().is_some_and(|changes| changes.truncated),
                "export": self.changes.as_ref().is_some_and(|changes| changes.export_error.is_some()),
            },
        })
        .to_string()
    }
}

fn exception(exception: &EndingException) -> Value {
    json!({ "type": exception.type_name, "message": exception.message })
}

fn limit(limit: &EndingLimit) -> Value {
    match limit {
        EndingLimit::Time { clock, limit, used, stopped } => json!({
            "which": match clock {
                TimeClock::Wall => WALL,
                TimeClock::Cpu => CPU,
            },
            "unit": "seconds",
            "limit": seconds(*limit),
            "used": used.map(seconds),
            "stopped": stopped,
        }),
        EndingLimit::Compile { limit } => {
            json!({ "which": COMPILE, "unit": "seconds", "limit": seconds(*limit), "used": null, "stopped": true })
        }
        EndingLimit::Amount { which, limit, used } => {
            json!({ "which": which, "unit": unit(which), "limit": limit, "used": used, "stopped": true })
        }
    }
}

fn reached(reached: &LimitReached) -> Value {
    let LimitReached { which, limit, used } = reached;
    json!({ "which": which, "unit": unit(which), "limit": limit, "used": used })
}

/// What a limit counts.
fn unit(which: &str) -> &'static str {
    if is_count(which) { "count" } else { "bytes" }
}

/// To a microsecond, so that the shortest text for it is one.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

impl Usage {
    fn json(&self) -> Value {
        json!({
            "memory_bytes": self.memory,
            "memory_peak_bytes": self.memory_peak,
            "wall_seconds": self.wall.map(seconds),
            "cpu_seconds": self.cpu.map(seconds),
            "compile_seconds": self.compile.map(seconds),
            "output_bytes": self.output_bytes,
            "file_bytes": self.file_bytes,
            "file_peak_bytes": self.file_bytes_peak,
            "folder_bytes": self.folder_bytes,
            "host_memory_bytes": self.host_memory,
            "host_memory_peak_bytes": self.host_memory_peak,
            "host_calls": self.host_calls,
        })
    }

    /// As JSON, in one line: what a [`Report`] has as its `usage`.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.json().to_string()
    }
}
