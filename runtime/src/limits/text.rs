//! Limits as text: `memory=256M,wall=10s`, as on a command line or in a file of settings.
//!
//! Amounts are read as systemd and Docker read them: bytes with K, M, G or T of 1024 each (`256M`, `256m`, `256MiB`, `1.5G`); times in
//! seconds, or with units that may follow each other (`10s`, `500ms`, `1min30s`, `2h`); counts as plain numbers.

use std::fmt;
use std::time::Duration;

use super::names::amount_text;
use super::table::{self, Amount, NAMED, Named};
use super::{LimitNotSet, Limits};

/// What lifts a limit: systemd's word.
const NO_LIMIT: &str = "infinity";

/// Names that limits are to have, and why there is nothing to limit as yet.
const NOT_YET: &[(&str, &str)] = &[
    ("tasks", "a program has one thread and no children"),
    ("network", "a program has no network"),
    ("log", "a program has no log apart from its output"),
];

impl Limits {
    /// Sets limits from text: `NAME=AMOUNT`, with commas between. A name stands in it once.
    ///
    /// | name | is | amount |
    /// |---|---|---|
    /// | `memory` | [`Limits::memory`] | bytes |
    /// | `wall`, `cpu`, `grace` | [`Limits::wall`], [`Limits::cpu`], [`Limits::grace`] | a time, of milliseconds at least |
    /// | `output` | [`Limits::output_bytes`] | bytes |
    /// | `files` | [`Limits::file_bytes`] | bytes |
    /// | `inodes`, `descriptors` | [`Limits::inodes`], [`Limits::descriptors`] | a number |
    /// | `host-memory` | [`Limits::host_memory`] | bytes |
    /// | `depth`, `slots` | [`Limits::call_depth`], [`Limits::table_slots`] | a number |
    /// | `compile`, `compile-memory` | [`Limits::compile_time`], [`Limits::compile_memory`] | a time, bytes |
    ///
    /// `_` may stand for `-`, and names with their unit are taken as by [`Limits::set`]: `file-bytes=1M`, `wall-ms=500`.
    ///
    /// Bytes are a number, with `K`, `M`, `G` or `T` behind it for 1024 each (`256M`, `1.5G`, `64KiB`); a time is a number of seconds, or
    /// numbers with `us`, `ms`, `s`, `min`, `h` or `d` (`500ms`, `1min30s`). So systemd and Docker read them. `infinity` lifts a limit as
    /// far as it can be lifted: of `memory` to the 4 GiB that there can be, of the others but `grace`, `depth` and `slots` for good.
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
        let mut given = Vec::new();
        text.split(',').try_fold(self, |limits, text| {
            let (limits, name) = limits.set_one(text)?;
            if given.contains(&name) {
                return Err(LimitNotSet::Twice(name));
            }
            given.push(name);
            Ok(limits)
        })
    }

    fn set_one(self, text: &str) -> Result<(Self, &'static str), LimitNotSet> {
        let wrong = |form: String| LimitNotSet::Text { given: text.to_owned(), form };
        let unknown =
            || wrong(format!("NAME=AMOUNT, with NAME one of {}", Self::names().collect::<Vec<_>>().join(", ")));
        let (name, given) = text.split_once('=').ok_or_else(unknown)?;
        if let Some((name, why)) = NOT_YET.iter().find(|(known, _)| *known == name) {
            return Err(LimitNotSet::NotYet { limit: name, why });
        }
        let (named, with_unit) = table::find(name).ok_or_else(unknown)?;
        if given == NO_LIMIT {
            return match named.lift {
                Some(lift) => Ok((lift(self), named.name)),
                None => Err(LimitNotSet::NotLifted { limit: named.name, form: number_of(named.amount) }),
            };
        }
        let (value, form) = match named.amount {
            Amount::Time | Amount::Grace if with_unit => (given.parse().ok(), "1000: a number of milliseconds"),
            Amount::Bytes => (bytes(given), "256M: a number of bytes, or with K, M, G or T behind it, of 1024 each"),
            Amount::Time => {
                let form = "10s: a number of seconds, or with ms, s, min or h behind it, and at least 1ms";
                (time(given).and_then(millis), form)
            }
            Amount::Grace => {
                let form = "1s: a number of seconds, or with ms, s, min or h behind it, and 0 or at least 1ms";
                (time(given).and_then(|time| if time.is_zero() { Some(0) } else { millis(time) }), form)
            }
            Amount::Count => (given.parse().ok(), "1000: a number"),
        };
        let or_none = named.lift.map_or("", |_| ", or infinity for none");
        let value = value.ok_or_else(|| wrong(format!("{name}={form}{or_none}")))?;
        Ok((self.set(named.name, value)?, named.name))
    }
}

/// What differs from the defaults, as [`Limits::set_text`] reads it.
///
/// ```
/// use pyrun::Limits;
/// let limits = Limits::new().memory(256 << 20).wall(std::time::Duration::from_millis(1500));
/// assert_eq!(limits.to_string(), "memory=256M,wall=1500ms");
/// assert_eq!(Limits::new().set_text(&limits.to_string())?, limits);
/// # Ok::<(), pyrun::LimitNotSet>(())
/// ```
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let defaults = Self::default();
        let differs = |named: &&Named| (named.get)(self) != (named.get)(&defaults);
        for (index, named) in NAMED.iter().filter(differs).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let amount = match ((named.get)(self), named.amount) {
                (None, _) => NO_LIMIT.to_owned(),
                (Some(time), Amount::Time | Amount::Grace) => format!("{time}ms"),
                (Some(amount), _) => amount_text(named.name, amount),
            };
            write!(f, "{comma}{}={amount}", named.name)?;
        }
        Ok(())
    }
}

/// An amount that may be given.
fn number_of(amount: Amount) -> &'static str {
    match amount {
        Amount::Bytes => "256M",
        Amount::Time | Amount::Grace => "10s",
        Amount::Count => "1000",
    }
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

/// Whole milliseconds, rounded up, of a time of one at least.
fn millis(time: Duration) -> Option<u64> {
    let millis = time.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).ok().filter(|_| time >= Duration::from_millis(1))
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
            ("1100us", Some(2)),
            ("1us", None),
            ("999us", None),
            ("1ns", None),
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
        let text = "memory=1M,wall=2,cpu=3s,grace=4ms,output=5,files=6K,inodes=7,descriptors=8,depth=9,slots=10,host-memory=11";
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
        assert_eq!(set("host_memory=11,compile_memory=12"), set("host-memory=11,compile-memory=12"));
        assert_eq!(set("output=1,output-bytes=2"), Err(LimitNotSet::Twice("output")));
        for (wrong, said) in [
            ("", "NAME=AMOUNT"),
            ("memory", "NAME=AMOUNT, with NAME one of memory, depth, slots, files"),
            ("memory=", "memory=256M: a number of bytes"),
            ("memory=1,", "NAME=AMOUNT"),
            ("mem=1", "one of memory"),
            ("wall=10 parsecs", "wall=10s: a number of seconds"),
            ("wall=0", "at least 1ms"),
            ("wall=1us", "at least 1ms"),
            ("wall=some", "or infinity for none"),
            ("grace=-1", "grace=1s: a number of seconds"),
            ("grace=1us", "0 or at least 1ms"),
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

    /// Each limit of the sparsest set can be lifted, or says what to give.
    #[test]
    fn infinity_lifts_a_limit_or_is_refused_by_name() {
        let untrusted = || Limits::untrusted().cpu(Duration::from_secs(30));
        let lifted = |name: &str| untrusted().set_text(&format!("{name}=infinity"));
        for name in Limits::names() {
            match lifted(name) {
                Ok(limits) => assert_ne!(limits, untrusted(), "{name}"),
                Err(error) => assert!(error.to_string().contains(&format!("give a number, as {name}=")), "{error}"),
            }
        }
        let limits = lifted("wall").unwrap();
        assert_eq!((limits.wall, limits.cpu.is_some()), (None, true));
        assert_eq!(lifted("memory").unwrap().memory, Limits::new().memory);
        assert!(["grace", "depth", "slots"].iter().all(|name| lifted(name).is_err()));
    }

    #[test]
    fn amounts_are_told_as_they_are_set() {
        for named in table::NAMED {
            assert_eq!(crate::limits::names::is_count(named.name), named.amount == Amount::Count, "{}", named.name);
        }
        for (name, amount, told, needed) in [
            ("output", 30 << 20, "30M", "30M"),
            ("output", 1024, "1K", "1K"),
            ("output", 1025, "1025", "1025"),
            ("memory", 4 << 30, "4G", "4096M"),
            ("memory", (20 << 20) + 1, "20971521", "21M"),
            ("files", 0, "0", "0"),
            ("inodes", 2048, "2048", "2048"),
            ("depth", 1 << 20, "1048576", "1048576"),
        ] {
            let texts =
                (crate::limits::names::amount_text(name, amount), crate::limits::names::needed_text(name, amount));
            assert_eq!(texts, (told.to_owned(), needed.to_owned()), "{name}");
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
