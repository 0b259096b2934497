//! Operations to test, and elements that `golden.py` generates in the same way.

use pyrun::{ArrayNumber, Config, Engine, Limits, Operations};

pub(crate) fn operations() -> Operations {
    with_limits(Limits::new())
}

pub(crate) fn with_limits(limits: Limits) -> Operations {
    let engine = Engine::new(Config::new()).unwrap();
    Operations::with_limits(&engine, limits).unwrap()
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A value whose bits can be compared: all NaN are one.
pub(crate) trait Bits: Copy {
    const NAME: &'static str;

    fn bits(self) -> u64;

    /// The bytes that count.
    fn width() -> usize {
        size_of::<Self>()
    }
}

macro_rules! bits {
    ($($ty:ident: $bits:expr;)*) => {$(
        impl Bits for $ty {
            const NAME: &'static str = stringify!($ty);

            fn bits(self) -> u64 {
                let bits: fn($ty) -> u64 = $bits;
                bits(self)
            }
        }
    )*};
}
bits! {
    f64: |x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
    f32: |x| u64::from(if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() });
    i64: |x| x.cast_unsigned();
    i32: |x| u64::from(x.cast_unsigned());
    bool: u64::from;
}

/// An element type whose elements are generated.
pub(crate) trait Generated: ArrayNumber + Bits {
    fn element(kind: &str, numbers: &mut Random) -> Self;
}

const SPECIAL: [f64; 16] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    3.0,
    1e-40,
    -1e30,
    7.0,
    100.0,
    -8.0,
    2.0,
];

impl Generated for f64 {
    fn element(kind: &str, numbers: &mut Random) -> Self {
        let r = numbers.next();
        let unit = (r >> 11) as f64 / 2f64.powi(52) - 1.0;
        match kind {
            "unit" => unit,
            "ties" => (r % 17) as f64 - 8.0,
            "wide" => unit * 2f64.powi((numbers.next() % 80) as i32 - 40),
            _ => SPECIAL[(r % 16) as usize],
        }
    }
}

impl Generated for f32 {
    fn element(kind: &str, numbers: &mut Random) -> Self {
        f64::element(kind, numbers) as f32
    }
}

impl Generated for i64 {
    fn element(kind: &str, numbers: &mut Random) -> Self {
        let r = numbers.next();
        match kind {
            "wide" => r.cast_signed(),
            "ties" => (r % 17) as i64 - 8,
            "unit" => (r % 2_000_001) as i64 - 1_000_000,
            _ => [0, -1, 1, 2, -2, 7, i64::MIN, i64::MAX][(r % 8) as usize],
        }
    }
}

impl Generated for i32 {
    fn element(kind: &str, numbers: &mut Random) -> Self {
        let r = numbers.next();
        match kind {
            "wide" => r as i32,
            "ties" => (r % 17) as i32 - 8,
            "unit" => (r % 2_000_001) as i32 - 1_000_000,
            _ => [0, -1, 1, 2, -2, 7, i32::MIN, i32::MAX][(r % 8) as usize],
        }
    }
}

pub(crate) fn elements<T: Generated>(kind: &str, count: usize, seed: u64) -> Vec<T> {
    let mut numbers = Random(seed);
    (0..count).map(|_| T::element(kind, &mut numbers)).collect()
}
