//! Limits as text: `memory=256M,wall=10s`, as on a command line or in a file of settings.
//!
//! Amounts are read as systemd and Docker read them: bytes with K, M, G or T of 1024 each (`256M`, `256m`, `256MiB`, `1.5G`); times in
//! seconds, or with units that may follow each other (`10s`, `500ms`, `1min30s`, `2h`); counts as plain numbers.

use std::time::Duration;

use super::{HOST_MEMORY, LimitNotSet, Limits};

/// What a limit is an amount of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Bytes,
    Time,
    /// A time that may be none.
    Grace,
    Count,
}

/// A name in text: what it limits, and the limit of [`Limits::names`] that it sets.
const SHORT: &[(&str, Amount, &str)] = &[
    ("memory", Amount::Bytes, "memory"),
    ("wall", Amount::Time, "wall-ms"),
    ("cpu", Amount::Time, "cpu-ms"),
    ("grace", Amount::Grace, "grace-ms"),
    ("output", Amount::Bytes, "output-bytes"),
    ("files", Amount::Bytes, "file-bytes"),
    ("inodes", Amount::Count, "inodes"),
    ("descriptors", Amount::Count, "descriptors"),
    ("depth", Amount::Count, "call-depth"),
    ("slots", Amount::Count, "table-slots"),
    ("compile", Amount::Time, "compile-ms"),
    ("compile-memory", Amount::Bytes, "compile-memory"),
    ("host_memory", Amount::Bytes, HOST_MEMORY),
];

/// Names that limits are to have, and why there is nothing to limit as yet.
const NOT_YET: &[(&str, &str)] = &[
    ("tasks", "a program has one thread and no children"),
    ("network", "a program has no network"),
    ("log", "a program has no log apart from its output"),
];

impl Limits {
    /// Sets limits from text: `NAME=AMOUNT`, with commas between. Of a name that comes twice the later one counts.
    ///
    /// | name | is | amount |
    /// |---|---|---|
    /// | `memory` | [`Limits::memory`] | bytes |
    /// | `wall`, `cpu`, `grace` | [`Limits::wall`], [`Limits::cpu`], [`Limits::grace`] | a time, of milliseconds at least |
    /// | `output` | [`Limits::output_bytes`] | bytes |
    /// | `files` | [`Limits::file_bytes`] | bytes |
    /// | `inodes`, `descriptors` | [`Limits::inodes`], [`Limits::descriptors`] | a number |
    /// | `host_memory` | [`Limits::host_memory`] | bytes |
    /// | `depth`, `slots` | [`Limits::call_depth`], [`Limits::table_slots`] | a number |
    /// | `compile`, `compile-memory` | [`Limits::compile_time`], [`Limits::compile_memory`] | a time, bytes |
    ///
    /// The names of [`Limits::names`], which messages use, are taken as well: `file-bytes=1M`, `wall-ms=500`.
    ///
    /// Bytes are a number, with `K`, `M`, `G` or `T` behind it for 1024 each (`256M`, `1.5G`, `64KiB`); a time is a number of seconds, or
    /// numbers with `us`, `ms`, `s`, `min`, `h` or `d` (`500ms`, `1min30s`). So systemd and Docker read them.
    ///
    /// # Errors
    /// [`LimitNotSet`], which says what it should read.
    ///
    /// ```
    /// use pyrun::Limits;
    /// let limits = Limits::new().set_text("memory=256M,wall=1min30s,output=1.5K")?;
    /// assert_eq!((limits.memory, limits.wall.unwrap().as_secs(), limits.output_bytes), (256 << 20, 90, Some(1536)));
    /// let wrong = Limits::new().set_text("memory=256X").unwrap_err();
    /// assert!(wrong.to_string().contains("memory=256M"), "{wrong}");
    /// # Ok::<(), pyrun::LimitNotSet>(())
    /// ```
    pub fn set_text(self, text: &str) -> Result<Self, LimitNotSet> {
        text.split(',').try_fold(self, Self::set_one)
    }

    fn set_one(self, text: &str) -> Result<Self, LimitNotSet> {
        let wrong = |form: String| LimitNotSet::Text { given: text.to_owned(), form };
        let Some((name, given)) = text.split_once('=') else {
            return Err(wrong(format!("NAME=AMOUNT, with NAME one of {}", names())));
        };
        if let Some((name, why)) = NOT_YET.iter().find(|(known, _)| *known == name) {
            return Err(LimitNotSet::NotYet { limit: name, why });
        }
        let is_there = |sets: &str| Self::names().any(|it| it == sets);
        let known = SHORT.iter().find(|(known, _, sets)| (*known == name || *sets == name) && is_there(sets));
        let Some((_, amount, sets)) = known else {
            return Err(wrong(format!("NAME=AMOUNT, with NAME one of {}", names())));
        };
        let (value, form) = match amount {
            // As messages and `Limits::set` call it, with its unit in its name.
            _ if name.ends_with("-ms") => (given.parse().ok(), "1000: a number of milliseconds"),
            Amount::Bytes => (bytes(given), "256M: a number of bytes, or with K, M, G or T behind it, of 1024 each"),
            Amount::Time => {
                let form = "10s: a number of seconds, or with ms, s, min or h behind it, and at least 1ms";
                (time(given).and_then(millis), form)
            }
            Amount::Grace => {
                let form = "1s: a number of seconds, or with ms, s, min or h behind it";
                (time(given).and_then(|time| u64::try_from(time.as_millis()).ok()), form)
            }
            Amount::Count => (given.parse().ok(), "1000: a number"),
        };
        let value = value.ok_or_else(|| wrong(format!("{name}={form}")))?;
        self.set(sets, value)
    }
}

/// The names there are.
fn names() -> String {
    let known = SHORT.iter().filter(|(_, _, sets)| Limits::names().any(|name| name == *sets));
    known.map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
}

/// A number at the beginning, and what follows it. A point needs digits around it.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.starts_with('.') || digits.ends_with('.') || digits.is_empty() {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

/// `256M`
fn bytes(text: &str) -> Option<u64> {
    let (count, unit) = number(text)?;
    let unit = unit.to_ascii_lowercase();
    let power = match unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit) {
        "" if unit == "ib" => return None,
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    // A plain number is exact, however large.
    if power == 0 {
        return text.trim_end_matches(['b', 'B']).parse().ok();
    }
    let value = count * 1024_f64.powi(power);
    (value < u64::MAX as f64).then_some(value as u64)
}

/// `1min30s`
fn time(text: &str) -> Option<Duration> {
    if let Some((seconds, "")) = number(text) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let (mut total, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let (count, unit) = number(rest)?;
        let end = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let (unit, more) = unit.split_at(end);
        let seconds = match unit.trim_end() {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" | "sec" => 1.0,
            "m" | "min" => 60.0,
            "h" | "hr" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(count * seconds).ok()?)?;
        rest = more;
    }
    (!text.is_empty()).then_some(total)
}

/// Whole milliseconds, one at least.
fn millis(time: Duration) -> Option<u64> {
    let millis = time.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).ok().filter(|millis| *millis > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_others_read_them() {
        for (text, want) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("1b", Some(1)),
            ("256M", Some(256 << 20)),
            ("256m", Some(256 << 20)),
            ("64KiB", Some(64 << 10)),
            ("64kb", Some(64 << 10)),
            ("1.5G", Some(3 << 29)),
            ("2T", Some(2 << 40)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("99999999999T", None),
            ("", None),
            ("M", None),
            ("-1", None),
            ("+1", None),
            ("1.M", None),
            (".5M", None),
            ("1ib", None),
            ("1X", None),
            ("1 M", None),
            ("50%", None),
            ("1e3", None),
            ("0x10", None),
            ("inf", None),
        ] {
            assert_eq!(bytes(text), want, "{text}");
        }
    }

    #[test]
    fn times_are_read_as_others_read_them() {
        for (text, want) in [
            ("10", Some(10_000)),
            ("10s", Some(10_000)),
            ("1.5s", Some(1500)),
            ("500ms", Some(500)),
            ("1min30s", Some(90_000)),
            ("1min 30s", Some(90_000)),
            ("1m30s", Some(90_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("1us", Some(1)),
            ("0", None),
            ("0ms", None),
            ("", None),
            ("s", None),
            ("10x", None),
            ("-1s", None),
            ("1s30", None),
            ("nan", None),
            ("99999999999999999999999h", None),
        ] {
            assert_eq!(time(text).and_then(millis), want, "{text}");
        }
    }

    #[test]
    fn text_sets_what_it_names() {
        let set = |text: &str| Limits::new().set_text(text);
        let text = "memory=1M,wall=2,cpu=3s,grace=4ms,output=5,files=6K,inodes=7,descriptors=8,depth=9,slots=10,host_memory=11";
        let limits = Limits::new().memory(1 << 20).wall(Duration::from_secs(2)).cpu(Duration::from_secs(3));
        let limits =
            limits.grace(Duration::from_millis(4)).output_bytes(5).file_bytes(6 << 10).inodes(7).descriptors(8);
        assert_eq!(set(text), Ok(limits.call_depth(9).table_slots(10).host_memory(11)));
        assert_eq!(set("grace=0").map(|limits| limits.grace), Ok(Some(Duration::ZERO)));
        // Messages call limits by their full names.
        let full = "wall-ms=2000,cpu-ms=3000,grace-ms=4,output-bytes=5,file-bytes=6K,call-depth=9,table-slots=10,compile-ms=11";
        let short = "wall=2,cpu=3,grace=4ms,output=5,files=6K,depth=9,slots=10,compile=11ms";
        assert_eq!(set(full), set(short));
        assert!(Limits::names().all(|name| set(&format!("{name}=100000000")).is_ok()), "each can be set by text");
        assert!(set("wall-ms=2s").unwrap_err().to_string().contains("wall-ms=1000: a number of milliseconds"));
        assert_eq!(set("output=1,output=2").map(|limits| limits.output_bytes), Ok(Some(2)));
        for (wrong, said) in [
            ("", "NAME=AMOUNT"),
            ("memory", "NAME=AMOUNT, with NAME one of memory, wall, cpu"),
            ("memory=", "memory=256M: a number of bytes"),
            ("memory=1,", "NAME=AMOUNT"),
            ("mem=1", "one of memory"),
            ("wall=10 parsecs", "wall=10s: a number of seconds"),
            ("wall=0", "at least 1ms"),
            ("grace=-1", "grace=1s: a number of seconds"),
            ("inodes=1K", "inodes=1000: a number"),
            ("inodes=4294967296", "beyond 32 bits"),
            ("tasks=5", "tasks cannot be limited as yet: a program has one thread"),
            ("network=1M", "network cannot be limited as yet"),
            ("host_memory=some", "host_memory=256M: a number of bytes"),
        ] {
            let error = set(wrong).unwrap_err().to_string();
            assert!(error.contains(said), "{wrong}: {error}");
        }
    }
    /// The tables of imports name the limits as they are set here.
    #[test]
    fn what_binds_an_import_can_be_set() {
        use pyrun_emscripten_shim::imports::table::Bound;
        for name in Bound::ALL.iter().flat_map(|bound| bound.settings()) {
            assert!(crate::Limits::names().any(|known| known == *name), "{name}");
        }
    }
}
