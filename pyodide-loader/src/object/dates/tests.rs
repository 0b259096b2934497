//! Dates and times by themselves: their ranges, texts, sums, and the types of others.

use super::*;

#[test]
fn there_are_such_days_and_no_others() {
    assert!(Date::new(2000, 2, 29).is_some() && Date::new(1900, 2, 29).is_none());
    assert!(Date::new(1, 1, 1).is_some() && Date::new(0, 1, 1).is_none());
    assert!(Date::new(9999, 12, 31).is_some() && Date::new(10_000, 1, 1).is_none());
    assert!(Date::new(2024, 4, 31).is_none() && Date::new(2024, 13, 1).is_none() && Date::new(2024, 1, 0).is_none());
    assert!(Time::new(23, 59, 59, 999_999).is_some() && Time::new(0, 60, 0, 0).is_none());
    assert!(UtcOffset::from_seconds(86_399).is_some() && UtcOffset::from_seconds(-86_400).is_none());
}

#[test]
fn text_is_iso_8601() {
    assert_eq!(Date::new(7, 1, 2).unwrap().to_string(), "0007-01-02");
    assert_eq!(Time::new(1, 2, 3, 4).unwrap().to_string(), "01:02:03.000004");
    assert_eq!(UtcOffset::from_seconds(19_800).unwrap().to_string(), "+05:30");
    assert_eq!(UtcOffset::from_seconds(-3601).unwrap().to_string(), "-01:00:01");
    for (delta, text) in [
        (TimeDelta::default(), "PT0S"),
        (TimeDelta::new(1, 2, 3), "PT24H2.000003S"),
        (TimeDelta::new(0, 60, 0), "PT1M"),
        (TimeDelta::new(0, -60, 0), "-PT1M"),
        (TimeDelta::new(-1, 0, 0), "-PT24H"),
    ] {
        assert_eq!(delta.to_string(), text);
    }
}

#[test]
fn deltas_have_one_form() {
    assert_eq!(TimeDelta::new(0, 0, -1), TimeDelta::new(-1, 86_399, 999_999));
    assert_eq!(TimeDelta::new(1, -86_400, 0), TimeDelta::default());
    assert_eq!(TimeDelta::new(i64::MAX, i64::MAX, 0).days(), i64::MAX);
    let span = Duration::new(100_000, 1_999);
    assert_eq!(TimeDelta::from(span), TimeDelta::with_nanoseconds(1, 13_600, 1999));
    assert_eq!(Duration::try_from(TimeDelta::from(span)), Ok(span));
    assert!(Duration::try_from(TimeDelta::new(0, -1, 0)).is_err());
    assert!(TimeDelta::from(Duration::MAX).days() > 999_999_999, "Python refuses it");
}

#[test]
fn fields_are_those_that_were_given() {
    let date = Date::new(1987, 6, 5).unwrap();
    assert_eq!((date.year(), date.month(), date.day()), (1987, 6, 5));
    let time = Time::with_nanosecond(21, 43, 56, 987_654_321).unwrap();
    assert_eq!((time.hour(), time.minute(), time.second()), (21, 43, 56));
    assert_eq!((time.microsecond(), time.nanosecond()), (987_654, 987_654_321));
    assert_eq!(Time::new(21, 43, 56, 987_654).unwrap().nanosecond(), 987_654_000);
    assert_eq!(
        [0, -86_399, 86_399].map(|seconds| UtcOffset::from_seconds(seconds).unwrap().seconds()),
        [0, -86_399, 86_399]
    );
    let delta = TimeDelta::with_nanoseconds(3, 7_654, 987_654_321);
    assert_eq!((delta.days(), delta.seconds()), (3, 7_654));
    assert_eq!((delta.microseconds(), delta.nanoseconds()), (987_654, 987_654_321));
    assert_eq!(delta.total_nanoseconds(), 266_854_987_654_321);
    assert_eq!(TimeDelta::new(2, 3, 500_000).total_seconds(), 172_803.5);
}

#[test]
fn the_first_of_what_there_is_not() {
    for (year, month, day, is_one) in [
        (2023, 1, 31, true),
        (2023, 1, 32, false),
        (2023, 2, 28, true),
        (2023, 2, 29, false),
        (2024, 2, 30, false),
        (2100, 2, 29, false),
        (2023, 3, 31, true),
        (2023, 6, 30, true),
        (2023, 6, 31, false),
        (2023, 9, 31, false),
        (2023, 11, 31, false),
        (2023, 12, 31, true),
        (2023, 0, 1, false),
    ] {
        assert_eq!(Date::new(year, month, day).is_some(), is_one, "{year}-{month}-{day}");
    }
    let last = (23, 59, 59, 999_999_999);
    let at = |(hour, minute, second, nanosecond)| Time::with_nanosecond(hour, minute, second, nanosecond).is_some();
    assert!(at(last));
    for wrong in [(24, 0, 0, 0), (0, 60, 0, 0), (0, 0, 60, 0), (0, 0, 0, 1_000_000_000)] {
        assert!(!at(wrong), "{wrong:?}");
    }
    assert!(Time::new(0, 0, 0, 1_000_000).is_none() && Time::new(0, 0, 0, u32::MAX).is_none());
    assert!(UtcOffset::from_seconds(86_400).is_none() && UtcOffset::from_seconds(i32::MIN).is_none());
}

#[test]
fn parts_of_any_size_add_up() {
    for (parts, days, seconds, nanos) in [
        ((0, 86_399, 999_999), 0, 86_399, 999_999_000),
        ((0, 86_400, 0), 1, 0, 0),
        ((0, 0, 1_000_000), 0, 1, 0),
        ((0, 0, -1_000_000), -1, 86_399, 0),
        ((5, -3 * 86_400 - 1, -1), 1, 86_398, 999_999_000),
        ((i64::MAX, 86_400, 0), i64::MAX, 0, 0),
        ((i64::MIN, -1, 0), i64::MIN, 86_399, 0),
        ((-1, 86_400, 0), 0, 0, 0),
    ] {
        let delta = TimeDelta::new(parts.0, parts.1, parts.2);
        assert_eq!((delta.days(), delta.seconds(), delta.nanoseconds()), (days, seconds, nanos), "{parts:?}");
    }
    assert_eq!(Duration::try_from(TimeDelta::with_nanoseconds(2, 3, 4)), Ok(Duration::new(172_803, 4)));
    assert!(Duration::try_from(TimeDelta::new(-1, 86_399, 0)).is_err());
    assert_eq!(Duration::try_from(TimeDelta::default()), Ok(Duration::ZERO));
}

#[test]
fn texts_of_durations_and_offsets() {
    for (delta, text) in [
        (TimeDelta::new(0, 3_600, 0), "PT1H"),
        (TimeDelta::new(0, 3_661, 0), "PT1H1M1S"),
        (TimeDelta::new(0, 7_200, 500_000), "PT2H0.5S"),
        (TimeDelta::new(0, 59, 0), "PT59S"),
        (TimeDelta::new(0, -1, 0), "-PT1S"),
        (TimeDelta::with_nanoseconds(0, 0, 1), "PT0.000000001S"),
        (TimeDelta::new(0, 5_400, 0), "PT1H30M"),
    ] {
        assert_eq!(delta.to_string(), text);
    }
    for (seconds, text) in
        [(0, "+00:00"), (-1, "-00:00:01"), (86_399, "+23:59:59"), (45_900, "+12:45"), (-3_600, "-01:00")]
    {
        assert_eq!(UtcOffset::from_seconds(seconds).unwrap().to_string(), text);
    }
    assert_eq!(Time::with_nanosecond(1, 2, 3, 120_000_000).unwrap().to_string(), "01:02:03.12");
    assert_eq!(Time::new(1, 2, 3, 0).unwrap().to_string(), "01:02:03");
}

#[cfg(feature = "jiff")]
#[test]
fn the_types_of_jiff_both_ways() {
    use jiff::{SignedDuration, civil, tz::Offset};

    let (date, time) = (Date::new(2024, 2, 29).unwrap(), Time::with_nanosecond(12, 34, 56, 789_012_345).unwrap());
    let at = DateTime { date, time };
    assert_eq!(civil::Date::from(date), civil::date(2024, 2, 29));
    assert_eq!(civil::Time::from(time), civil::time(12, 34, 56, 789_012_345));
    assert_eq!(civil::DateTime::from(at), civil::datetime(2024, 2, 29, 12, 34, 56, 789_012_345));
    assert_eq!(Date::try_from(civil::date(2024, 2, 29)), Ok(date));
    assert_eq!(Time::from(civil::time(12, 34, 56, 789_012_345)), time);
    assert_eq!(DateTime::try_from(civil::DateTime::from(at)), Ok(at));
    assert!(Date::try_from(civil::date(-1, 1, 1)).is_err() && Date::try_from(civil::date(0, 1, 1)).is_err());
    assert!(DateTime::try_from(civil::datetime(0, 1, 1, 0, 0, 0, 0)).is_err());
    for seconds in [0, 19_800, -86_399] {
        let offset = UtcOffset::from_seconds(seconds).unwrap();
        assert_eq!(Offset::from(offset).seconds(), seconds);
        assert_eq!(UtcOffset::try_from(Offset::from_seconds(seconds).unwrap()), Ok(offset));
    }
    assert!(UtcOffset::try_from(Offset::from_seconds(86_400).unwrap()).is_err());
    for (delta, span) in [
        (TimeDelta::with_nanoseconds(1, 2, 3), SignedDuration::new(86_402, 3)),
        (TimeDelta::with_nanoseconds(-1, 0, 5), SignedDuration::new(-86_399, -999_999_995)),
        (TimeDelta::with_nanoseconds(0, -1, 0), SignedDuration::new(-1, 0)),
    ] {
        assert_eq!(SignedDuration::from(delta), span);
        assert_eq!(TimeDelta::from(span), delta);
    }
    let most = SignedDuration::from(TimeDelta::new(i64::MAX, 0, 0));
    assert_eq!(most.as_secs(), i64::MAX);
}
