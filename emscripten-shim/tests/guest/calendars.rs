//! The imports for calendars, in the ways that series of Emscripten ask for them: by number, by address and by halves.

use pyrun_emscripten_shim::syscall::layout::CTime;
use wasmer::{Type, Value};

use super::Machine;

const ENV: &str = "env";
/// Where `struct tm` and a time lie.
const TM: u64 = 64;
const TIME: u64 = 32;
/// Seconds, minutes, hours, day, month, year, day of the week and of the year, `isdst`, `gmtoff`, and what is behind them.
type Tm = [i32; 11];
const BEFORE: Tm = [-1; 11];
/// 2001-09-09 01:46:40, a Sunday.
const BILLION: [i32; 8] = [40, 46, 1, 9, 8, 101, 0, 251];
/// 2255-06-05 23:47:35, a Tuesday: 9,007,199,255 seconds, which 32 bits do not hold.
const LATE: [i32; 8] = [35, 47, 23, 5, 5, 355, 2, 155];
const LATE_SECONDS: i64 = 9_007_199_255;

fn tm(calendar: [i32; 8], isdst: i32, offset: i32) -> Tm {
    let [a, b, c, d, e, f, g, h] = calendar;
    [a, b, c, d, e, f, g, h, isdst, offset, -1]
}

/// Calls the import on a `struct tm` of ones, and gives what became of that and the result.
fn filled(machine: &mut Machine, name: &str, args: &[Value], result: Option<Type>) -> (Tm, Option<Value>) {
    machine.put_words(TM, &BEFORE);
    let result = machine.of_any_series(ENV, name, args, result);
    (machine.words(TM), result)
}

fn halves(time: i64) -> [Value; 3] {
    [Value::I32(time as i32), Value::I32((time >> 32) as i32), Value::I32(TM as i32)]
}

#[test]
fn times_become_fields_however_they_are_handed_over() {
    let mut machine = Machine::new();
    for (time, calendar) in [(1_000_000_000, BILLION), (LATE_SECONDS, LATE)] {
        let (local, utc) = (tm(calendar, 0, 0), tm(calendar, -1, -1));
        let by_number = [Value::I64(time), Value::I32(TM as i32)];
        assert_eq!(filled(&mut machine, "_localtime_js", &by_number, None), (local, None));
        assert_eq!(filled(&mut machine, "_gmtime_js", &by_number, None), (utc, None));
        let fine = Some(Value::I32(0));
        assert_eq!(filled(&mut machine, "_localtime_js", &by_number, Some(Type::I32)), (local, fine.clone()));
        assert_eq!(filled(&mut machine, "_gmtime_js", &by_number, Some(Type::I32)), (utc, fine));
        assert_eq!(filled(&mut machine, "_localtime_js", &halves(time), None), (local, None));
        assert_eq!(filled(&mut machine, "_gmtime_js", &halves(time), None), (utc, None));
        machine.env().process.c_time = CTime::WideByAddress;
        machine.write(TIME, &time.to_le_bytes());
        let by_address = [TIME, TM].map(|at| Value::I32(at as i32));
        assert_eq!(filled(&mut machine, "_localtime_js", &by_address, None), (local, None));
        assert_eq!(filled(&mut machine, "_gmtime_js", &by_address, None), (utc, None));
    }
    // A time of 32 bits, with something else behind it.
    machine.env().process.c_time = CTime::Narrow;
    machine.put_words(TIME, &[1_000_000_000, 77]);
    let by_address = [TIME, TM].map(|at| Value::I32(at as i32));
    assert_eq!(filled(&mut machine, "_localtime_js", &by_address, None).0, tm(BILLION, 0, 0));
    // A time that has no date is refused in new series, and gives zeros in older ones.
    let never = [Value::I64(i64::MAX), Value::I32(TM as i32)];
    for name in ["_localtime_js", "_gmtime_js"] {
        assert_eq!(filled(&mut machine, name, &never, Some(Type::I32)), (BEFORE, Some(Value::I32(1))), "{name}");
        assert_eq!(filled(&mut machine, name, &never, None).0[..8], [0; 8], "{name}");
    }
}

/// 60 seconds more of the minute before, with days that are wrong.
fn given(calendar: [i32; 8]) -> Tm {
    let [sec, min, hour, mday, mon, year, ..] = calendar;
    [sec + 60, min - 1, hour, mday, mon, year, 9, 9, -1, 9, 9]
}

/// What `mktime` makes of it.
fn normal(calendar: [i32; 8]) -> Tm {
    let [a, b, c, d, e, f, g, h] = calendar;
    [a, b, c, d, e, f, g, h, 0, 9, 9]
}

/// What `timegm` makes of it: only the days are written back.
fn days(calendar: [i32; 8]) -> Tm {
    let [sec, min, hour, mday, mon, year, wday, yday] = calendar;
    [sec + 60, min - 1, hour, mday, mon, year, wday, yday, -1, 9, 9]
}

#[test]
fn fields_become_times_and_are_made_normal() {
    let mut machine = Machine::new();
    let never: Tm = [0, 0, 0, 1, 12, i32::MAX, 9, 9, 0, 9, 9];
    let mut check = |c_time, result: Type, given: Tm, [local, utc]: [Tm; 2], time: Value| {
        machine.env().process.c_time = c_time;
        for (name, written) in [("_mktime_js", local), ("_timegm_js", utc)] {
            machine.put_words(TM, &given);
            let got = machine.of_any_series(ENV, name, &[Value::I32(TM as i32)], Some(result));
            assert_eq!((got, machine.words(TM)), (Some(time.clone()), written), "{name} {c_time:?}");
        }
        machine.global("high")
    };
    for (calendar, time) in [(BILLION, 1_000_000_000), (LATE, LATE_SECONDS)] {
        let written = [normal(calendar), days(calendar)];
        check(CTime::Wide, Type::I64, given(calendar), written, Value::I64(time));
        // Of halves, the high one is the second result.
        let high = check(CTime::Wide, Type::I32, given(calendar), written, Value::I32(time as i32));
        assert_eq!(high, (time >> 32) as i32);
        let narrow = i32::try_from(time).unwrap_or(-1);
        for c_time in [CTime::Narrow, CTime::WideByAddress] {
            let after = check(c_time, Type::I32, given(calendar), written, Value::I32(narrow));
            assert_eq!(after, high, "there is no second result");
        }
    }
    check(CTime::Wide, Type::I64, never, [never; 2], Value::I64(-1));
    assert_eq!(check(CTime::Wide, Type::I32, never, [never; 2], Value::I32(-1)), -1);
}

#[test]
fn names_of_zones_are_written_or_allocated() {
    let mut machine = Machine::new();
    let [zone, daylight, first, second] = [16, 20, 64, 96].map(Value::I32);
    machine.put_words(16, &[-1, -1]);
    machine.call("_tzset_js", &[zone.clone(), daylight.clone(), first, second]).unwrap();
    assert_eq!(machine.words(16), [0, 0]);
    assert_eq!([64, 96].map(|at| machine.c_str(at)), ["UTC"; 2]);
    machine.put_words(16, &[-1, -1]);
    let names = [zone, daylight, Value::I32(128)];
    machine.of_any_series(ENV, "_tzset_js", &names, None);
    assert_eq!(machine.words(16), [0, 0]);
    let [standard, summer] = [128, 132].map(|at| machine.word(at));
    assert_ne!(standard, summer);
    assert_eq!([standard, summer].map(|at| machine.c_str(at)), ["UTC"; 2]);
}

#[test]
fn clocks_tell_milliseconds() {
    let mut machine = Machine::new();
    for name in ["emscripten_date_now", "_emscripten_date_now"] {
        assert_eq!(machine.of_any_series(ENV, name, &[], Some(Type::F64)), Some(Value::F64(0.0)), "{name}");
    }
    assert_eq!(machine.of_any_series(ENV, "emscripten_get_now_res", &[], Some(Type::F64)), Some(Value::F64(1.0)));
    let monotonic = machine.of_any_series(ENV, "_emscripten_get_now_is_monotonic", &[], Some(Type::I32));
    assert_eq!(monotonic, Some(Value::I32(1)));
    machine.call("emscripten_thread_sleep", &[Value::F64(1.5)]).unwrap();
    assert_eq!(machine.call("emscripten_get_now", &[]).unwrap(), Some(Value::F64(1.5)));
}
