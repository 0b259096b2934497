/*
 * Square root, exponential, logarithm, sine and cosine.
 *
 * Two at a time in f64; f32 is computed in f64 and rounded once, so that it is off by 0.501 units in the last place at
 * most. The f64 functions are off by less than one unit, except a result of exp() that is subnormal, which is rounded once more.
 * `tools/constants.py` makes the polynomials; `README.md` has the errors as they were measured.
 */
#include "base.h"
#include "constants.h"

/* Added and taken away again, it rounds to an integer, which its low bits are meanwhile. */
#define ROUNDER 0x1.8p52

static inline f64_v both(f64 x) { return (f64_v){x, x}; }
static inline f64_v pick(i64_v mask, f64_v yes, f64_v no) {
    return (f64_v)(((i64_v)yes & mask) | ((i64_v)no & ~mask));
}
static inline f64_v absolute(f64_v x) { return (f64_v)((i64_v)x & 0x7fffffffffffffff); }
/* The even powers and the odd ones apart, so that neither waits for the other. */
static inline f64_v polynomial(f64_v x, const f64 *terms, int degree) {
    f64_v square = x * x, sum = both(terms[degree]), other = both(terms[degree - 1]);
    int i = degree - 2;
    for (; i > 0; i -= 2) {
        sum = sum * square + terms[i];
        other = other * square + terms[i - 1];
    }
    return i == 0 ? (sum * square + terms[0]) + other * x : sum * x + other;
}

/* x = k ln 2 + r with |r| <= ln(2) / 2: 2^k (1 + r + r^2 EXP(r)), where 1 + r is a sum of two. */
static inline f64_v exp2_lanes(f64_v x) {
    /* Beyond these all is infinite, or zero. NaN stays. */
    x = upper_f64(lower_f64(x, both(710.0)), both(-746.0));
    f64_v rounded = x * LOG2_E + ROUNDER;
    f64_v k = rounded - ROUNDER;
    i64_v power = (i64_v)rounded - (i64_v)both(ROUNDER);
    f64_v high = x - k * LN2_1, low = k * LN2_2;
    f64_v r = high - low;
    f64_v sum = 1.0 + high;
    f64_v rest = (high - (sum - 1.0)) + (r * r * polynomial(r, EXP, 10) - low);
    /* In two steps, so that neither factor is out of range. NaN has any power, but stays NaN. */
    i64_v half = power >> 1;
    f64_v first = (f64_v)((half + 1023) << 52), second = (f64_v)((power - half + 1023) << 52);
    return (sum + rest) * first * second;
}

/* x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), and log(1 + f) by s = f / (2 + f). */
static inline f64_v log2_lanes(f64_v x) {
    i64_v tiny = (i64_v)(x < 0x1p-1022);
    f64_v scaled = pick(tiny, x * 0x1p54, x);
    const i64 least = 0x3fe6a09e667f3bcd;
    i64_v offset = (i64_v)scaled - least;
    i64_v power = offset >> 52;
    f64_v f = (f64_v)((offset & 0xfffffffffffff) + least) - 1.0;
    /* An integer of few bits as f64. */
    f64_v k = (f64_v)(power + (i64_v)both(ROUNDER)) - ROUNDER - pick(tiny, both(54.0), both(0.0));
    f64_v s = f / (2.0 + f), z = s * s;
    f64_v half = 0.5 * f * f;
    f64_v rest = s * (half + z * polynomial(z, LOG, 6)) + k * LN2_2;
    f64_v result = k * LN2_1 - ((half - rest) - f);
    result = pick((i64_v)(x == __builtin_inf()), x, result);
    result = pick((i64_v)(x == 0.0), both(-__builtin_inf()), result);
    return pick((i64_v)(x >= 0.0), result, both(__builtin_nan("")));
}

/* x = quadrant pi/2 + high + low */
typedef struct {
    f64 high, low;
    i64 quadrant;
} Reduced;

/* The product of two numbers of 64 bits: its high half, and its low one. */
static u64 product(u64 a, u64 b, u64 *low) {
    u64 a0 = (u32)a, a1 = a >> 32, b0 = (u32)b, b1 = b >> 32;
    u64 mid = a1 * b0 + (a0 * b0 >> 32), cross = a0 * b1 + (u32)mid;
    *low = a * b;
    return a1 * b1 + (mid >> 32) + (cross >> 32);
}

/* By Payne's and Hanek's method: only the bits of 2 / pi that x makes a fraction of are multiplied. x is finite and great. */
static Reduced reduce_great(f64 x) {
    union { f64 number; u64 bits; } of = {x};
    u64 integer = (of.bits & 0xfffffffffffff) | 1ull << 52;
    /* x = integer * 2^exponent. The first bit taken has the weight 2. */
    i32 exponent = (i32)(of.bits >> 52 & 0x7ff) - 1075;
    u32 begin = (u32)(exponent + 62), word = begin / 64, shift = begin % 64;
    u64 window[3];
    for (u32 i = 0; i < 3; i++) {
        u64 first = TWO_OVER_PI_BITS[word + i], second = TWO_OVER_PI_BITS[word + i + 1];
        window[i] = shift ? first << shift | second >> (64 - shift) : first;
    }
    /* integer * window, modulo 2^192: a fraction of 4. */
    u64 low, middle, high, carry;
    carry = product(integer, window[2], &low);
    u64 top = product(integer, window[1], &middle);
    middle += carry;
    top += middle < carry;
    high = integer * window[0] + top;
    i64 quadrant = (i64)(high >> 62);
    high = high << 2 | middle >> 62;
    middle = middle << 2 | low >> 62;
    low <<= 2;
    f64 sign = 1;
    if (high >> 63) {
        quadrant++;
        sign = -1;
        low = -low;
        middle = ~middle + (low == 0);
        high = ~high + (low == 0 && middle == 0);
    }
    f64 scale = 0x1p-64;
    while (!(high >> 63) && scale > 0x1p-192) {
        high = high << 1 | middle >> 63;
        middle = middle << 1 | low >> 63;
        low <<= 1;
        scale *= 0.5;
    }
    f64 a = (f64)(high >> 11 << 11) * scale, b = (f64)((high & 0x7ff) << 42 | middle >> 22) * (scale * 0x1p-42);
    /* (a + b) pi/2, with the product of a in two parts by Dekker's splitting. */
    f64 t = a * 134217729.0, a1 = t - (t - a), a2 = a - a1;
    t = PI_2_HIGH * 134217729.0;
    f64 p1 = t - (t - PI_2_HIGH), p2 = PI_2_HIGH - p1;
    f64 p = a * PI_2_HIGH;
    f64 rest = ((a1 * p1 - p) + a1 * p2 + a2 * p1) + a2 * p2 + (a * PI_2_LOW + b * PI_2_HIGH);
    f64 sum = p + rest;
    Reduced reduced = {sign * sum, sign * ((p - sum) + rest), quadrant};
    if (of.bits >> 63) reduced = (Reduced){-reduced.high, -reduced.low, -quadrant};
    return reduced;
}

/* a - b, and what the rounding took away. */
static inline f64_v difference(f64_v a, f64_v b, f64_v *lost) {
    f64_v d = a - b, part = d - a;
    *lost = (a - (d - part)) - (b + part);
    return d;
}

/* sin(x) where `shift` is 0, cos(x) where it is 1. */
static inline f64_v sine(f64_v x, i64 shift) {
    /* By Cody's and Waite's method: products of the quadrant with the first parts of pi/2 are exact below this limit. */
    const f64 limit = 0x1.8p20;
    f64_v rounded = x * TWO_OVER_PI + ROUNDER;
    f64_v n = rounded - ROUNDER;
    i64_v quadrant = (i64_v)rounded;
    f64_v lost2, lost3;
    f64_v high = difference(x - n * PI_2_1, n * PI_2_2, &lost2);
    high = difference(high, n * PI_2_3, &lost3);
    f64_v low = lost2 + lost3 - n * PI_2_4;
    f64_v sum = high + low;
    low = (high - sum) + low;
    high = sum;
    i64_v great = (i64_v)(absolute(x) >= limit);
    if (any_bit(great))
        for (int i = 0; i < 2; i++)
            if (great[i] && x[i] - x[i] == 0) {
                Reduced reduced = reduce_great(x[i]);
                high[i] = reduced.high;
                low[i] = reduced.low;
                quadrant[i] = reduced.quadrant;
            }
    f64_v z = high * high;
    f64_v sin = high + (z * high * polynomial(z, SIN, 5) + (low - 0.5 * z * low));
    f64_v half = 0.5 * z, one = 1.0 - half;
    f64_v cos = one + (((1.0 - one) - half) + (z * z * polynomial(z, COS, 5) - high * low));
    quadrant += shift;
    f64_v result = pick(-(quadrant & 1), cos, sin);
    result = (f64_v)((i64_v)result ^ (quadrant & 2) << 62);
    /* The sine of zero has its sign. */
    if (!shift) result = pick((i64_v)(x == 0.0), x, result);
    return pick((i64_v)(absolute(x) < __builtin_inf()), result, both(__builtin_nan("")));
}

static inline f64_v sin2_lanes(f64_v x) { return sine(x, 0); }
static inline f64_v cos2_lanes(f64_v x) { return sine(x, 1); }

/* Makes `name_TYPE(out, a, n)`. The last of an odd number is computed beside itself. */
#define FUNCTION(name)                                                                                               \
    __attribute__((noinline)) void EXPORT(name##_f64)(f64 * out, const f64 *a, usize n) {                            \
        usize i = 0;                                                                                                 \
        for (; i + 2 <= n; i += 2) *(f64_u *)(out + i) = name##2_lanes(*(const f64_u *)(a + i));                     \
        if (i < n) out[i] = name##2_lanes(both(a[i]))[0];                                                            \
    }                                                                                                                \
    OTHER_TYPES(name)
#define OTHER_TYPES(name)                                                                                            \
    void EXPORT(name##_f32)(f32 * out, const f32 *a, usize n) { in_f64(name##_f64, out, a, n); }                     \
    void EXPORT(name##_i32)(f64 * out, const i32 *a, usize n) {                                                      \
        from_i32(out, a, n);                                                                                         \
        name##_f64(out, out, n);                                                                                     \
    }                                                                                                                \
    void EXPORT(name##_i64)(f64 * out, const i64 *a, usize n) {                                                      \
        from_i64(out, a, n);                                                                                         \
        name##_f64(out, out, n);                                                                                     \
    }

static __attribute__((noinline)) void from_i32(f64 *out, const i32 *a, usize n) {
    for (usize i = 0; i < n; i++) out[i] = (f64)a[i];
}
static __attribute__((noinline)) void from_i64(f64 *out, const i64 *a, usize n) {
    for (usize i = 0; i < n; i++) out[i] = (f64)a[i];
}

/* In pieces, each of which is computed in f64. */
static __attribute__((noinline)) void in_f64(void function(f64 *, const f64 *, usize), f32 *out, const f32 *a, usize n) {
    f64 piece[256];
    for (usize begin = 0; begin < n; begin += 256) {
        usize size = n - begin < 256 ? n - begin : 256;
        for (usize i = 0; i < size; i++) piece[i] = (f64)a[begin + i];
        function(piece, piece, size);
        for (usize i = 0; i < size; i++) out[begin + i] = (f32)piece[i];
    }
}

FUNCTION(exp)
FUNCTION(log)
FUNCTION(sin)
FUNCTION(cos)

/* Rounded once whether it is computed in f32 or in f64. */
__attribute__((noinline)) void EXPORT(sqrt_f64)(f64 *out, const f64 *a, usize n) {
    ELEMENTWISE for (usize i = 0; i < n; i++) out[i] = __builtin_sqrt(a[i]);
}
OTHER_TYPES(sqrt)
