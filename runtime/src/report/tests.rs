//! Reports of all sorts, as their readers see them.

use serde_json::Value;

use super::cause::MAX_MESSAGE;
use super::*;

fn json(report: &Report) -> Value {
    serde_json::from_str(&report.to_json()).unwrap()
}

/// A reader that knows the first version finds all that it knows in every report.
#[test]
fn every_report_has_all_fields() {
    let outcome = Outcome { status: 3, ..Outcome::default() };
    let limit = Error::Limit { which: "memory", limit: 1, used: 2 };
    for report in [Report::unfinished(), outcome.report(), limit.report(), Report::usage_error("x")] {
        let json = json(&report);
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "cause",
                "changes",
                "exception",
                "limit",
                "message",
                "reached",
                "signal",
                "status",
                "truncated",
                "usage",
                "version"
            ]
        );
        assert_eq!(json["version"], 1);
    }
}

#[test]
fn each_cause_has_a_name_of_its_own() {
    let mut names: Vec<_> = EndCause::ALL.iter().map(|(cause, _)| cause.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), EndCause::ALL.len());
}

#[test]
fn a_long_message_is_cut_where_a_character_ends_and_says_so() {
    let long = EndingException::new("ValueError", "é".repeat(MAX_MESSAGE));
    assert!(long.truncated && long.message.len() <= MAX_MESSAGE && long.message.ends_with('é'));
    assert!(!EndingException::new("ValueError", "é".repeat(MAX_MESSAGE / 2)).truncated);
    let report = Report { exception: Some(long), ..Report::default() };
    assert_eq!(json(&report)["truncated"]["exception"], true);
}

#[test]
fn errors_say_what_ended_the_run() {
    for (error, cause, status, signal) in [
        (Error::Ended { status: 7 }, EndCause::Exit, Some(7), None),
        (Error::SystemExit { status: 1, message: None }, EndCause::Exit, Some(1), None),
        (Error::Killed, EndCause::Killed, None, None),
        (Error::Signal { signal: 15 }, EndCause::Signal, None, Some(15)),
        (Error::Crashed("x".to_owned()), EndCause::Trap, None, None),
        (Error::HostLimit("deep".to_owned()), EndCause::Limit, None, None),
        (Error::Bug("x".to_owned()), EndCause::Failure, None, None),
    ] {
        let report = error.report();
        assert_eq!((report.cause, report.status, report.signal), (cause, status, signal), "{error}");
    }
}
