//! `--limit` and `--usage`: what a program may take, what it took, and which limit ended it.

use pyrun::{InterruptHandle, Limits, Outcome};

use crate::flags::Args;
use crate::report::Failure;
use crate::voice::Voice;

/// The limits that are asked for, those of a later option over those of an earlier one, and of `--untrusted`.
pub(crate) fn limits(args: &Args) -> Result<Limits, Failure> {
    let begin = if args.untrusted { Limits::untrusted() } else { Limits::new() };
    limits_of(begin, &args.limit)
}

/// Limits that begin with these, and have what options set.
pub(crate) fn limits_of(begin: Limits, options: &[String]) -> Result<Limits, Failure> {
    options.iter().try_fold(begin, |limits, text| {
        let set = limits.set_text(text);
        set.map_err(|error| Failure::Usage(format!("--limit {text}: {error}")))
    })
}

/// Says which limit has ended a program, or was reached by one that failed; and that output was cut off, which nobody would see.
pub(crate) fn say_reached(outcome: &Outcome, voice: &Voice) {
    if let Some(timed_out) = &outcome.timed_out {
        voice.say(format_args!("pyrun: {timed_out}"));
    }
    // Output that is cut makes a status, too.
    if outcome.status != 0 {
        outcome.reached.iter().for_each(|reached| voice.say(format_args!("pyrun: {reached}")));
    }
}

/// Says what was used, if that was asked for.
pub(crate) fn say_usage(args: &Args, guest: &InterruptHandle, voice: &Voice) {
    if args.usage {
        voice.say(format_args!("{}", guest.usage().to_string().trim_end()));
    }
}
