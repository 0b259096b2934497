//! The decimal digits of a large integer, in less than quadratic time: each half of its words by itself, and then the upper half
//! times a power of two, by Karatsuba's multiplication of numbers whose digits are nine decimal ones each.

/// The base: nine decimal digits.
const BASE: u64 = 1_000_000_000;
/// Words that are converted one after another, which is faster for so few.
const FEW_WORDS: usize = 64;
/// Digits that are multiplied one by one.
const FEW_DIGITS: usize = 32;

/// Digits of base 10⁹ of the number of these words of 32 bits, the lowest first; none for 0.
pub(super) fn chunks(words: &[u32]) -> Vec<u32> {
    let mut size = FEW_WORDS;
    // 2^(32 * size) for each size that is halved to.
    let mut powers = vec![short(&[&[0; FEW_WORDS][..], &[1]].concat())];
    while size * 2 < words.len() {
        let square = powers.last().map(|power| multiply(power, power)).unwrap_or_default();
        powers.push(trimmed(square));
        size *= 2;
    }
    halves(words, size, &powers)
}

/// The digits of words; `size` is that of a lower half, and the last of `powers` is for it.
fn halves(words: &[u32], size: usize, powers: &[Vec<u32>]) -> Vec<u32> {
    let Some((power, smaller)) = powers.split_last() else { return short(words) };
    let Some((low, high)) = words.split_at_checked(size) else { return halves(words, size / 2, smaller) };
    let (low, high) = (halves(low, size / 2, smaller), halves(high, size / 2, smaller));
    let mut sum = multiply(&high, power);
    add(&mut sum, &low, 0);
    trimmed(sum)
}

/// Digit by digit: the time grows with the square.
fn short(words: &[u32]) -> Vec<u32> {
    let (mut words, mut digits) = (words.to_vec(), Vec::new());
    while words.last() == Some(&0) {
        words.pop();
    }
    while !words.is_empty() {
        let mut rest = 0;
        for word in words.iter_mut().rev() {
            let value = rest << 32 | u64::from(*word);
            (*word, rest) = ((value / BASE) as u32, value % BASE);
        }
        digits.push(rest as u32);
        while words.last() == Some(&0) {
            words.pop();
        }
    }
    digits
}

fn trimmed(mut digits: Vec<u32>) -> Vec<u32> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

/// Adds `more`, moved up by `by` digits. There is a digit for each, and for a carry where there is one.
fn add(digits: &mut Vec<u32>, more: &[u32], by: usize) {
    let mut carry = 0;
    if digits.len() < by + more.len() {
        digits.resize(by + more.len(), 0);
    }
    for (at, digit) in digits.iter_mut().skip(by).enumerate() {
        if carry == 0 && at >= more.len() {
            return;
        }
        let sum = *digit + more.get(at).copied().unwrap_or(0) + carry;
        (*digit, carry) = if u64::from(sum) >= BASE { (sum - BASE as u32, 1) } else { (sum, 0) };
    }
    if carry != 0 {
        digits.push(carry);
    }
}

/// Takes `less` away, which is not more than there is.
fn subtract(digits: &mut [u32], less: &[u32]) {
    let mut borrow = 0;
    for (at, digit) in digits.iter_mut().enumerate() {
        if borrow == 0 && at >= less.len() {
            return;
        }
        let take = less.get(at).copied().unwrap_or(0) + borrow;
        (*digit, borrow) = if *digit < take { (*digit + BASE as u32 - take, 1) } else { (*digit - take, 0) };
    }
}

fn multiply(a: &[u32], b: &[u32]) -> Vec<u32> {
    if a.len().min(b.len()) <= FEW_DIGITS {
        return multiply_short(a, b);
    }
    let half = a.len().max(b.len()).div_ceil(2);
    let split = |digits: &[u32]| {
        let (low, high) = digits.split_at_checked(half).unwrap_or((digits, &[]));
        (low.to_vec(), high.to_vec())
    };
    let ((a_low, a_high), (b_low, b_high)) = (split(a), split(b));
    let (low, high) = (multiply(&a_low, &b_low), multiply(&a_high, &b_high));
    let sum = |low: Vec<u32>, high: &[u32]| {
        let mut sum = low;
        add(&mut sum, high, 0);
        sum
    };
    let mut middle = multiply(&sum(a_low, &a_high), &sum(b_low, &b_high));
    subtract(&mut middle, &low);
    subtract(&mut middle, &high);
    let mut product = low;
    add(&mut product, &trimmed(middle), half);
    add(&mut product, &high, 2 * half);
    product
}

fn multiply_short(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut product = vec![0_u32; a.len() + b.len()];
    for (at, factor) in a.iter().enumerate() {
        let mut carry = 0;
        let mut others = b.iter();
        for digit in product.iter_mut().skip(at) {
            let other = others.next().copied();
            if other.is_none() && carry == 0 {
                break;
            }
            let sum = u64::from(*digit) + u64::from(*factor) * u64::from(other.unwrap_or(0)) + carry;
            (*digit, carry) = ((sum % BASE) as u32, sum / BASE);
        }
    }
    product
}
