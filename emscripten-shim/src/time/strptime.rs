//! `strptime`, which some series leave to the host.
//!
//! Replaces `strptime` of `libstrptime.js`, in the C locale. It is C's: upstream's pattern matching is greedier in places
//! and sets all fields, while here, as POSIX says, only those that the format has are set, with the day of the week and of
//! the year where a whole date was read.

use super::civil::{Tm, days_from_civil};
use crate::guest::caller::Caller;
use crate::guest::mem::{CStr, Fault, GuestMem, GuestPtr};
use crate::guest::trap::Trap;

crate::imports! {
    /// Text as times.
    pub static STRPTIME: "strptime" in "env" as call {
        Full(Nothing, Time) "strptime" => strptime(text: GuestPtr<CStr>, format: GuestPtr<CStr>, tm: u32) -> u32;
        Full(Nothing, Time) "strptime_l" => strptime_l(text: GuestPtr<CStr>, format: GuestPtr<CStr>, tm: u32, locale: u32) -> u32;
    }
}

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
#[rustfmt::skip]
const MONTHS: [&str; 12] = ["january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december"];

/// Formats that stand for others.
const COMPOSITE: [(u8, &[u8]); 8] = [
    (b'c', b"%a %b %e %H:%M:%S %Y"),
    (b'D', b"%m/%d/%y"),
    (b'F', b"%Y-%m-%d"),
    (b'r', b"%I:%M:%S %p"),
    (b'R', b"%H:%M"),
    (b'T', b"%H:%M:%S"),
    (b'x', b"%m/%d/%y"),
    (b'X', b"%H:%M:%S"),
];

fn strptime(caller: &mut Caller<'_>, text: GuestPtr<CStr>, format: GuestPtr<CStr>, tm: u32) -> Result<u32, Trap> {
    Ok(caller.with_mem(|mem| read(mem, text, format, tm))??)
}

fn strptime_l(
    caller: &mut Caller<'_>,
    text: GuestPtr<CStr>,
    format: GuestPtr<CStr>,
    tm: u32,
    _locale: u32,
) -> Result<u32, Trap> {
    strptime(caller, text, format, tm)
}

/// The address behind what was read; 0, and nothing is written, when the text is not as the format says.
fn read(mem: &mut GuestMem<'_>, text: GuestPtr<CStr>, format: GuestPtr<CStr>, tm: u32) -> Result<u32, Fault> {
    let mut parse = Parse::new(Tm::read(mem, tm)?);
    let Some(used) = parse.run(mem.c_str(text)?, mem.c_str(format)?) else { return Ok(0) };
    let (fields, offset) = (parse.finish(), parse.offset);
    mem.bytes(tm, super::civil::TM_WITH_OFFSET)?;
    fields.write_all(mem, tm)?;
    if let Some(offset) = offset {
        mem.write(GuestPtr::<i32>::new(tm.wrapping_add(super::civil::TM_GMTOFF)), offset)?;
    }
    Ok(text.addr().wrapping_add(used as u32))
}

struct Parse {
    tm: Tm,
    /// `%p` after `%I`: whether it is the afternoon.
    afternoon: Option<bool>,
    century: Option<i32>,
    /// Seconds east of UTC, of `%z`.
    offset: Option<i32>,
    has_date: (bool, bool, bool),
}

impl Parse {
    fn new(tm: Tm) -> Self {
        Self { tm, afternoon: None, century: None, offset: None, has_date: (false, false, false) }
    }

    /// How many bytes of the text the format takes.
    fn run(&mut self, text: &[u8], format: &[u8]) -> Option<usize> {
        self.follow(text, format, 0).map(|rest| text.len() - rest.len())
    }

    fn follow<'t>(&mut self, mut text: &'t [u8], mut format: &[u8], depth: u32) -> Option<&'t [u8]> {
        while let [sign, more @ ..] = format {
            format = more;
            if sign.is_ascii_whitespace() {
                text = text.trim_ascii_start();
            } else if *sign != b'%' {
                text = text.strip_prefix(&[*sign])?;
            } else {
                let (conversion, more) = conversion(format)?;
                format = more;
                text = match COMPOSITE.iter().find(|(name, _)| *name == conversion) {
                    Some((_, meant)) if depth == 0 => self.follow(text, meant, 1)?,
                    _ => self.convert(conversion, text)?,
                };
            }
        }
        Some(text)
    }

    fn convert<'t>(&mut self, conversion: u8, text: &'t [u8]) -> Option<&'t [u8]> {
        match conversion {
            b'%' => text.strip_prefix(b"%"),
            b'n' | b't' => Some(text.trim_ascii_start()),
            b'a' | b'A' => self.name(text, &WEEKDAYS, |parse, day| parse.tm.wday = day),
            b'b' | b'B' | b'h' => self.name(text, &MONTHS, |parse, month| {
                parse.tm.mon = month;
                parse.has_date.1 = true;
            }),
            b'p' | b'P' => self.name(text, &["am", "pm"], |parse, half| parse.afternoon = Some(half == 1)),
            b'z' => self.zone(text),
            b'Z' => Some(text.trim_ascii_start().trim_start_alphabetic()),
            b's' => self.seconds(text),
            number => self.number(number, text),
        }
    }

    fn number<'t>(&mut self, conversion: u8, text: &'t [u8]) -> Option<&'t [u8]> {
        // Numbers may have spaces before them, as `%e` writes.
        let mut rest = text;
        let mut number = |digits, least, most| -> Option<i32> {
            let (value, after) = number(rest.trim_ascii_start(), digits)?;
            rest = after;
            (least..=most).contains(&value).then_some(value)
        };
        match conversion {
            b'd' | b'e' => (self.tm.mday, self.has_date.2) = (number(2, 1, 31)?, true),
            b'm' => (self.tm.mon, self.has_date.1) = (number(2, 1, 12)? - 1, true),
            b'Y' => {
                self.tm.year = number(4, 0, 9999)? - 1900;
                self.has_date.0 = true;
            }
            b'y' => {
                let year = number(2, 0, 99)?;
                self.tm.year = if year < 69 { year + 100 } else { year };
                self.has_date.0 = true;
            }
            b'C' => self.century = Some(number(2, 0, 99)?),
            b'H' | b'k' => self.tm.hour = number(2, 0, 23)?,
            b'I' | b'l' => self.tm.hour = number(2, 1, 12)?,
            b'M' => self.tm.min = number(2, 0, 59)?,
            b'S' => self.tm.sec = number(2, 0, 60)?,
            b'j' => self.tm.yday = number(3, 1, 366)? - 1,
            b'w' => self.tm.wday = number(1, 0, 6)?,
            b'u' => self.tm.wday = number(1, 1, 7)? % 7,
            // Weeks and their years count for nothing.
            b'U' | b'W' | b'V' | b'g' => drop(number(2, 0, 99)?),
            b'G' => drop(number(4, 0, 9999)?),
            _ => return None,
        }
        Some(rest)
    }

    /// A name, whole or its first three letters, in letters of any case.
    fn name<'t>(&mut self, text: &'t [u8], names: &[&str], set: impl Fn(&mut Self, i32)) -> Option<&'t [u8]> {
        let begins = |name: &str| text.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name.as_bytes()));
        for (number, name) in (0..).zip(names) {
            let short = name.get(..3).unwrap_or(name);
            if let Some(found) = [*name, short].into_iter().find(|name| begins(name)) {
                set(self, number);
                return text.get(found.len()..);
            }
        }
        None
    }

    /// `+hhmm`, `+hh:mm`, `+hh` or `Z`.
    fn zone<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let text = text.trim_ascii_start();
        if let Some(rest) = text.strip_prefix(b"Z") {
            self.offset = Some(0);
            return Some(rest);
        }
        let (sign, rest) = text.split_first()?;
        let east = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, rest) = digits(rest, 2)?;
        let (minutes, rest) = digits(rest.strip_prefix(b":").unwrap_or(rest), 2).unwrap_or((0, rest));
        self.offset = Some(east * (hours * 3600 + minutes * 60));
        Some(rest)
    }

    /// Seconds since the epoch, in UTC.
    fn seconds<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let secs: i64 = std::str::from_utf8(text.get(..count)?).ok()?.parse().ok()?;
        self.tm = Tm::from_unix(secs)?;
        text.get(count..)
    }

    /// The fields, with what follows from others.
    fn finish(&self) -> Tm {
        let mut tm = self.tm;
        if let Some(afternoon) = self.afternoon {
            tm.hour = tm.hour % 12 + if afternoon { 12 } else { 0 };
        }
        if let Some(century) = self.century {
            tm.year = century * 100 - 1900 + tm.year.rem_euclid(100);
        }
        if self.has_date == (true, true, true) {
            let day = |month: i32, day: i32| days_from_civil(i64::from(tm.year) + 1900, month.into(), day.into());
            let days = day(tm.mon, tm.mday);
            tm.wday = (days + 4).rem_euclid(7) as i32;
            tm.yday = (days - day(0, 1)) as i32;
        }
        tm
    }
}

/// The letter of a conversion, behind flags, a width and modifiers, which mean nothing when reading.
fn conversion(format: &[u8]) -> Option<(u8, &[u8])> {
    let skipped = format
        .iter()
        .take_while(|byte| matches!(byte, b'_' | b'-' | b'^' | b'#' | b'E' | b'O') || byte.is_ascii_digit());
    let at = skipped.count();
    Some((*format.get(at)?, format.get(at + 1..)?))
}

/// A number of at most so many digits, perhaps with a sign.
fn number(text: &[u8], most: usize) -> Option<(i32, &[u8])> {
    match text {
        [b'+', rest @ ..] => up_to(rest, most),
        _ => up_to(text, most),
    }
}

fn up_to(text: &[u8], most: usize) -> Option<(i32, &[u8])> {
    let count = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { None } else { digits(text, count) }
}

/// A number of exactly so many digits.
fn digits(text: &[u8], count: usize) -> Option<(i32, &[u8])> {
    let digits = text.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let value = digits.iter().fold(0_i32, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((value, text.get(count..)?))
}

trait TrimAlphabetic {
    fn trim_start_alphabetic(&self) -> &Self;
}

impl TrimAlphabetic for [u8] {
    fn trim_start_alphabetic(&self) -> &Self {
        let count = self.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        self.get(count..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, format: &str) -> Option<(usize, Tm, Option<i32>)> {
        let mut parse = Parse::new(Tm::default());
        let used = parse.run(text.as_bytes(), format.as_bytes())?;
        Some((used, parse.finish(), parse.offset))
    }

    fn fields(text: &str, format: &str) -> [i32; 6] {
        let (used, tm, _) = parsed(text, format).unwrap_or_else(|| panic!("{text} {format}"));
        assert_eq!(used, text.len(), "{text} {format}");
        [tm.year + 1900, tm.mon + 1, tm.mday, tm.hour, tm.min, tm.sec]
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(fields("2015-03-05T23:51:47Z", "%Y-%m-%dT%H:%M:%SZ"), [2015, 3, 5, 23, 51, 47]);
        assert_eq!(fields("Thu, 05 Mar 2015 11:51:47 PM", "%A, %d %B %Y %r"), [2015, 3, 5, 23, 51, 47]);
        assert_eq!(fields("Thursday, March  5, 69", "%a, %b %e, %y"), [1969, 3, 5, 0, 0, 0]);
        assert_eq!(fields("Thu Mar  5 23:51:47 2015", "%c"), [2015, 3, 5, 23, 51, 47]);
        assert_eq!(fields("1425599621", "%s"), [2015, 3, 5, 23, 53, 41]);
        assert_eq!(fields("12 am", "%I %p"), [1900, 1, 0, 0, 0, 0]);
        let (_, tm, offset) = parsed("2015-03-05 -0330", "%F %z").unwrap();
        assert_eq!((tm.wday, tm.yday, offset), (4, 63, Some(-12_600)));
        assert_eq!(parsed("+05:30", "%z").unwrap().2, Some(19_800));
    }

    /// Text and format; year, month, day, hour, minute, second, day of the week and of the year.
    const CONVERSIONS: &[(&str, &str, [i32; 8])] = &[
        ("00 1 7", "%y %m %d", [2000, 1, 7, 0, 0, 0, 5, 6]),
        ("68 1 7", "%y %m %d", [2068, 1, 7, 0, 0, 0, 6, 6]),
        ("69 1 7", "%y %m %d", [1969, 1, 7, 0, 0, 0, 2, 6]),
        ("19 68 1 7", "%C %y %m %d", [1968, 1, 7, 0, 0, 0, 0, 6]),
        ("20 69 12 31", "%C %y %m %d", [2069, 12, 31, 0, 0, 0, 2, 364]),
        ("2024-12-31", "%Y-%m-%d", [2024, 12, 31, 0, 0, 0, 2, 365]),
        ("2024 Dec  1", "%Y %h %e", [2024, 12, 1, 0, 0, 0, 0, 335]),
        ("23:59:60", "%H:%M:%S", [1900, 1, 0, 23, 59, 60, 0, 0]),
        (" 7 8", "%k %l", [1900, 1, 0, 8, 0, 0, 0, 0]),
        ("12 PM", "%I %p", [1900, 1, 0, 12, 0, 0, 0, 0]),
        ("11 pm", "%I %p", [1900, 1, 0, 23, 0, 0, 0, 0]),
        ("11 am", "%I %p", [1900, 1, 0, 11, 0, 0, 0, 0]),
        ("366 6", "%j %w", [1900, 1, 0, 0, 0, 0, 6, 365]),
        ("001 0", "%j %w", [1900, 1, 0, 0, 0, 0, 0, 0]),
        ("7", "%u", [1900, 1, 0, 0, 0, 0, 0, 0]),
        ("1", "%u", [1900, 1, 0, 0, 0, 0, 1, 0]),
        ("53 52 51 99 2015", "%U %W %V %g %G", [1900, 1, 0, 0, 0, 0, 0, 0]),
        ("100%", "1%w0%%", [1900, 1, 0, 0, 0, 0, 0, 0]),
        ("a \t\n b", "a%nb", [1900, 1, 0, 0, 0, 0, 0, 0]),
        ("a  b", "a%tb", [1900, 1, 0, 0, 0, 0, 0, 0]),
        ("UTC 5", "%Z %w", [1900, 1, 0, 0, 0, 0, 5, 0]),
        ("+5", "%w", [1900, 1, 0, 0, 0, 0, 5, 0]),
    ];

    #[test]
    fn every_conversion() {
        for (text, format, expected) in CONVERSIONS {
            let (used, tm, _) = parsed(text, format).unwrap_or_else(|| panic!("{text:?} {format}"));
            assert_eq!(used, text.len(), "{text:?} {format}");
            let got = [tm.year + 1900, tm.mon + 1, tm.mday, tm.hour, tm.min, tm.sec, tm.wday, tm.yday];
            assert_eq!(got, *expected, "{text:?} {format}");
        }
    }

    #[test]
    fn offsets_of_zones() {
        for (text, offset) in [
            ("Z", Some(0)),
            ("+00:00", Some(0)),
            ("-01", Some(-3600)),
            ("-0", None),
            ("-0100", Some(-3600)),
            ("+0030", Some(1800)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(parsed(text, "%z").and_then(|(.., offset)| offset), offset, "{text}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        let bounds = [
            ("%d", 1, 31),
            ("%m", 1, 12),
            ("%y", 0, 99),
            ("%C", 0, 99),
            ("%H", 0, 23),
            ("%I", 1, 12),
            ("%M", 0, 59),
            ("%S", 0, 60),
            ("%j", 1, 366),
            ("%w", 0, 6),
            ("%u", 1, 7),
            ("%U", 0, 99),
            ("%Y", 0, 9999),
            ("%G", 0, 9999),
        ];
        for (format, least, most) in bounds {
            // As a whole: of "32" a parser may take the 3.
            let whole = |number: i32| {
                let text = number.to_string();
                parsed(&text, format).is_some_and(|(used, ..)| used == text.len())
            };
            assert!(whole(least) && whole(most), "{format}");
            assert!(!whole(most + 1) && (least == 0 || !whole(least - 1)), "{format}");
        }
    }

    #[test]
    fn what_does_not_match_is_nothing() {
        for (text, format) in [
            ("2015", "%Y-"),
            ("13", "%m"),
            ("x", "%Y"),
            ("", "%d"),
            ("60", "%M"),
            ("Xyz", "%a"),
            ("1", "%Q"),
            ("1", "%"),
            ("99999999999999999999", "%s"),
            ("+1", "%z"),
        ] {
            assert!(parsed(text, format).is_none(), "{text} {format}");
        }
        assert_eq!(parsed("2015x", "%Y").map(|(used, ..)| used), Some(4), "the rest is left");
    }

    #[test]
    fn the_answer_is_an_address_and_the_guest_s_memory_is_checked() {
        let mut heap = vec![0; 256];
        heap[..5].copy_from_slice(b"12:34");
        heap[16..21].copy_from_slice(b"%H:%M");
        let mut mem = GuestMem::new(&mut heap);
        assert_eq!(read(&mut mem, GuestPtr::new(0), GuestPtr::new(16), 64), Ok(5));
        assert_eq!(Tm::read(&mem, 64).map(|tm| (tm.hour, tm.min)), Ok((12, 34)));
        assert_eq!(read(&mut mem, GuestPtr::new(16), GuestPtr::new(16), 64), Ok(0));
        assert!(read(&mut mem, GuestPtr::new(0), GuestPtr::new(16), 250).is_err());
    }
}
