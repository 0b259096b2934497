#!/usr/bin/env python3
"""Prints the constants of c/constants.h: polynomials by the Remez exchange, and pi and ln 2 to as many bits as are needed.

    python3 tools/constants.py > c/constants.h        # needs mpmath
"""

from mpmath import cos, exp, findroot, inf, ldexp, ln, log, matrix, lu_solve, mp, mpf, pi, sin, sqrt

mp.prec = 400


def remez(function, low, high, degree, rounds=30):
    """The coefficients of the polynomial that is nearest to `function`, relative to it, in the greatest error."""
    count = degree + 2
    points = [(low + high) / 2 + (high - low) / 2 * cos(pi * i / (count - 1)) for i in range(count)][::-1]
    for _ in range(rounds):
        rows, right = matrix(count, count), matrix(count, 1)
        for row, point in enumerate(points):
            value = function(point)
            for power in range(degree + 1):
                rows[row, power] = point**power / value
            rows[row, degree + 1] = (-1) ** row
            right[row] = 1
        solved = lu_solve(rows, right)
        terms = [solved[i] for i in range(degree + 1)]

        def error(x):
            return sum(term * x**power for power, term in enumerate(terms)) / function(x) - 1

        # The greatest error between each two places where it changes its sign.
        steps = 60 * count
        places = [low + (high - low) * i / steps for i in range(steps + 1)]
        errors = [error(place) for place in places]
        found = []
        begin = 0
        for i in range(1, steps + 2):
            if i == steps + 1 or (errors[i] > 0) != (errors[begin] > 0):
                best = max(range(begin, i), key=lambda j: abs(errors[j]))
                found.append(places[best])
                begin = i
        if len(found) != count:
            break
        points = found
    return terms, max(abs(e) for e in errors)


def decimal(value):
    return float(value).hex()


def table(name, function, low, high, degree, says):
    terms, error = remez(function, low, high, degree)
    print(f"/* {says}; error {float(error):.1e}. */")
    print(f"static const f64 {name}[{degree + 1}] = {{")
    for term in terms:
        print(f"    {decimal(term)},")
    print("};\n")


def parts(name, value, bits, count):
    """`value` as a sum: parts of few bits, whose products with a small integer are exact, and a rest."""
    for i in range(1, count):
        scale = bits - 1 - int(mp.floor(log(value, 2)))
        part = ldexp(mp.floor(ldexp(value, scale)), -scale)
        print(f"#define {name}_{i} {decimal(part)}")
        value -= part
    print(f"#define {name}_{count} {decimal(value)}\n")


def safe(function, limit):
    """A function of the square, with its value near zero."""
    return lambda x: function(x) if abs(x) > mpf(10) ** -30 else limit


def main():
    print("/* Made by tools/constants.py. */\n#ifndef CONSTANTS_H\n#define CONSTANTS_H\n")
    half = ln(2) / 2 * mpf("1.0001")
    table("EXP", safe(lambda r: (exp(r) - 1 - r) / r**2, mpf(1) / 2), -half, half, 10,
          "(exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2")
    limit = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.0001")

    def atanh_rest(z):
        s = sqrt(z)
        return (ln((1 + s) / (1 - s)) / s - 2) / z

    table("LOG", safe(atanh_rest, mpf(2) / 3), mpf(0), limit, 6,
          "(log((1 + s) / (1 - s)) / s - 2) / z with z = s^2, for sqrt(1/2) <= (1 + s) / (1 - s) <= sqrt(2)")
    quarter = (pi / 4 * mpf("1.0001")) ** 2
    table("SIN", safe(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, -mpf(1) / 6), mpf(0), quarter, 5,
          "(sin(x) / x - 1) / z with z = x^2, for |x| <= pi / 4")
    table("COS", safe(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, mpf(1) / 24), mpf(0), quarter, 5,
          "(cos(x) - 1 + z / 2) / z^2 with z = x^2, for |x| <= pi / 4")
    print("/* ln 2 and pi / 2 as sums. */")
    parts("LN2", ln(2), 32, 2)
    parts("PI_2", pi / 2, 33, 4)
    print(f"#define PI_2_HIGH {decimal(pi / 2)}\n#define PI_2_LOW {decimal(pi / 2 - mpf(float(pi / 2)))}")
    print(f"#define LOG2_E {decimal(1 / ln(2))}\n#define TWO_OVER_PI {decimal(2 / pi)}\n")
    mp.prec = 2000
    print("/* 64 zeros, then the bits of 2 / pi. */\nstatic const u64 TWO_OVER_PI_BITS[23] = {")
    bits, rest = 2 / pi, 0
    print("    0,")
    for _ in range(22):
        bits = ldexp(bits, 64)
        rest = int(mp.floor(bits))
        bits -= rest
        print(f"    0x{rest:016x},")
    print("};\n\n#endif")


main()
