//! `struct tm` and proleptic Gregorian arithmetic over all of `i64`'s seconds.

use crate::guest::mem::{Fault, GuestMem, GuestPtr};

/// Offset of `tm_gmtoff`.
pub(crate) const TM_GMTOFF: u32 = 36;
/// Offset of `tm_zone`.
pub(crate) const TM_ZONE: u32 = 40;
/// Bytes up to the end of `tm_gmtoff`.
pub(crate) const TM_WITH_OFFSET: usize = 40;
const TM_WDAY: u32 = 24;
const DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;
/// Days of the 400 years after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;

/// The calendar fields of `struct tm`, with its conventions: months from 0, years from 1900.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tm {
    /// Seconds.
    pub sec: i32,
    /// Minutes.
    pub min: i32,
    /// Hours.
    pub hour: i32,
    /// Day of the month, from 1.
    pub mday: i32,
    /// Month, from 0.
    pub mon: i32,
    /// Years since 1900.
    pub year: i32,
    /// Day of the week, Sunday is 0.
    pub wday: i32,
    /// Day of the year, from 0.
    pub yday: i32,
    /// Summer time: positive yes, 0 no, negative unknown.
    pub isdst: i32,
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar. `month` from 0 may be any number.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12);
    // Years from March to February, so that the leap day comes last.
    let (year, month) = match month {
        0 | 1 => (year - 1, month + 10),
        _ => (year, month - 2),
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5;
    era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year + day - 1 - EPOCH_SHIFT
}

/// Year, month from 0, and day of the month of a day counted from 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH_SHIFT;
    let era = days.div_euclid(ERA_DAYS);
    let of_era = days.rem_euclid(ERA_DAYS);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + era * 400;
    match month {
        10 | 11 => (year + 1, month - 10, day),
        _ => (year, month + 2, day),
    }
}

/// The year that a moment (seconds since the epoch, without zone) lies in.
pub(crate) fn year_of(secs: i64) -> i64 {
    civil_from_days(secs.div_euclid(DAY)).0
}

impl Tm {
    /// The fields of a moment in UTC; `None` when its year does not fit `tm_year`.
    ///
    /// ```
    /// use pyrun_emscripten_shim::time::civil::Tm;
    /// let leap_day = Tm::from_unix(951_782_400).unwrap();
    /// assert_eq!((leap_day.year, leap_day.mon, leap_day.mday), (100, 1, 29));
    /// assert_eq!((leap_day.wday, leap_day.yday), (2, 59));
    /// ```
    pub fn from_unix(secs: i64) -> Option<Self> {
        let days = secs.div_euclid(DAY);
        let of_day = secs.rem_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        let small = |value: i64| i32::try_from(value).ok();
        Some(Self {
            sec: small(of_day % 60)?,
            min: small(of_day / 60 % 60)?,
            hour: small(of_day / 3600)?,
            mday: small(day)?,
            mon: small(month)?,
            year: small(year - 1900)?,
            wday: small((days + 4).rem_euclid(7))?,
            yday: small(days - days_from_civil(year, 0, 1))?,
            isdst: 0,
        })
    }

    /// Seconds since the epoch, with the fields taken as UTC and each of any size.
    pub fn to_unix(&self) -> i64 {
        let days = days_from_civil(i64::from(self.year) + 1900, self.mon.into(), self.mday.into());
        days * DAY + i64::from(self.hour) * 3600 + i64::from(self.min) * 60 + i64::from(self.sec)
    }

    /// Reads the nine fields.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn read(mem: &GuestMem<'_>, addr: u32) -> Result<Self, Fault> {
        let field = |index| mem.read(GuestPtr::<i32>::new(addr).at(index));
        Ok(Self {
            sec: field(0)?,
            min: field(1)?,
            hour: field(2)?,
            mday: field(3)?,
            mon: field(4)?,
            year: field(5)?,
            wday: field(6)?,
            yday: field(7)?,
            isdst: field(8)?,
        })
    }

    fn write(mem: &mut GuestMem<'_>, addr: u32, fields: &[i32]) -> Result<(), Fault> {
        let target = mem.bytes_mut(addr, fields.len() * 4)?;
        for (bytes, field) in target.chunks_exact_mut(4).zip(fields) {
            bytes.copy_from_slice(&field.to_le_bytes());
        }
        Ok(())
    }

    fn calendar(&self) -> [i32; 8] {
        [self.sec, self.min, self.hour, self.mday, self.mon, self.year, self.wday, self.yday]
    }

    /// Writes all nine fields.
    ///
    /// # Errors
    /// [`Fault`]; memory is then unchanged.
    pub fn write_all(&self, mem: &mut GuestMem<'_>, addr: u32) -> Result<(), Fault> {
        let [a, b, c, d, e, f, g, h] = self.calendar();
        Self::write(mem, addr, &[a, b, c, d, e, f, g, h, self.isdst])
    }

    /// Writes all fields but `isdst`.
    ///
    /// # Errors
    /// [`Fault`]; memory is then unchanged.
    pub fn write_calendar(&self, mem: &mut GuestMem<'_>, addr: u32) -> Result<(), Fault> {
        Self::write(mem, addr, &self.calendar())
    }

    /// Writes the day of the week and the day of the year.
    ///
    /// # Errors
    /// [`Fault`]; memory is then unchanged.
    pub fn write_days(&self, mem: &mut GuestMem<'_>, addr: u32) -> Result<(), Fault> {
        Self::write(mem, addr.wrapping_add(TM_WDAY), &[self.wday, self.yday])
    }
}

#[cfg(test)]
mod tests {
    use super::{Tm, days_from_civil};

    #[test]
    fn known_days() {
        assert_eq!(days_from_civil(1970, 0, 1), 0);
        assert_eq!(days_from_civil(2000, 1, 29), 11_016);
        assert_eq!(days_from_civil(1969, 11, 31), -1);
        assert_eq!(days_from_civil(1970, -1, 31), -1);
        assert_eq!(days_from_civil(1969, 12, 1), 0);
    }

    #[test]
    fn there_and_back() {
        for secs in (-9_000_000_000_000..9_000_000_000_000).step_by(7_777_777_777) {
            let tm = Tm::from_unix(secs).unwrap();
            assert_eq!(tm.to_unix(), secs);
        }
    }

    #[test]
    fn every_i64_is_answered() {
        assert_eq!(Tm::from_unix(i64::MAX), None);
        assert_eq!(Tm::from_unix(i64::MIN), None);
        let huge = Tm { year: i32::MAX, mon: i32::MAX, mday: i32::MAX, hour: i32::MAX, ..Tm::default() };
        assert_eq!(Tm::from_unix(huge.to_unix()), None);
        let last = Tm { year: i32::MAX, mon: 11, mday: 31, ..Tm::default() };
        assert_eq!(Tm::from_unix(last.to_unix()).unwrap().year, i32::MAX);
    }

    #[test]
    fn every_day_of_four_centuries_is_the_calendar_s() {
        let mut date = jiff::civil::date(1890, 1, 1);
        // 80 years, 19 of them leap years, before the epoch.
        let mut secs = -29_219 * super::DAY;
        while date.year() < 2290 {
            let tm = Tm::from_unix(secs).unwrap();
            let ours = (tm.year + 1900, tm.mon + 1, tm.mday, tm.yday + 1);
            let (year, month, day) = (date.year().into(), date.month().into(), date.day().into());
            assert_eq!(ours, (year, month, day, i32::from(date.day_of_year())));
            assert_eq!(super::year_of(secs + 86_399), i64::from(date.year()));
            date = date.tomorrow().unwrap();
            secs += super::DAY;
        }
    }
}
