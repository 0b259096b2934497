//! Integers that do not fit into 64 bits, without a library for them: sign and magnitude, decimal text both ways.
//!
//! There is no arithmetic here; feature `num-bigint` converts to and from a library that has it.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::decimal;

/// Decimal digits that fit into one word of 32 bits.
const CHUNK_DIGITS: usize = 9;
/// An integer of any size.
///
/// ```
/// use pyrun_pyodide_loader::object::BigInt;
/// let number: BigInt = "-170141183460469231731687303715884105729".parse()?;
/// assert!(number.is_negative());
/// assert_eq!(number.bits(), 128);
/// assert_eq!(number.to_string(), "-170141183460469231731687303715884105729");
/// assert!(i128::try_from(&number).is_err());
/// # Ok::<(), pyrun_pyodide_loader::object::ParseBigIntError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BigInt {
    /// Never for zero.
    negative: bool,
    /// The lowest word first; the last one is not 0.
    words: Vec<u32>,
}

/// A text that is no decimal integer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an integer in decimal digits")]
#[non_exhaustive]
pub struct ParseBigIntError;

/// An integer outside the range of the type it was to be converted to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the integer is out of range")]
#[non_exhaustive]
pub struct OutOfRange;

impl BigInt {
    pub(crate) fn from_words(negative: bool, mut words: Vec<u32>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self { negative: negative && !words.is_empty(), words }
    }

    /// From a magnitude, its lowest byte first.
    #[must_use]
    pub fn from_magnitude_le(negative: bool, bytes: &[u8]) -> Self {
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        Self::from_words(negative, bytes.chunks(4).map(word).collect())
    }

    /// The magnitude, its lowest byte first, without zeros at its end.
    #[must_use]
    pub fn magnitude_le(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        bytes
    }

    /// Two's complement, the lowest byte first, with room for the sign.
    pub(crate) fn to_signed_bytes_le(&self) -> Vec<u8> {
        let mut bytes = self.magnitude_le();
        bytes.push(0);
        if self.negative {
            let mut carry = true;
            for byte in &mut bytes {
                let (negated, more) = (!*byte).overflowing_add(carry.into());
                (*byte, carry) = (negated, more);
            }
        }
        bytes
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The bits of its magnitude: Python's `int.bit_length`.
    #[must_use]
    pub fn bits(&self) -> u64 {
        match self.words.last() {
            Some(last) => self.words.len() as u64 * 32 - u64::from(last.leading_zeros()),
            None => 0,
        }
    }

    /// What its decimal text costs, in units of which 2³¹ take about as long as the largest `int` that crosses.
    #[doc(hidden)]
    #[must_use]
    pub fn text_cost(&self) -> usize {
        usize::try_from(self.bits().saturating_mul(self.bits()) >> 13).unwrap_or(usize::MAX)
    }

    fn magnitude(&self) -> Option<u128> {
        match self.words.len() {
            0..=4 => Some(self.words.iter().rev().fold(0, |sum, word| sum << 32 | u128::from(*word))),
            _ => None,
        }
    }

    /// Multiplies by `factor` and adds `more`.
    fn multiply_add(&mut self, factor: u64, more: u64) {
        let mut carry = more;
        for word in &mut self.words {
            let product = u64::from(*word) * factor + carry;
            (*word, carry) = (product as u32, product >> 32);
        }
        if carry != 0 {
            self.words.push(carry as u32);
        }
    }
}

impl From<i128> for BigInt {
    fn from(number: i128) -> Self {
        Self::from_magnitude_le(number < 0, &number.unsigned_abs().to_le_bytes())
    }
}

impl From<u128> for BigInt {
    fn from(number: u128) -> Self {
        Self::from_magnitude_le(false, &number.to_le_bytes())
    }
}

impl From<i64> for BigInt {
    fn from(number: i64) -> Self {
        i128::from(number).into()
    }
}

impl From<u64> for BigInt {
    fn from(number: u64) -> Self {
        u128::from(number).into()
    }
}

macro_rules! narrow {
    ($($ty:ident)*) => {$(
        impl TryFrom<&BigInt> for $ty {
            type Error = OutOfRange;

            fn try_from(number: &BigInt) -> Result<Self, OutOfRange> {
                let magnitude = number.magnitude().ok_or(OutOfRange)?;
                let signed = match number.negative {
                    false => return $ty::try_from(magnitude).map_err(|_| OutOfRange),
                    true => 0_i128.checked_sub_unsigned(magnitude).ok_or(OutOfRange)?,
                };
                $ty::try_from(signed).map_err(|_| OutOfRange)
            }
        }
    )*};
}
narrow!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl Ord for BigInt {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitudes = || {
            let by_length = self.words.len().cmp(&other.words.len());
            by_length.then_with(|| self.words.iter().rev().cmp(other.words.iter().rev()))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitudes(),
            (true, true) => magnitudes().reverse(),
        }
    }
}

impl PartialOrd for BigInt {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for BigInt {
    /// Decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chunks = decimal::chunks(&self.words);
        let mut text = chunks.pop().unwrap_or(0).to_string();
        chunks.iter().rev().for_each(|chunk| text.push_str(&format!("{chunk:0CHUNK_DIGITS$}")));
        f.pad_integral(!self.negative, "", &text)
    }
}

impl FromStr for BigInt {
    type Err = ParseBigIntError;

    fn from_str(text: &str) -> Result<Self, ParseBigIntError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseBigIntError);
        }
        let mut number = Self::default();
        for chunk in digits.as_bytes().chunks(CHUNK_DIGITS) {
            let value = chunk.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            number.multiply_add(10_u64.pow(chunk.len() as u32), value);
        }
        Ok(Self::from_words(negative, number.words))
    }
}

#[cfg(feature = "num-bigint")]
impl From<&BigInt> for num_bigint::BigInt {
    fn from(number: &BigInt) -> Self {
        let sign = if number.negative { num_bigint::Sign::Minus } else { num_bigint::Sign::Plus };
        Self::from_biguint(sign, num_bigint::BigUint::new(number.words.clone()))
    }
}

#[cfg(feature = "num-bigint")]
impl From<&num_bigint::BigInt> for BigInt {
    fn from(number: &num_bigint::BigInt) -> Self {
        Self::from_words(number.sign() == num_bigint::Sign::Minus, number.magnitude().to_u32_digits())
    }
}

#[cfg(test)]
mod tests {
    use super::BigInt;

    #[test]
    fn decimal_text_both_ways() {
        let numbers = ["0", "1", "-1", "4294967295", "4294967296", "-18446744073709551616", "1000000000000000000"];
        let long = [500, 3_000, 40_000].map(|digits| "1234567890".repeat(digits / 10));
        for text in numbers
            .into_iter()
            .chain(long.iter().map(String::as_str))
            .chain(["340282366920938463463374607431768211456", &"9".repeat(500)])
        {
            assert_eq!(text.parse::<BigInt>().unwrap().to_string(), text);
        }
        assert_eq!("+007".parse::<BigInt>().unwrap(), BigInt::from(7_u128));
        assert_eq!("-0".parse::<BigInt>().unwrap(), BigInt::default());
        for text in ["", "-", "1_0", "0x1", " 1", "1.0", "½"] {
            assert!(text.parse::<BigInt>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn numbers_of_rust_both_ways() {
        for number in [0, 1, -1, i128::MAX, i128::MIN, i64::MAX.into(), i64::MIN.into(), 1 << 32, -(1 << 96)] {
            let big = BigInt::from(number);
            assert_eq!(i128::try_from(&big), Ok(number));
            assert_eq!(big.to_string(), number.to_string());
            assert_eq!(i64::try_from(&big).ok(), i64::try_from(number).ok());
            assert_eq!(u8::try_from(&big).ok(), u8::try_from(number).ok());
        }
        assert_eq!(u128::try_from(&BigInt::from(u128::MAX)), Ok(u128::MAX));
        assert!(i128::try_from(&BigInt::from(u128::MAX)).is_err());
    }

    #[test]
    fn bytes_and_bits() {
        let number = BigInt::from_magnitude_le(true, &[0, 0, 0, 0, 1, 0, 0]);
        assert_eq!((number.bits(), number.magnitude_le()), (33, vec![0, 0, 0, 0, 1]));
        assert_eq!(number, BigInt::from(-(1_i128 << 32)));
        assert_eq!(BigInt::from(-1_i128).to_signed_bytes_le(), [0xff, 0xff]);
        assert_eq!(BigInt::from(-256_i128).to_signed_bytes_le(), [0, 0xff, 0xff]);
        assert_eq!(BigInt::from(255_u128).to_signed_bytes_le(), [255, 0]);
        assert_eq!(BigInt::from_magnitude_le(true, &[0, 0]), BigInt::default());
    }

    #[test]
    fn text_has_a_width() {
        let number = BigInt::from(-12_i64);
        assert_eq!(format!("{number:6}|{number:<6}|{number:06}|{:+}", BigInt::from(7_u64)), "   -12|-12   |-00012|+7");
        assert_eq!([BigInt::from(1_u64 << 40).text_cost(), BigInt::default().text_cost()], [0, 0]);
        assert_eq!(BigInt::from_words(false, vec![1; 1 << 17]).text_cost(), (131_071 * 32 + 1_usize).pow(2) >> 13);
    }

    #[cfg(feature = "num-bigint")]
    #[test]
    fn numbers_of_num_bigint_both_ways() {
        for number in [0, 1, -1, 1 << 40, -(1 << 40), i128::MAX, i128::MIN] {
            let (ours, theirs) = (BigInt::from(number), num_bigint::BigInt::from(number));
            assert_eq!(num_bigint::BigInt::from(&ours), theirs);
            assert_eq!(BigInt::from(&theirs), ours);
        }
    }

    #[test]
    fn order() {
        let mut numbers: Vec<BigInt> =
            [5, -5, 1 << 70, -(1 << 70), 0, 3 << 70].into_iter().map(|n: i128| n.into()).collect();
        numbers.sort();
        let sorted: Vec<i128> = numbers.iter().map(|n| i128::try_from(n).unwrap()).collect();
        assert_eq!(sorted, [-(1 << 70), -5, 0, 5, 1 << 70, 3 << 70]);
    }
}
