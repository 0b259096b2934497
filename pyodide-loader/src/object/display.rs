//! Values as text: what Python's `repr` shows of them.

use std::fmt::{self, Write as _};

use super::dates::{Date, DateTime, Time, TimeDelta, UtcOffset};
use super::value::Value;

/// As Python's `repr` shows it; a handle as `<object>`. Of a time, microseconds are shown, as Python has them.
///
/// ```
/// use pyrun_pyodide_loader::object::Value;
/// let value = Value::Tuple(vec![Value::Str("it's".to_owned()), Value::Float(1e16), Value::None]);
/// assert_eq!(value.to_string(), r#"("it's", 1e+16, None)"#);
/// ```
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(number) => write!(f, "{number}"),
            Self::BigInt(number) => write!(f, "{number}"),
            Self::Float(number) => f.write_str(&float(*number, true)),
            Self::Complex(real, imaginary) => complex(f, *real, *imaginary),
            Self::Str(text) => quoted(f, text),
            Self::Bytes(bytes) => quoted_bytes(f, bytes),
            Self::List(items) => listed(f, "[", items, "]"),
            Self::Tuple(items) => listed(f, "(", items, if items.len() == 1 { ",)" } else { ")" }),
            Self::Set(items) if items.is_empty() => f.write_str("set()"),
            Self::Set(items) => listed(f, "{", items, "}"),
            Self::FrozenSet(items) if items.is_empty() => f.write_str("frozenset()"),
            Self::FrozenSet(items) => listed(f, "frozenset({", items, "})"),
            Self::Dict(entries) => {
                let entry = |f: &mut fmt::Formatter<'_>, (key, value): &(Self, Self)| write!(f, "{key}: {value}");
                separated(f, "{", entries, entry, "}")
            }
            Self::Date(date) => write!(f, "datetime.date({})", fields(*date)),
            Self::Time(time) => write!(f, "datetime.time({})", clock(*time)),
            Self::DateTime(at, offset) => datetime(f, *at, *offset),
            Self::TimeDelta(delta) => timedelta(f, *delta),
            Self::Object(_) => f.write_str("<object>"),
        }
    }
}

fn listed(f: &mut fmt::Formatter<'_>, open: &str, items: &[Value], close: &str) -> fmt::Result {
    separated(f, open, items, |f, item| write!(f, "{item}"), close)
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: &[T],
    show: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        show(f, item)?;
    }
    f.write_str(close)
}

/// The shortest digits that are this number; with an exponent from 1e16 and below 1e-4. A whole number ends with `.0`, unless
/// it is a part of a complex one.
fn float(number: f64, ends_with_fraction: bool) -> String {
    if !number.is_finite() {
        return number.to_string().to_lowercase();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    let plain = number.to_string();
    if ends_with_fraction && !plain.contains('.') { plain + ".0" } else { plain }
}

fn complex(f: &mut fmt::Formatter<'_>, real: f64, imaginary: f64) -> fmt::Result {
    let imaginary_text = float(imaginary, false);
    if real == 0.0 && real.is_sign_positive() {
        return write!(f, "{imaginary_text}j");
    }
    let sign = if imaginary_text.starts_with('-') { "" } else { "+" };
    write!(f, "({}{sign}{imaginary_text}j)", float(real, false))
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    f.write_char(quote)?;
    for character in text.chars() {
        let code = u32::from(character);
        match character {
            _ if character == quote || character == '\\' => write!(f, "\\{character}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            ' '..='~' => f.write_char(character)?,
            _ if is_printable(character) => f.write_char(character)?,
            _ if code < 0x100 => write!(f, "\\x{code:02x}")?,
            _ if code < 0x1_0000 => write!(f, "\\u{code:04x}")?,
            _ => write!(f, "\\U{code:08x}")?,
        }
    }
    f.write_char(quote)
}

/// Whether Python shows the character itself. Rust escapes the same categories of Unicode, and marks that combine with what is
/// before them only where a text begins.
fn is_printable(character: char) -> bool {
    let text = ['a', character].iter().collect::<String>();
    text.escape_debug().eq(text.chars())
}

fn quoted_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    write!(f, "b{quote}")?;
    for byte in bytes {
        match byte {
            b'\n' => f.write_str("\\n")?,
            b'\r' => f.write_str("\\r")?,
            b'\t' => f.write_str("\\t")?,
            b' '..=b'~' if char::from(*byte) == quote || *byte == b'\\' => write!(f, "\\{}", char::from(*byte))?,
            b' '..=b'~' => f.write_char(char::from(*byte))?,
            _ => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char(quote)
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn fields(date: Date) -> String {
    format!("{}, {}, {}", date.year(), date.month(), date.day())
}

/// Hour and minute, and what is below them if it is not 0.
fn clock(time: Time) -> String {
    let mut text = format!("{}, {}", time.hour(), time.minute());
    let finer = [u32::from(time.second()), time.microsecond()];
    let shown = finer.iter().rposition(|part| *part != 0).map_or(0, |last| last + 1);
    finer.iter().take(shown).for_each(|part| text.push_str(&format!(", {part}")));
    text
}

fn datetime(f: &mut fmt::Formatter<'_>, at: DateTime, offset: Option<UtcOffset>) -> fmt::Result {
    write!(f, "datetime.datetime({}, {}", fields(at.date), clock(at.time))?;
    match offset {
        None => f.write_str(")"),
        Some(offset) if offset.seconds() == 0 => f.write_str(", tzinfo=datetime.timezone.utc)"),
        Some(offset) => {
            f.write_str(", tzinfo=datetime.timezone(")?;
            timedelta(f, TimeDelta::new(0, offset.seconds().into(), 0))?;
            f.write_str("))")
        }
    }
}

fn timedelta(f: &mut fmt::Formatter<'_>, delta: TimeDelta) -> fmt::Result {
    let parts =
        [("days", delta.days()), ("seconds", delta.seconds().into()), ("microseconds", delta.microseconds().into())];
    let parts: Vec<String> = parts.iter().filter(|(_, n)| *n != 0).map(|(name, n)| format!("{name}={n}")).collect();
    let shown = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
    write!(f, "datetime.timedelta({shown})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What CPython shows is compared in the tests of `pyrun`; here is what those cannot make.
    #[test]
    fn as_repr_shows_it() {
        for (value, shown) in [
            (Value::Float(-0.0), "-0.0"),
            (Value::Float(f64::NAN), "nan"),
            (Value::Float(f64::NEG_INFINITY), "-inf"),
            (Value::Complex(0.0, -2.0), "-2j"),
            (Value::Complex(-0.0, 1.5), "(-0+1.5j)"),
            (Value::Complex(1.0, f64::NAN), "(1+nanj)"),
            (Value::Str("\u{a0}e\u{301}\u{e9}".to_owned()), "'\\xa0e\u{301}\u{e9}'"),
            (Value::Tuple(vec![Value::Int(1)]), "(1,)"),
            (Value::Set(Vec::new()), "set()"),
            (Value::TimeDelta(TimeDelta::new(-1, 1, 0)), "datetime.timedelta(days=-1, seconds=1)"),
            (Value::Time(Time::with_nanosecond(1, 2, 0, 3999).unwrap_or_default()), "datetime.time(1, 2, 0, 3)"),
        ] {
            assert_eq!(value.to_string(), shown);
        }
    }
}
