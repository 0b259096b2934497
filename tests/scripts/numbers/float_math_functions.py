"""The math module at its edges: results to the last bit, domain errors, special values, sums without loss."""
import cmath
import math

for name in ("sin", "cos", "tan", "asin", "atan", "sinh", "tanh", "exp", "expm1", "log1p", "sqrt", "cbrt", "gamma", "lgamma", "erf", "erfc", "exp2"):
    row = []
    for x in (0.5, -0.75, 1e-10, 3.0, -0.0, math.inf, math.nan):
        try:
            row.append(getattr(math, name)(x))
        except (ValueError, OverflowError) as error:
            row.append(type(error).__name__)
    print(name, row)
for call in (lambda: math.exp(1000), lambda: math.log(0), lambda: math.pow(0, -1), lambda: math.pow(-1, 0.5), lambda: math.fmod(5, 0), lambda: math.factorial(-1), lambda: math.sqrt(-1), lambda: math.comb(5, -1), lambda: math.ceil(math.inf), lambda: math.isqrt(-1), lambda: 0.0**-1, lambda: (-8) ** (1 / 3), lambda: 1e200**2, lambda: math.remainder(5, 0)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
print(math.fsum([0.1] * 10), sum([0.1] * 10), math.sumprod([1e308, -1e308, 1], [10, 10, 1]) if False else math.sumprod([0.1, 0.2], [3, 4]), math.hypot(3e200, 4e200), math.dist((1, 2), (4, 6)), math.fma(0.1, 10, -1), math.prod([0.5] * 10))
print(math.remainder(7, 4), math.fmod(-7, 4), -7 % 4.0, math.copysign(1, -0.0), math.log2(2**1000), math.log(10**400), math.perm(10, 3), math.lcm(4, 6), math.gcd(2**70, 2**50 * 3), math.isclose(0.1 + 0.2, 0.3), math.modf(-1.5), math.trunc(-1.7), math.log(8, 2), math.tan(math.pi / 2), math.sin(1e22), math.atan2(-0.0, -1))
print(cmath.sqrt(-1), cmath.exp(1j * math.pi), cmath.phase(-1), cmath.polar(1 + 1j), cmath.log(-1 - 0j), cmath.acos(2), (1 + 2j) ** (0.5 - 1j), abs(3 + 4j), cmath.isclose(1, 1 + 1e-10j))
