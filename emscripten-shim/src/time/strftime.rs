//! `strftime`, which releases before 0.28 leave to the host.
//!
//! Replaces `strftime` of `libstrftime.js`, in the C locale. It differs from that where that is no `strftime`: the hours of
//! `%I`, `%%` before a letter, years below 1000, and `%z` with minutes are as C has them.

use super::civil::Tm;
use crate::guest::caller::Caller;
use crate::guest::mem::{CStr, Fault, GuestMem, GuestPtr};
use crate::guest::trap::Trap;

crate::imports! {
    /// Times as text.
    pub static STRFTIME: "strftime" in "env" for UNTIL_V3 as call {
        Full(Nothing, Time) "strftime" => strftime(out: u32, size: u32, format: GuestPtr<CStr>, tm: u32) -> u32;
        Full(Nothing, Time) "strftime_l" => strftime_l(out: u32, size: u32, format: GuestPtr<CStr>, tm: u32, locale: u32) -> u32;
    }
}

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Limit: bytes of the text that one call makes. `size` is the guest's, and no format needs more.
const MAX_TEXT: usize = 1 << 20;

/// Writes the text and its NUL, and gives its length; 0 when it does not fit.
fn strftime(caller: &mut Caller<'_>, out: u32, size: u32, format: GuestPtr<CStr>, tm: u32) -> Result<u32, Trap> {
    Ok(caller.with_mem(|mem| write(mem, out, size, format, tm))??)
}

pub(crate) fn write(
    mem: &mut GuestMem<'_>,
    out: u32,
    size: u32,
    format: GuestPtr<CStr>,
    tm: u32,
) -> Result<u32, Fault> {
    let text = Moment::read(mem, tm)?.format(mem.c_str(format)?);
    // One more for the NUL.
    if text.len() >= size as usize || text.len() >= MAX_TEXT {
        return Ok(0);
    }
    mem.bytes(out, text.len() + 1)?;
    mem.write_bytes(out, &text)?;
    let len = text.len() as u32;
    mem.write(GuestPtr::<u8>::new(out.wrapping_add(len)), 0)?;
    Ok(len)
}

/// The C locale is the only one.
fn strftime_l(
    caller: &mut Caller<'_>,
    out: u32,
    size: u32,
    format: GuestPtr<CStr>,
    tm: u32,
    _locale: u32,
) -> Result<u32, Trap> {
    strftime(caller, out, size, format, tm)
}

/// A broken-down time with its zone.
struct Moment {
    tm: Tm,
    seconds_east: i32,
    zone: Vec<u8>,
}

impl Moment {
    fn read(mem: &GuestMem<'_>, at: u32) -> Result<Self, Fault> {
        let tm = Tm::read(mem, at)?;
        let seconds_east = mem.read(GuestPtr::<i32>::new(at.wrapping_add(super::civil::TM_GMTOFF)))?;
        let zone = mem.read(GuestPtr::<u32>::new(at.wrapping_add(super::civil::TM_ZONE)))?;
        let zone = if zone == 0 { Vec::new() } else { mem.c_str(GuestPtr::new(zone))?.to_vec() };
        Ok(Self { tm, seconds_east, zone })
    }

    fn format(&self, format: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut rest = format;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            if text.len() > MAX_TEXT {
                break;
            }
            if byte != b'%' {
                text.push(byte);
                continue;
            }
            // `E` and `O` ask for another calendar and other digits, which the C locale does not have.
            let modified = matches!(rest.first(), Some(b'E' | b'O'));
            let directive = rest.get(usize::from(modified)).copied();
            match directive.filter(|directive| self.directive(*directive, &mut text)) {
                Some(_) => rest = rest.get(1 + usize::from(modified)..).unwrap_or_default(),
                // What is no directive stays as it is.
                None => text.push(byte),
            }
        }
        text
    }

    /// Appends what a directive stands for; false for an unknown directive.
    fn directive(&self, directive: u8, text: &mut Vec<u8>) -> bool {
        let tm = &self.tm;
        let year = i64::from(tm.year) + 1900;
        // The fields are the guest's, so they may have any value: sums of them are of 64 bits.
        let (yday, wday) = (i64::from(tm.yday), i64::from(tm.wday));
        let name = |names: &[&'static str], index: i32| {
            usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("?")
        };
        let short = |name: &'static str| name.get(..3).unwrap_or(name).to_owned();
        let expanded = |format: &str| String::from_utf8_lossy(&self.format(format.as_bytes())).into_owned();
        let piece = match directive {
            b'a' => short(name(&WEEKDAYS, tm.wday)),
            b'A' => name(&WEEKDAYS, tm.wday).to_owned(),
            b'b' | b'h' => short(name(&MONTHS, tm.mon)),
            b'B' => name(&MONTHS, tm.mon).to_owned(),
            b'c' => expanded("%a %b %e %H:%M:%S %Y"),
            b'C' => format!("{:02}", year.div_euclid(100)),
            b'd' => format!("{:02}", tm.mday),
            b'D' | b'x' => expanded("%m/%d/%y"),
            b'e' => format!("{:2}", tm.mday),
            b'F' => expanded("%Y-%m-%d"),
            b'g' => format!("{:02}", self.iso_week().0.rem_euclid(100)),
            b'G' => self.iso_week().0.to_string(),
            b'H' => format!("{:02}", tm.hour),
            b'I' => format!("{:02}", if tm.hour % 12 == 0 { 12 } else { tm.hour % 12 }),
            b'j' => format!("{:03}", yday + 1),
            b'm' => format!("{:02}", i64::from(tm.mon) + 1),
            b'M' => format!("{:02}", tm.min),
            b'n' => "\n".to_owned(),
            b'p' => if (0..12).contains(&tm.hour) { "AM" } else { "PM" }.to_owned(),
            b'r' => expanded("%I:%M:%S %p"),
            b'R' => expanded("%H:%M"),
            b'S' => format!("{:02}", tm.sec),
            b't' => "\t".to_owned(),
            b'T' | b'X' => expanded("%H:%M:%S"),
            b'u' => if tm.wday == 0 { 7 } else { tm.wday }.to_string(),
            b'U' => format!("{:02}", (yday + 7 - wday) / 7),
            b'V' => format!("{:02}", self.iso_week().1),
            b'w' => tm.wday.to_string(),
            b'W' => format!("{:02}", (yday + 7 - (wday + 6).rem_euclid(7)) / 7),
            b'y' => format!("{:02}", year.rem_euclid(100)),
            b'Y' => year.to_string(),
            b'z' => {
                let minutes = self.seconds_east.unsigned_abs() / 60;
                let sign = if self.seconds_east < 0 { '-' } else { '+' };
                format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
            }
            b'Z' => String::from_utf8_lossy(&self.zone).into_owned(),
            b'%' => "%".to_owned(),
            _ => return false,
        };
        text.extend_from_slice(piece.as_bytes());
        true
    }

    /// The year and the week by ISO 8601: weeks begin on Mondays, and the first one of a year has its 4 January.
    fn iso_week(&self) -> (i64, i64) {
        let year = i64::from(self.tm.year) + 1900;
        let days_in = |year: i64| if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 };
        let monday_based = (i64::from(self.tm.wday) + 6).rem_euclid(7);
        let yday = i64::from(self.tm.yday);
        // The Thursday of the same week says which year it belongs to.
        let thursday = yday - monday_based + 3;
        if thursday < 0 {
            return (year - 1, (thursday + days_in(year - 1)) / 7 + 1);
        }
        match days_in(year) {
            days if thursday >= days => (year + 1, (thursday - days) / 7 + 1),
            _ => (year, thursday / 7 + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(moment: (i32, i32, i32, i32, i32, i32, i32, i32), format: &str) -> String {
        let (year, mon, mday, hour, min, sec, wday, yday) = moment;
        let tm = Tm { sec, min, hour, mday, mon: mon - 1, year: year - 1900, wday, yday, isdst: 0 };
        let moment = Moment { tm, seconds_east: -12_600, zone: b"XYZ".to_vec() };
        String::from_utf8(moment.format(format.as_bytes())).unwrap()
    }

    /// Friday, the 1st of January 2021, 13:05:09.
    const FRIDAY: (i32, i32, i32, i32, i32, i32, i32, i32) = (2021, 1, 1, 13, 5, 9, 5, 0);

    #[test]
    fn every_directive_as_c_has_it() {
        for (directives, expected) in [
            ("%a %A %b %B %h", "Fri Friday Jan January Jan"),
            ("%c|%x|%X", "Fri Jan  1 13:05:09 2021|01/01/21|13:05:09"),
            ("%C %d %D [%e] %F", "20 01 01/01/21 [ 1] 2021-01-01"),
            ("%G %g %V %u %w %U %W", "2020 20 53 5 5 00 00"),
            ("%H %I %j %m %M %p %r %R", "13 01 001 01 05 PM 01:05:09 PM 13:05"),
            ("%S %T %y %Y %z %Z %n%t%%", "09 13:05:09 21 2021 -0330 XYZ \n\t%"),
            ("%Ey %Od %EY", "21 01 2021"),
            ("%%c %Q %", "%c %Q %"),
        ] {
            assert_eq!(format(FRIDAY, directives), expected, "{directives}");
        }
        assert_eq!(format((2021, 1, 1, 0, 0, 0, 5, 0), "%I %p"), "12 AM");
        assert_eq!(format((2021, 1, 1, 12, 0, 0, 5, 0), "%I %p"), "12 PM");
    }

    #[test]
    fn weeks_at_the_ends_of_years() {
        for (moment, expected) in [
            ((2018, 12, 31, 0, 0, 0, 1, 364), "2019-W01-1"),
            ((2020, 12, 31, 0, 0, 0, 4, 365), "2020-W53-4"),
            ((2022, 1, 2, 0, 0, 0, 0, 1), "2021-W52-7"),
            ((2024, 2, 29, 0, 0, 0, 4, 59), "2024-W09-4"),
            // The week before the first one is the last of a year of 52 or of 53 weeks.
            ((2023, 1, 1, 0, 0, 0, 0, 0), "2022-W52-7"),
            ((2021, 1, 3, 0, 0, 0, 0, 2), "2020-W53-7"),
            ((2024, 12, 30, 0, 0, 0, 1, 364), "2025-W01-1"),
            ((2000, 12, 31, 0, 0, 0, 0, 365), "2000-W52-7"),
            ((1900, 12, 31, 0, 0, 0, 1, 364), "1901-W01-1"),
            ((2100, 12, 31, 0, 0, 0, 5, 364), "2100-W52-5"),
        ] {
            assert_eq!(format(moment, "%G-W%V-%u"), expected);
        }
    }

    /// Writes `format` of the [`Tm`] at 0x100 with so much room, to memory full of `0xff`; gives the length.
    fn write_into(size: u32, format: &[u8]) -> (u32, Vec<u8>) {
        let mut heap = vec![0xff; 1 << 12];
        let mut mem = GuestMem::new(&mut heap);
        mem.bytes_mut(0x100, 64).unwrap().fill(0);
        mem.write_c_str(0x200, 512, format).unwrap();
        let len = write(&mut mem, 0x800, size, GuestPtr::new(0x200), 0x100).unwrap();
        (len, mem.bytes(0x800, 16).unwrap().to_vec())
    }

    #[test]
    fn the_text_and_its_nul_fit_or_nothing_is_written() {
        assert_eq!(write_into(16, b"abc"), (3, b"abc\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()));
        assert_eq!(write_into(4, b"abc").0, 3);
        assert_eq!(write_into(3, b"abc"), (0, vec![0xff; 16]));
        assert_eq!(write_into(0, b""), (0, vec![0xff; 16]));
        assert_eq!(write_into(1, b"").0, 0);
        assert_eq!(write_into(1, b"").1[0], 0);
        let mut heap = vec![0; 1 << 12];
        let mut mem = GuestMem::new(&mut heap);
        mem.write_c_str(0x200, 16, b"abc").unwrap();
        assert!(write(&mut mem, (1 << 12) - 3, 16, GuestPtr::new(0x200), 0x100).is_err());
        assert_eq!(mem.bytes((1 << 12) - 3, 3).unwrap(), [0; 3], "nothing is written of what does not fit");
        // The longest text of all is longer than any is made.
        let mut heap = vec![b'x'; 3 << 20];
        let mut mem = GuestMem::new(&mut heap);
        mem.bytes_mut(0x100, 64).unwrap().fill(0);
        mem.write((GuestPtr::<u8>::new(0x200)).at((1 << 20) - 1), 0).unwrap();
        assert_eq!(write(&mut mem, 2 << 20, 1 << 20, GuestPtr::new(0x200), 0x100), Ok((1 << 20) - 1));
    }

    #[test]
    fn fields_of_any_size_have_some_text() {
        for value in [i32::MIN, -1, 0, 7, 366, i32::MAX] {
            let tm = Tm {
                sec: value,
                min: value,
                hour: value,
                mday: value,
                mon: value,
                year: value,
                wday: value,
                yday: value,
                isdst: value,
            };
            let moment = Moment { tm, seconds_east: value, zone: Vec::new() };
            for directive in b' '..=b'~' {
                assert!(!moment.format(&[b'%', directive, b'.']).is_empty());
            }
        }
        let moment = Moment {
            tm: Tm { yday: i32::MAX, wday: i32::MIN, mon: i32::MAX, ..Tm::default() },
            seconds_east: 0,
            zone: Vec::new(),
        };
        assert_eq!(moment.format(b"%j %m"), b"2147483648 2147483648");
    }

    #[test]
    fn weeks_are_those_of_the_calendar() {
        let mut date = jiff::civil::date(1890, 12, 20);
        while date.year() < 2110 {
            let days = (date.year(), date.month(), date.day());
            let weekday = i32::from(date.weekday().to_sunday_zero_offset());
            let moment =
                (days.0.into(), days.1.into(), days.2.into(), 0, 0, 0, weekday, i32::from(date.day_of_year()) - 1);
            let iso = date.iso_week_date();
            assert_eq!(format(moment, "%G %V"), format!("{} {:02}", iso.year(), iso.week()), "{date}");
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn offsets_and_names_of_zones() {
        for (seconds_east, expected) in
            [(0, "+0000"), (59, "+0000"), (3600, "+0100"), (-3600, "-0100"), (19_800, "+0530"), (-60, "-0001")]
        {
            let moment = Moment { tm: Tm::default(), seconds_east, zone: Vec::new() };
            assert_eq!(moment.format(b"%z"), expected.as_bytes());
        }
        let mut heap = vec![0; 1 << 12];
        let mut mem = GuestMem::new(&mut heap);
        mem.write_c_str(0x200, 16, b"<%Z>").unwrap();
        mem.write_c_str(0x300, 16, b"CET").unwrap();
        for (zone, expected) in [(0, &b"<>\0"[..]), (0x300, b"<CET>\0")] {
            mem.write(GuestPtr::<u32>::new(0x100 + crate::time::civil::TM_ZONE), zone).unwrap();
            let len = write(&mut mem, 0x800, 64, GuestPtr::new(0x200), 0x100).unwrap();
            assert_eq!(mem.bytes(0x800, len as usize + 1).unwrap(), expected);
        }
    }

    #[test]
    fn texts_end_soon_after_the_longest_that_is_written() {
        let moment = Moment { tm: Tm { wday: 5, ..Tm::default() }, seconds_east: 0, zone: Vec::new() };
        assert_eq!(moment.format(&vec![b'x'; MAX_TEXT + 9]).len(), MAX_TEXT + 1);
        let long = moment.format(&b"%A".repeat(MAX_TEXT / 3)).len();
        assert!((MAX_TEXT + 1..MAX_TEXT + 7).contains(&long), "{long}");
    }
}
