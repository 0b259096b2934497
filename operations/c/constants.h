/* Made by tools/constants.py. */
#ifndef CONSTANTS_H
#define CONSTANTS_H

/* (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2; error 2.7e-18. */
static const f64 EXP[11] = {
    0x1.0000000000000p-1,
    0x1.5555555555557p-3,
    0x1.555555555554ep-5,
    0x1.11111111100ebp-7,
    0x1.6c16c16c1a069p-10,
    0x1.a01a01abe0af2p-13,
    0x1.a01a0190683d1p-16,
    0x1.71de0245e3fe7p-19,
    0x1.27e510c7c7ef8p-22,
    0x1.af4dc3e62d609p-26,
    0x1.1f1a1a56ec18bp-29,
};

/* (log((1 + s) / (1 - s)) / s - 2) / z with z = s^2, for sqrt(1/2) <= (1 + s) / (1 - s) <= sqrt(2); error 4.6e-16. */
static const f64 LOG[7] = {
    0x1.5555555555558p-1,
    0x1.999999999529cp-2,
    0x1.2492492df83f0p-2,
    0x1.c71c62dd6d814p-3,
    0x1.7462b6c80547ep-3,
    0x1.39fe1f3613074p-3,
    0x1.2b5b3c6a82669p-3,
};

/* (sin(x) / x - 1) / z with z = x^2, for |x| <= pi / 4; error 1.2e-16. */
static const f64 SIN[6] = {
    -0x1.5555555555555p-3,
    0x1.1111111110ba3p-7,
    -0x1.a01a019e8090fp-13,
    0x1.71de3792f8686p-19,
    -0x1.ae6007a878650p-26,
    0x1.5e09ffd3f473ap-33,
};

/* (cos(x) - 1 + z / 2) / z^2 with z = x^2, for |x| <= pi / 4; error 3.1e-17. */
static const f64 COS[6] = {
    0x1.5555555555555p-5,
    -0x1.6c16c16c16962p-10,
    0x1.a01a019f4da00p-16,
    -0x1.27e4fa169ecd6p-22,
    0x1.1eeb67bf25caep-29,
    -0x1.907cde29b8e9fp-37,
};

/* ln 2 and pi / 2 as sums. */
#define LN2_1 0x1.62e42fee00000p-1
#define LN2_2 0x1.a39ef35793c76p-33

#define PI_2_1 0x1.921fb54400000p+0
#define PI_2_2 0x1.0b4611a600000p-34
#define PI_2_3 0x1.3198a2e000000p-69
#define PI_2_4 0x1.b839a252049c1p-104

#define PI_2_HIGH 0x1.921fb54442d18p+0
#define PI_2_LOW 0x1.1a62633145c07p-54
#define LOG2_E 0x1.71547652b82fep+0
#define TWO_OVER_PI 0x1.45f306dc9c883p-1

/* 64 zeros, then the bits of 2 / pi. */
static const u64 TWO_OVER_PI_BITS[23] = {
    0,
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
    0xa9e391615ee61b08,
    0x6599855f14a06840,
};

#endif
