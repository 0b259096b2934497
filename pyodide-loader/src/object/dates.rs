//! The values of Python's `datetime` module: their fields, checked, and ISO 8601 text. No calendar arithmetic: feature
//! `jiff` converts to and from a library that has it.

use std::fmt;
use std::time::Duration;

const NANOS: u32 = 1_000_000_000;
const DAY: u32 = 86_400;

/// A `datetime.date`: years 1 to 9999, Gregorian.
///
/// ```
/// use pyrun_pyodide_loader::object::Date;
/// let date = Date::new(2024, 2, 29).unwrap();
/// assert_eq!((date.year(), date.month(), date.day()), (2024, 2, 29));
/// assert_eq!(date.to_string(), "2024-02-29");
/// assert_eq!(Date::new(2023, 2, 29), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A `datetime.time` without a time zone. Python has microseconds, some of its subclasses nanoseconds.
///
/// ```
/// use pyrun_pyodide_loader::object::Time;
/// let time = Time::new(23, 59, 1, 500_000).unwrap();
/// assert_eq!(time.to_string(), "23:59:01.5");
/// assert_eq!(Time::new(24, 0, 0, 0), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
}

/// The date and time of day of a `datetime.datetime`, without its offset from UTC.
///
/// ```
/// use pyrun_pyodide_loader::object::{Date, DateTime, Time};
/// let at = DateTime { date: Date::new(2024, 5, 6).unwrap(), time: Time::new(7, 8, 9, 0).unwrap() };
/// assert_eq!(at.to_string(), "2024-05-06T07:08:09");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// Which day.
    pub date: Date,
    /// When on that day.
    pub time: Time,
}

/// How far local time is ahead of UTC: less than a day, in seconds.
///
/// ```
/// use pyrun_pyodide_loader::object::UtcOffset;
/// assert_eq!(UtcOffset::from_seconds(-19_800).unwrap().to_string(), "-05:30");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcOffset(i32);

/// A `datetime.timedelta`, as Python keeps it: days of either sign, and seconds and microseconds that are never negative.
/// Python takes up to 999,999,999 days.
///
/// ```
/// use pyrun_pyodide_loader::object::TimeDelta;
/// let minus = TimeDelta::new(0, -1, 500_000);
/// assert_eq!((minus.days(), minus.seconds(), minus.microseconds()), (-1, 86_399, 500_000));
/// assert_eq!(minus.total_seconds(), -0.5);
/// assert_eq!(minus.to_string(), "-PT0.5S");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeDelta {
    days: i64,
    seconds: u32,
    nanoseconds: u32,
}

impl Date {
    /// A day; `None` when there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }
}

impl Time {
    /// A time of day; `None` when there is no such time.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8, microsecond: u32) -> Option<Self> {
        Self::with_nanosecond(hour, minute, second, microsecond.checked_mul(1000)?)
    }

    /// The same with nanoseconds; going to Python, what is finer than a microsecond is cut off.
    #[must_use]
    pub fn with_nanosecond(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Option<Self> {
        let is_one = hour < 24 && minute < 60 && second < 60 && nanosecond < NANOS;
        is_one.then_some(Self { hour, minute, second, nanosecond })
    }

    /// The hour.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// The minute.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// The second.
    #[must_use]
    pub fn second(self) -> u8 {
        self.second
    }

    /// Millionths of a second.
    #[must_use]
    pub fn microsecond(self) -> u32 {
        self.nanosecond / 1000
    }

    /// Billionths of a second, all of the fraction.
    #[must_use]
    pub fn nanosecond(self) -> u32 {
        self.nanosecond
    }
}

impl UtcOffset {
    /// An offset; `None` when it is a day or more.
    #[must_use]
    pub fn from_seconds(seconds: i32) -> Option<Self> {
        (seconds.unsigned_abs() < DAY).then_some(Self(seconds))
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> i32 {
        self.0
    }
}

impl TimeDelta {
    /// The sum of these, each of either sign and any size. What is beyond the range of `days` becomes its end.
    #[must_use]
    pub fn new(days: i64, seconds: i64, microseconds: i64) -> Self {
        Self::from_parts(days, seconds, i128::from(microseconds) * 1000)
    }

    /// As [`TimeDelta::new`], with nanoseconds; going to Python, what is finer than a microsecond is cut off.
    #[must_use]
    pub fn with_nanoseconds(days: i64, seconds: i64, nanoseconds: i64) -> Self {
        Self::from_parts(days, seconds, nanoseconds.into())
    }

    fn from_parts(days: i64, seconds: i64, nanos: i128) -> Self {
        let seconds = i128::from(seconds) + nanos.div_euclid(NANOS.into());
        let days = i128::from(days) + seconds.div_euclid(DAY.into());
        let end = if days < 0 { i64::MIN } else { i64::MAX };
        Self {
            days: i64::try_from(days).unwrap_or(end),
            seconds: seconds.rem_euclid(DAY.into()) as u32,
            nanoseconds: nanos.rem_euclid(NANOS.into()) as u32,
        }
    }

    /// Whole days.
    #[must_use]
    pub fn days(self) -> i64 {
        self.days
    }

    /// Seconds besides, from 0 to 86,399.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// Microseconds besides, from 0 to 999,999.
    #[must_use]
    pub fn microseconds(self) -> u32 {
        self.nanoseconds / 1000
    }

    /// Nanoseconds besides, from 0 to 999,999,999: all of the fraction of a second.
    #[must_use]
    pub fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// All of it in nanoseconds.
    #[must_use]
    pub fn total_nanoseconds(self) -> i128 {
        let seconds = i128::from(self.days) * i128::from(DAY) + i128::from(self.seconds);
        seconds * i128::from(NANOS) + i128::from(self.nanoseconds)
    }

    /// All of it in seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "as Python's own total_seconds() rounds")]
    pub fn total_seconds(self) -> f64 {
        self.total_nanoseconds() as f64 / f64::from(NANOS)
    }
}

impl From<Duration> for TimeDelta {
    fn from(duration: Duration) -> Self {
        let (days, seconds) = (duration.as_secs() / u64::from(DAY), duration.as_secs() % u64::from(DAY));
        // The quotient of a u64 by 86,400 fits; so does what is left.
        Self::with_nanoseconds(days.cast_signed(), seconds.cast_signed(), duration.subsec_nanos().into())
    }
}

impl TryFrom<TimeDelta> for Duration {
    type Error = super::OutOfRange;

    /// Fails when it is negative.
    fn try_from(delta: TimeDelta) -> Result<Self, super::OutOfRange> {
        let days = u64::try_from(delta.days).ok().and_then(|days| days.checked_mul(DAY.into()));
        let seconds = days.and_then(|days| days.checked_add(delta.seconds.into())).ok_or(super::OutOfRange)?;
        Ok(Self::new(seconds, delta.nanoseconds))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        fraction(f, self.nanosecond)
    }
}

/// A fraction of a second, without zeros at its end.
fn fraction(f: &mut fmt::Formatter<'_>, nanosecond: u32) -> fmt::Result {
    match nanosecond {
        0 => Ok(()),
        _ => write!(f, ".{}", format!("{nanosecond:09}").trim_end_matches('0')),
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}

impl fmt::Display for UtcOffset {
    /// As Python's `isoformat` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, seconds) = (if self.0 < 0 { '-' } else { '+' }, self.0.unsigned_abs());
        write!(f, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if seconds % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
    }
}

impl fmt::Display for TimeDelta {
    /// An ISO 8601 duration in hours, minutes and seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total_nanoseconds();
        let (magnitude, nanos) = (total.unsigned_abs(), u128::from(NANOS));
        let (seconds, rest) = (magnitude / nanos, magnitude % nanos);
        f.write_str(if total < 0 { "-PT" } else { "PT" })?;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        if seconds > 0 || rest > 0 || minutes == 0 && hours == 0 {
            write!(f, "{seconds}")?;
            fraction(f, rest as u32)?;
            f.write_str("S")?;
        }
        Ok(())
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    //! To and from the types of `jiff`.

    use jiff::SignedDuration;
    use jiff::civil;
    use jiff::tz::Offset;

    use super::super::OutOfRange;
    use super::{Date, DateTime, Time, TimeDelta, UtcOffset};

    impl From<Date> for civil::Date {
        fn from(date: Date) -> Self {
            // Each day of Python's is one of jiff's.
            civil::Date::new(date.year.cast_signed(), date.month.cast_signed(), date.day.cast_signed())
                .unwrap_or(civil::Date::MIN)
        }
    }

    impl TryFrom<civil::Date> for Date {
        type Error = OutOfRange;

        fn try_from(date: civil::Date) -> Result<Self, OutOfRange> {
            let year = u16::try_from(date.year()).map_err(|_| OutOfRange)?;
            Self::new(year, date.month().cast_unsigned(), date.day().cast_unsigned()).ok_or(OutOfRange)
        }
    }

    impl From<Time> for civil::Time {
        fn from(time: Time) -> Self {
            let nanos = time.nanosecond.cast_signed();
            civil::Time::new(time.hour.cast_signed(), time.minute.cast_signed(), time.second.cast_signed(), nanos)
                .unwrap_or(civil::Time::MIN)
        }
    }

    impl From<civil::Time> for Time {
        fn from(time: civil::Time) -> Self {
            Self {
                hour: time.hour().cast_unsigned(),
                minute: time.minute().cast_unsigned(),
                second: time.second().cast_unsigned(),
                nanosecond: time.subsec_nanosecond().cast_unsigned(),
            }
        }
    }

    impl From<DateTime> for civil::DateTime {
        fn from(at: DateTime) -> Self {
            civil::DateTime::from_parts(at.date.into(), at.time.into())
        }
    }

    impl TryFrom<civil::DateTime> for DateTime {
        type Error = OutOfRange;

        fn try_from(at: civil::DateTime) -> Result<Self, OutOfRange> {
            Ok(Self { date: at.date().try_into()?, time: at.time().into() })
        }
    }

    impl From<UtcOffset> for Offset {
        fn from(offset: UtcOffset) -> Self {
            Offset::from_seconds(offset.0).unwrap_or(Offset::UTC)
        }
    }

    impl TryFrom<Offset> for UtcOffset {
        type Error = OutOfRange;

        fn try_from(offset: Offset) -> Result<Self, OutOfRange> {
            Self::from_seconds(offset.seconds()).ok_or(OutOfRange)
        }
    }

    impl From<SignedDuration> for TimeDelta {
        fn from(span: SignedDuration) -> Self {
            Self::with_nanoseconds(0, span.as_secs(), span.subsec_nanos().into())
        }
    }

    impl From<TimeDelta> for SignedDuration {
        fn from(delta: TimeDelta) -> Self {
            let seconds = delta.days.saturating_mul(i64::from(super::DAY)).saturating_add(delta.seconds.into());
            SignedDuration::new(seconds, delta.nanoseconds.cast_signed())
        }
    }
}

#[cfg(test)]
mod tests;
