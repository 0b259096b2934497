/* Arithmetic and comparisons: see elementwise.inc. */
#include "broadcast.h"

/* The bits of a number. */
static u64 bits_of(f64 x) {
    union { f64 number; u64 bits; } both = {x};
    return both.bits;
}

/* The remainder of a division that rounds to zero; exact. NaN where it is not defined. */
static f64 modulo(f64 x, f64 y) {
    u64 a = bits_of(x), b = bits_of(y);
    const u64 sign = a >> 63 << 63, hidden = 1ull << 52, infinite = 0x7ffull << 52;
    a -= sign;
    b = b << 1 >> 1;
    if (b == 0 || a >= infinite || b > infinite) return (x * y) / (x * y);
    if (a < b) return x;
    i32 exponent = (i32)(a >> 52), least = (i32)(b >> 52);
    a = exponent ? (a & (hidden - 1)) | hidden : a;
    b = least ? (b & (hidden - 1)) | hidden : b;
    exponent += !exponent;
    least += !least;
    for (; exponent > least && a; exponent--) {
        a = a >= b ? a - b : a;
        a <<= 1;
    }
    a = a >= b ? a - b : a;
    if (a == 0) return __builtin_copysign(0.0, x);
    while (a < hidden && exponent > 1) a <<= 1, exponent--;
    union { u64 bits; f64 number; } result;
    result.bits = sign | (a >= hidden ? (a - hidden) | ((u64)exponent << 52) : a);
    return result.number;
}

#define BODY "elementwise.inc"
#include "each_type.inc"
