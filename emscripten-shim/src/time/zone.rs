//! Local time, with the rules of JavaScript's `Date`, which Emscripten's libc inherits.
//!
//! Offsets are told in whole minutes. Summer time is "the offset differs from January's or July's and is the more easterly
//! of the two", whatever the zone's own data call it. A local time that happens twice is the first one, one that is
//! skipped counts on with the offset before. Beyond the years that the zone library covers, the zone's rules go on in
//! cycles of 400 years. Unlike JavaScript, the years 0 to 99 are those and not 1900 to 1999.

use super::civil::{Tm, days_from_civil, year_of};
use crate::host::zone::LocalZone;

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
    /// Like `CET`; `UTC` where nothing else is said.
    pub standard: String,
    /// The name of summer time; that of standard time in a zone without summer time.
    pub summer: String,
}

/// A time zone: the host's rules, and JavaScript's way of telling them.
#[derive(Clone, Copy)]
pub struct Zone<'a>(&'a dyn LocalZone);

impl std::fmt::Debug for Zone<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Zone").field(&self.0.abbreviation(0)).finish()
    }
}

impl<'a> Zone<'a> {
    /// The zone with these rules.
    pub fn new(zone: &'a dyn LocalZone) -> Self {
        Self(zone)
    }

    /// Seconds east of UTC at a moment.
    fn offset(&self, secs: i64) -> i64 {
        let cycles = match secs {
            ..FIRST => (secs - FIRST).div_euclid(CYCLE),
            FIRST..=LAST => 0,
            _ => (secs - LAST).div_euclid(CYCLE) + 1,
        };
        self.0.seconds_east(secs - cycles * CYCLE).into()
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

    /// What `tzset` tells in the year of the moment `now`, with the names that the zone's own rules give, such as `CET` and `CEST`. (A
    /// browser would say `UTC+0100`, as JavaScript does not tell them.)
    ///
    /// ```
    /// use pyrun_emscripten_shim::host::zone::LocalZone;
    /// use pyrun_emscripten_shim::time::zone::Zone;
    ///
    /// struct Utc;
    /// impl LocalZone for Utc {
    ///     fn seconds_east(&self, _moment: i64) -> i32 {
    ///         0
    ///     }
    ///     fn abbreviation(&self, _moment: i64) -> String {
    ///         "UTC".to_owned()
    ///     }
    ///     fn set_zone(&mut self, _text: &str) {}
    /// }
    /// let names = Zone::new(&Utc).names_at(0);
    /// assert_eq!((names.standard.as_str(), names.seconds_west), ("UTC", 0));
    /// ```
    pub fn names_at(&self, now: i64) -> ZoneNames {
        let year = year_of(now.saturating_add(self.offset(now)));
        let (winter, summer) = self.seasons(year);
        let first_of = |month| self.abbreviation(self.moment(days_from_civil(year, month, 1) * DAY));
        let (standard, daylight) = match summer < winter {
            true => (first_of(0), first_of(6)),
            false => (first_of(6), first_of(0)),
        };
        ZoneNames {
            seconds_west: i32::try_from(winter.max(summer) * 60).unwrap_or(0),
            has_summer: winter != summer,
            standard,
            summer: daylight,
        }
    }

    fn abbreviation(&self, secs: i64) -> String {
        self.0.abbreviation(secs.clamp(FIRST, LAST))
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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::tz::TimeZone;

    use super::Zone;
    use crate::time::civil::Tm;

    /// Fields in the order year, month, day, hour, minute, second, week day, day of the year, `isdst`.
    type Fields = [i32; 9];

    static BERLIN: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());

    fn berlin() -> Zone<'static> {
        Zone::new(&*BERLIN)
    }

    fn fields(tm: &Tm) -> Fields {
        [tm.year, tm.mon, tm.mday, tm.hour, tm.min, tm.sec, tm.wday, tm.yday, tm.isdst]
    }

    fn local([year, mon, mday, hour, min, sec, isdst]: [i32; 7]) -> Tm {
        Tm { year, mon, mday, hour, min, sec, isdst, ..Tm::default() }
    }

    /// Recorded from Node 20 with `TZ=Europe/Berlin` and the glue's own `_mktime_js`.
    const MKTIME: &[([i32; 7], i64, Fields)] = &[
        ([125, 0, 15, 12, 0, 0, -1], 1_736_938_800, [125, 0, 15, 12, 0, 0, 3, 14, 0]),
        ([125, 6, 15, 12, 0, 0, -1], 1_752_573_600, [125, 6, 15, 12, 0, 0, 2, 195, 1]),
        // isdst contradicts the season.
        ([125, 6, 15, 12, 0, 0, 0], 1_752_577_200, [125, 6, 15, 13, 0, 0, 2, 195, 0]),
        ([125, 0, 15, 12, 0, 0, 1], 1_736_935_200, [125, 0, 15, 11, 0, 0, 3, 14, 1]),
        // A time that is skipped.
        ([125, 2, 30, 2, 30, 0, -1], 1_743_298_200, [125, 2, 30, 3, 30, 0, 0, 88, 1]),
        ([125, 2, 30, 2, 30, 0, 0], 1_743_301_800, [125, 2, 30, 4, 30, 0, 0, 88, 0]),
        ([125, 2, 30, 2, 30, 0, 1], 1_743_298_200, [125, 2, 30, 3, 30, 0, 0, 88, 1]),
        // A time that comes twice.
        ([125, 9, 26, 2, 30, 0, -1], 1_761_438_600, [125, 9, 26, 2, 30, 0, 0, 298, 1]),
        ([125, 9, 26, 2, 30, 0, 0], 1_761_442_200, [125, 9, 26, 2, 30, 0, 0, 298, 0]),
        ([125, 9, 26, 2, 30, 0, 1], 1_761_438_600, [125, 9, 26, 2, 30, 0, 0, 298, 1]),
        // Fields out of range.
        ([125, 14, 32, 25, 61, 61, -1], 1_775_088_121, [126, 3, 2, 2, 2, 1, 4, 91, 1]),
        ([124, -3, 0, -1, -1, -1, -1], 1_696_021_139, [123, 8, 29, 22, 58, 59, 5, 271, 1]),
        ([200, 1, 29, 0, 0, 0, -1], 4_107_538_800, [200, 2, 1, 0, 0, 0, 1, 59, 0]),
        ([2000, 6, 1, 0, 0, 0, -1], 60_920_546_400, [2000, 6, 1, 0, 0, 0, 0, 181, 1]),
        ([125, 0, 1, 0, 0, 0, -1], 1_735_686_000, [125, 0, 1, 0, 0, 0, 3, 0, 0]),
    ];

    /// Recorded likewise from `_localtime_js`: the moment, its fields, seconds east.
    const LOCALTIME: &[(i64, Fields, i32)] = &[
        (1_735_689_600, [125, 0, 1, 1, 0, 0, 3, 0, 0], 3600),
        (1_743_296_399, [125, 2, 30, 1, 59, 59, 0, 88, 0], 3600),
        (1_743_296_400, [125, 2, 30, 3, 0, 0, 0, 88, 1], 7200),
        (1_761_440_399, [125, 9, 26, 2, 59, 59, 0, 298, 1], 7200),
        (1_761_440_400, [125, 9, 26, 2, 0, 0, 0, 298, 0], 3600),
        (1_761_444_000, [125, 9, 26, 3, 0, 0, 0, 298, 0], 3600),
        (4_102_444_800, [200, 0, 1, 1, 0, 0, 5, 0, 0], 3600),
        (253_402_300_799, [8100, 0, 1, 0, 59, 59, 6, 0, 0], 3600),
    ];

    #[test]
    fn mktime_is_that_of_node() {
        for (given, secs, normal) in MKTIME {
            let (ours, tm) = berlin().mktime(&local(*given)).unwrap();
            assert_eq!((ours, fields(&tm)), (*secs, *normal), "{given:?}");
        }
    }

    #[test]
    fn localtime_is_that_of_node() {
        for (secs, expected, east) in LOCALTIME {
            let (tm, ours) = berlin().localtime(*secs);
            assert_eq!((fields(&tm), ours), (*expected, *east), "{secs}");
        }
    }

    #[test]
    fn names_tell_both_seasons() {
        let names = berlin().names_at(1_750_000_000);
        assert_eq!((names.standard.as_str(), names.summer.as_str()), ("CET", "CEST"));
        assert_eq!((names.seconds_west, names.has_summer), (-3600, true));
        let newfoundland = TimeZone::posix("NST3:30NDT,M3.2.0,M11.1.0").unwrap();
        let names = Zone::new(&newfoundland).names_at(1_750_000_000);
        assert_eq!((names.standard.as_str(), names.summer.as_str()), ("NST", "NDT"));
        assert_eq!(names.seconds_west, 12_600);
    }

    #[test]
    fn the_rules_go_on_beyond_what_the_library_covers() {
        let zone = berlin();
        let july = local([98_100, 6, 1, 12, 0, 0, -1]);
        let (secs, normal) = zone.mktime(&july).unwrap();
        assert_eq!((normal.hour, normal.isdst), (12, 1));
        assert_eq!(zone.localtime(secs).1, 7200);
        let (secs, normal) = zone.mktime(&local([-40_000, 0, 1, 0, 0, 0, 0])).unwrap();
        assert_eq!(zone.localtime(secs).0.year, normal.year);
        assert_eq!(zone.mktime(&local([i32::MAX, 12, 1, 0, 0, 0, 0])), None);
        assert_eq!(zone.localtime(i64::MAX), (Tm::default(), 0));
        assert_eq!(zone.localtime(i64::MIN), (Tm::default(), 0));
    }

    #[test]
    fn a_day_on_which_the_offset_changes_goes_on_with_the_new_one() {
        for (given, secs, isdst) in [
            ([125, 2, 30, 12, 0, 0, -1], 1_743_328_800, 1),
            ([125, 9, 26, 12, 0, 0, -1], 1_761_476_400, 0),
            ([125, 2, 29, 12, 0, 0, -1], 1_743_246_000, 0),
            ([125, 9, 25, 12, 0, 0, -1], 1_761_386_400, 1),
        ] {
            let (ours, tm) = berlin().mktime(&local(given)).unwrap();
            assert_eq!((ours, tm.isdst, tm.hour), (secs, isdst, 12), "{given:?}");
        }
    }

    /// Two hours east until the year 2000, and since then one in winter: the years differ.
    struct Since2000;

    impl super::LocalZone for Since2000 {
        fn seconds_east(&self, moment: i64) -> i32 {
            let winter = Tm::from_unix(moment).is_some_and(|tm| !(3..9).contains(&tm.mon));
            if moment >= 946_684_800 && winter { 3600 } else { 7200 }
        }

        fn abbreviation(&self, moment: i64) -> String {
            if self.seconds_east(moment) == 7200 { "EAST" } else { "WEST" }.to_owned()
        }

        fn set_zone(&mut self, _text: &str) {}
    }

    #[test]
    fn each_year_has_its_own_seasons() {
        let zone = Zone::new(&Since2000);
        // The first days of January and July in 1990, 2001 and 1600.
        for (secs, east, isdst) in [
            (631_152_000, 7200, 0),
            (646_790_400, 7200, 0),
            (978_307_200, 3600, 0),
            (993_945_600, 7200, 1),
            (-11_676_096_000, 7200, 0),
        ] {
            let (tm, ours) = zone.localtime(secs);
            assert_eq!((ours, tm.isdst), (east, isdst), "{secs}");
        }
        let names = zone.names_at(646_790_400);
        assert_eq!((names.standard.as_str(), names.summer.as_str(), names.has_summer), ("EAST", "EAST", false));
        let names = zone.names_at(993_945_600);
        assert_eq!((names.standard.as_str(), names.summer.as_str(), names.has_summer), ("WEST", "EAST", true));
    }
}
