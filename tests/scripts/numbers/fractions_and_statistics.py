"""fractions and statistics: exact arithmetic, limits of denominators, formats, medians, quantiles, regressions, errors."""
import fractions
import statistics as s
from fractions import Fraction as F

print(F("3.14159").limit_denominator(100), F(0.1), F("1e-3"), F(" -7/21 "), F(1, 3) ** -2, F(2) ** F(1, 2), F(7, 3) // F(1, 2), divmod(F(-7, 3), 2), round(F(5, 2)), round(F(22, 7), 3), hash(F(1, 2)) == hash(0.5), F(1, 3) == 1 / 3, float(F(10**400, 3 * 10**399)))
print(f"{F(22, 7):.10f} {F(1, 3):e} {F(12345, 7):,.2f} {F(1, 2):g} {F(3, 2):>8}", F.from_float(0.5), F(1.5).as_integer_ratio(), sum([F(1, i) for i in range(1, 30)]), F(True), abs(F(-1, 2)))
for call in (lambda: F(1, 0), lambda: F("1/0"), lambda: F("x"), lambda: F(1.5, 2), lambda: F(float("nan")), lambda: F(1, 2) / 0):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
data = [2.5, 3.1, 4.7, 4.7, 9.0, 10.25]
print(s.mean(data), s.fmean(data, weights=range(1, 7)), s.geometric_mean(data), s.harmonic_mean(data), s.median(data), s.median_low(data), s.median_grouped(data, 2), s.mode(data), s.multimode("aabbc"), s.quantiles(data, n=4), s.stdev(data), s.pvariance(data), s.mean([F(1, 3), F(1, 6)]), s.correlation(data, data[::-1]), s.linear_regression(data, [1, 2, 3, 4, 5, 6]), s.covariance(data, [1, 2, 3, 4, 5, 6]))
n = s.NormalDist(100, 15)
print(n.cdf(115), n.inv_cdf(0.9), n + s.NormalDist(5, 3), n.overlap(s.NormalDist(90, 10)), n.quantiles(3), s.NormalDist.from_samples(data), s.kde(data, 1.0)(5.0), [round(x, 6) for x in n.samples(3, seed=7)])
try:
    s.mean([])
except s.StatisticsError as error:
    print(error)
