//! Local time, with the rules of JavaScript's `Date`, which Emscripten's libc inherits.
//!
//! Offsets are told in whole minutes. Summer time is "the offset differs from January's or July's and is the more easterly
//! of the two", whatever the zone's own data call it. A local time that happens twice is the first one, one that is
//! skipped counts on with the offset before. Beyond the years that the zone library covers, the zone's rules go on in
//! cycles of 400 years. Unlike JavaScript, the years 0 to 99 are those and not 1900 to 1999.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::civil::{Tm, days_from_civil, year_of};

const DAY: i64 = 86_400;
/// Seconds of 400 years: the calendar and its weekdays repeat after them.
const CYCLE: i64 = 146_097 * DAY;
/// What the zone library is asked about: the years −7537 to 9999.
const FIRST: i64 = -300_000_000_000;
const LAST: i64 = 253_370_764_800;

/// What `tzset` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneNames {
    /// Standard time, in seconds west of UTC.
    pub seconds_west: i32,
    /// Whether January and July differ.
    pub has_summer: bool,
    /// Like `UTC+0100`; UTC itself is `UTC-0000`.
    pub standard: String,
    /// The name of summer time; that of standard time when there is none.
    pub summer: String,
}

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone with these rules.
    pub fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// Seconds east of UTC at a moment.
    fn offset(&self, secs: i64) -> i64 {
        let cycles = match secs {
            ..FIRST => (secs - FIRST).div_euclid(CYCLE),
            FIRST..=LAST => 0,
            _ => (secs - LAST).div_euclid(CYCLE) + 1,
        };
        match Timestamp::from_second(secs - cycles * CYCLE) {
            Ok(moment) => self.0.to_offset(moment).seconds().into(),
            Err(_) => 0,
        }
    }

    /// `Date.getTimezoneOffset`: whole minutes west of UTC.
    fn minutes_west(&self, secs: i64) -> i64 {
        -self.offset(secs) / 60
    }

    /// The moment of a local time, given as seconds since 1970-01-01 there.
    fn moment(&self, local: i64) -> i64 {
        let before = self.offset(local - DAY);
        let after = self.offset(local + DAY);
        let second = local - after;
        if self.offset(local - before) != before && self.offset(second) == after {
            return second;
        }
        local - before
    }

    /// Minutes west in January and in July of a year.
    fn seasons(&self, year: i64) -> (i64, i64) {
        let first_of = |month| self.minutes_west(self.moment(days_from_civil(year, month, 1) * DAY));
        (first_of(0), first_of(6))
    }

    /// What `tzset` tells in the year of the moment `now`.
    ///
    /// ```
    /// use jiff::tz::TimeZone;
    /// use pyrun_emscripten_shim::time::zone::Zone;
    /// let names = Zone::new(TimeZone::UTC).names_at(0);
    /// assert_eq!((names.standard.as_str(), names.seconds_west), ("UTC-0000", 0));
    /// ```
    pub fn names_at(&self, now: i64) -> ZoneNames {
        let (winter, summer) = self.seasons(year_of(now.saturating_add(self.offset(now))));
        let (standard, daylight) = match summer < winter {
            true => (winter, summer),
            false => (summer, winter),
        };
        ZoneNames {
            seconds_west: i32::try_from(standard * 60).unwrap_or(0),
            has_summer: winter != summer,
            standard: name(standard),
            summer: name(daylight),
        }
    }

    /// The fields of a moment and the seconds east of UTC; all zero when its year does not fit.
    pub fn localtime(&self, secs: i64) -> (Tm, i32) {
        let local = secs.saturating_add(self.offset(secs));
        let Some(mut tm) = Tm::from_unix(local) else {
            return (Tm::default(), 0);
        };
        let west = self.minutes_west(secs);
        let (winter, summer) = self.seasons(i64::from(tm.year) + 1900);
        tm.isdst = (summer != winter && west == winter.min(summer)).into();
        (tm, i32::try_from(-west * 60).unwrap_or(0))
    }

    /// The moment of a local time whose fields may have any size, and its normal form. `isdst` says which offset the
    /// fields mean when it is not negative. `None` when the year does not fit.
    pub fn mktime(&self, tm: &Tm) -> Option<(i64, Tm)> {
        let mut secs = self.moment(tm.to_unix());
        let guessed = self.minutes_west(secs);
        let (winter, summer) = self.seasons(year_of(secs + self.offset(secs)));
        let (standard, daylight) = (winter.max(summer), winter.min(summer));
        let mut isdst = tm.isdst;
        if isdst < 0 {
            isdst = (summer != winter && daylight == guessed).into();
        } else if (isdst > 0) != (daylight == guessed) {
            let meant = if isdst > 0 { daylight } else { standard };
            secs += (meant - guessed) * 60;
        }
        let mut normal = Tm::from_unix(secs + self.offset(secs))?;
        normal.isdst = isdst;
        Some((secs, normal))
    }
}

fn name(minutes_west: i64) -> String {
    let sign = if minutes_west >= 0 { '-' } else { '+' };
    let minutes = minutes_west.abs();
    format!("UTC{sign}{:02}{:02}", minutes / 60, minutes % 60)
}
