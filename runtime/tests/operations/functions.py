#!/usr/bin/env python3
"""Prints exact values of exp, log, sin and cos, rounded to f64, for the tests: a line for each value.

    python3 runtime/tests/operations/functions.py > runtime/tests/operations/functions.txt      # needs mpmath

    FUNCTION ARGUMENT VALUE        as bits
"""

import random
import struct

import mpmath

mpmath.mp.prec = 1400
COUNT = 60


def bits(value):
    return f"{struct.unpack('<Q', struct.pack('<d', value))[0]:016x}"


def from_bits(value):
    return struct.unpack("<d", struct.pack("<Q", value))[0]


def arguments(name, draw):
    if name == "exp":
        for _ in range(COUNT):
            yield draw.uniform(-1, 1)
            yield draw.uniform(-708, 709)
            yield draw.uniform(-745, -708)
            yield draw.choice([-1, 1]) * 10.0 ** draw.uniform(-20, 0)
            yield float(mpmath.ln(2) * (draw.randrange(-500, 500) + 0.5)) + draw.uniform(-1e-9, 1e-9)
        yield from (709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, 710.0, -746.0)
    elif name == "log":
        for _ in range(COUNT):
            yield 1 + draw.uniform(-0.3, 0.42)
            yield 1 + draw.uniform(-1e-6, 1e-6)
            yield from_bits(draw.randrange(1, 0x7FF << 52))
            yield from_bits(draw.randrange(1, 1 << 52))
            yield 2.0**0.5 * 2.0 ** draw.randrange(-100, 100) * (1 + draw.uniform(-1e-12, 1e-12))
        yield from (5e-324, 1.7976931348623157e308, 1.0, 0.9999999999999999, 1.0000000000000002)
    else:
        for _ in range(COUNT):
            yield draw.uniform(-4, 4)
            yield draw.uniform(-1.6e6, 1.6e6)
            yield draw.choice([-1, 1]) * 10.0 ** draw.uniform(6, 308)
            yield float(mpmath.pi / 2 * draw.randrange(-1000000, 1000000))
            yield float(mpmath.pi / 2 * draw.randrange(1, 1 << 53))
        # The double that is nearest to a multiple of pi/2 of all.
        yield from (6381956970095103 * 2.0**797, 1572863.9999, 1572864.0, 5e-324, 1e-300, 1.7976931348623157e308)


def main():
    for name in ("exp", "log", "sin", "cos"):
        draw = random.Random(name)
        function = getattr(mpmath, name)
        for argument in arguments(name, draw):
            print(name, bits(argument), bits(float(function(mpmath.mpf(argument)))))


main()
