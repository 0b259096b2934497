"""Integers of any size, floats to the last bit, fractions, complex, math, cmath, statistics, random with seeds."""
import cmath
import fractions
import math
import random
import statistics
import sys

n = 3**2000
print(len(str(n)), n % 10**20, n.bit_length(), hash(n), math.isqrt(n) == 3**1000, int(str(n)) == n, n >> 3000, (-n) // 10**940, divmod(-(10**30), 7**20))
print(pow(3, 10**18, 10**9 + 7), pow(38, -1, 97), math.factorial(60), math.comb(100, 50), math.perm(20, 5), math.gcd(2**60 - 1, 3**40 - 1), math.lcm(12, 18, 7))
print((1 << 200) ^ n & 0xFFFF, ~(1 << 70), -1 >> 100, int("9" * 40) + 1, hex(10**30), int("-0b1010", 2), int("1_000"), round(12345, -2), f"{2**70:,}", (2**63).to_bytes(9).hex())
for bad in (lambda: 1 << -1, lambda: int("9" * 5000), lambda: str(10**5000), lambda: 10**400 * 1.0, lambda: int(float("nan")), lambda: pow(2, -1, 4), lambda: 1 % 0, lambda: math.factorial(-1), lambda: int("12a"), lambda: 2.0**5000, lambda: math.sqrt(-1), lambda: math.log(0), lambda: (-8) ** (1 / 3) and math.exp(1000)):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, str(error)[:90])

print("-- floats")
print(0.1 + 0.2, 1e22, 1e16, 1.0, 1e-5, 123456789012345680.0, 5e-324, 1.7976931348623157e308, -0.0, float("1e400"), repr(2.675), round(2.675, 2), round(0.5), round(1.5), 1e308 * 10 - 1e308 * 10)
print(math.fsum([0.1] * 10), sum([0.1] * 10), math.sumprod([1, 2], [3, 4]), math.hypot(3, 4, 12), math.dist((0, 0), (1, 1)), math.remainder(10, 4), math.fmod(-7, 3), -7 % 3, -7.5 // 2, math.fma(2, 3, 4))
print(math.sin(1e22), math.cos(3), math.tan(1.5), math.exp(1), math.expm1(1e-10), math.log1p(1e-10), math.log2(10), math.gamma(5.5), math.lgamma(100), math.erf(0.5), math.erfc(3), math.cbrt(27), math.atan2(-0.0, -1), math.acosh(2), math.log(10**400))
print(math.trunc(-2.7), math.floor(-2.5), math.ceil(2.1), math.modf(-3.25), math.copysign(1, -0.0), math.isclose(1, 1 + 1e-10), (0.1).as_integer_ratio(), (2.5).is_integer(), float.hex(1 / 3), sys.float_info.epsilon, math.nextafter(0, 1, steps=3))
print(f"{math.pi:.10f} {math.pi:e} {1e6:g} {1e5:G} {0.00001234:.2g} {1234.5678:10.2f}| {1e10:,.0f} {0.256:.1%} {float('nan'):5} {-1.5:=+8.2f} {12.0:#.3g} {1.0:z.1f} {-0.04:z.1f}", "%.3s|%5d|%-5d|%05.1f|%x|%o|%e|%r" % ("abcdef", 42, 42, 3.14159, 255, 8, 12345.678, "q"))

print("-- complex and fractions")
print((1 + 2j) * (3 - 1j), abs(3 + 4j), cmath.sqrt(-2), cmath.exp(1j * cmath.pi), cmath.polar(-1j), cmath.phase(-1), (1 + 1j) ** 3, complex("1e3-2j"), 1j**2, cmath.log(-1), f"{1.5 + 2j:.2f}")
F = fractions.Fraction
print(F("3/7") + F(1, 14), F(0.125), F("-1.25e-2"), F(355, 113).limit_denominator(10), F(7, 3) // 1, F(-7, 3) % 1, round(F(7, 2)), F(1, 3) ** -2, float(F(1, 3)), f"{F(22, 7):.5f}", hash(F(1, 2)) == hash(0.5), F(math.pi).limit_denominator(1000))

print("-- statistics")
data = [2.5, 3.1, 4.7, 4.7, 5.0, 8.25, 9.75]
print(statistics.mean(data), statistics.fmean(data, range(1, 8)), statistics.median(data), statistics.mode(data), statistics.stdev(data), statistics.pvariance(data), statistics.quantiles(data, n=4), statistics.harmonic_mean(data), statistics.geometric_mean(data), statistics.multimode("aabbc"))
print(statistics.linear_regression(range(7), data), statistics.correlation(range(7), data), statistics.NormalDist.from_samples(data).cdf(5), statistics.NormalDist(0, 1).inv_cdf(0.975), statistics.kde(data, 1.0)(5))

print("-- random with seeds")
r = random.Random(2024)
print(r.random(), r.randint(1, 100), r.choice("abc"), r.sample(range(100), 5), r.gauss(0, 1), r.uniform(1, 2), r.getrandbits(70), r.choices([1, 2, 3], weights=[1, 5, 1], k=5), r.betavariate(1, 2), r.expovariate(1.5), r.triangular(), r.vonmisesvariate(0, 4), r.lognormvariate(0, 1), r.paretovariate(3), r.weibullvariate(1, 2), r.binomialvariate(10, 0.3), r.randbytes(4))
deck = list(range(10))
r.shuffle(deck)
state = r.getstate()
print(deck, r.random() == (r.setstate(state), r.random())[1], random.Random("text").random(), random.Random(b"bytes").random(), random.Random(-5).random(), random.Random(1.5).random())
