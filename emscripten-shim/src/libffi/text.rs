//! Signatures as text, so that a snapshot can name them: the result, then the arguments in parentheses, then variadic
//! ones after a period. Letters are those of Python's `struct` module; `v` is `void`, `D` a `long double`, `{8:4}` a struct
//! of 8 bytes aligned to 4.

use std::fmt;
use std::str::FromStr;

use super::cif::{CSignature, CType, MAX_ARGS};

/// Letters of the types that have one.
const LETTERS: [(char, CType); 11] = [
    ('B', CType::U8),
    ('b', CType::S8),
    ('H', CType::U16),
    ('h', CType::S16),
    ('I', CType::U32),
    ('i', CType::S32),
    ('Q', CType::U64),
    ('q', CType::S64),
    ('f', CType::F32),
    ('d', CType::F64),
    ('D', CType::LongDouble),
];

/// A text that is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this text is not the signature of a C function")]
pub struct BadSignature;

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Struct { size, align } = self {
            return write!(f, "{{{size}:{align}}}");
        }
        let letter = LETTERS.iter().find(|(_, ty)| ty == self);
        letter.map_or(Err(fmt::Error), |(letter, _)| write!(f, "{letter}"))
    }
}

/// ```
/// use pyrun_emscripten_shim::libffi::{CType, CSignature};
/// let printf: CSignature = "i(I.d)".parse().unwrap();
/// assert_eq!(printf.result, Some(CType::S32));
/// assert_eq!(printf.variadic, [CType::F64]);
/// assert_eq!(printf.to_string(), "i(I.d)");
/// ```
impl fmt::Display for CSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.result {
            Some(result) => write!(f, "{result}(")?,
            None => write!(f, "v(")?,
        }
        for arg in &self.fixed {
            write!(f, "{arg}")?;
        }
        if !self.variadic.is_empty() {
            write!(f, ".")?;
        }
        for arg in &self.variadic {
            write!(f, "{arg}")?;
        }
        write!(f, ")")
    }
}

impl FromStr for CSignature {
    type Err = BadSignature;

    fn from_str(text: &str) -> Result<Self, BadSignature> {
        let inner = text.strip_suffix(')').ok_or(BadSignature)?;
        let (result, args) = inner.split_once('(').ok_or(BadSignature)?;
        let (fixed, variadic) = args.split_once('.').unwrap_or((args, ""));
        let result = match result {
            "v" => None,
            other => match types(other)?.as_slice() {
                &[ty] => Some(ty),
                _ => return Err(BadSignature),
            },
        };
        let signature = Self { result, fixed: types(fixed)?, variadic: types(variadic)? };
        if signature.nargs() > MAX_ARGS || signature.parameters().len() > MAX_ARGS {
            return Err(BadSignature);
        }
        Ok(signature)
    }
}

fn types(mut text: &str) -> Result<Vec<CType>, BadSignature> {
    let mut types = Vec::new();
    while let Some(letter) = text.chars().next() {
        if let Some(tail) = text.strip_prefix('{') {
            let (body, rest) = tail.split_once('}').ok_or(BadSignature)?;
            let (size, align) = body.split_once(':').ok_or(BadSignature)?;
            let number = |text: &str| text.parse::<u32>().map_err(|_| BadSignature);
            let (size, align) = (number(size)?, number(align)?);
            if !align.is_power_of_two() || align > 1 << 15 {
                return Err(BadSignature);
            }
            types.push(CType::Struct { size, align });
            text = rest;
            continue;
        }
        let known = LETTERS.iter().find(|(known, _)| *known == letter);
        let (_, ty) = known.ok_or(BadSignature)?;
        types.push(*ty);
        text = text.strip_prefix(letter).ok_or(BadSignature)?;
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["v()", "i(I.d)", "{24:8}(bBhHiIqQfdD{8:4})", "D(.{3:1})"] {
            let signature: CSignature = text.parse().unwrap();
            assert_eq!(signature.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_signature() {
        for text in ["", "v", "v(", "x()", "v(v)", "ii()", "v({8})", "v({8:3})", "v(é)"] {
            assert_eq!(text.parse::<CSignature>(), Err(BadSignature), "{text}");
        }
    }

    #[test]
    fn as_many_arguments_as_there_may_be_and_no_more() {
        let of = |result: &str, count: usize| format!("{result}({})", "i".repeat(count)).parse::<CSignature>();
        // A struct that is given back is an argument more.
        for (result, most) in [("v", MAX_ARGS), ("i", MAX_ARGS), ("{8:4}", MAX_ARGS - 1)] {
            assert!(of(result, most).is_ok(), "{result}");
            assert_eq!(of(result, most + 1), Err(BadSignature), "{result}");
        }
        let many =
            |fixed: usize, more: usize| format!("v({}.{})", "i".repeat(fixed), "d".repeat(more)).parse::<CSignature>();
        assert!(many(MAX_ARGS - 9, 9).is_ok());
        assert_eq!(many(MAX_ARGS - 9, 10), Err(BadSignature), "passed in memory, and still too many");
    }

    #[test]
    fn structs_are_aligned_up_to_a_bound() {
        for (text, fine) in [
            ("v({8:1})", true),
            ("v({8:32768})", true),
            ("v({8:65536})", false),
            ("v({8:0})", false),
            ("v({8:12})", false),
        ] {
            assert_eq!(text.parse::<CSignature>().is_ok(), fine, "{text}");
        }
    }
}
