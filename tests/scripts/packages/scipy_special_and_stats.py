# packages: scipy
"""SciPy: special functions at their edges, distributions, tests, FFTs, and errors that C++ code inside throws."""
import numpy as np
from scipy import fft, special, stats

for name, arguments in (("gamma", (0.5,)), ("jv", (1.5, 2.0)), ("hyp2f1", (0.5, 1, 1.5, 0.25)), ("zeta", (3.0,)), ("erfinv", (0.3,)), ("ellipk", (0.5,)), ("lambertw", (1.0,)), ("airy", (1.0,)), ("betainc", (1, 2, 0.3)), ("expi", (1.0,)), ("digamma", (0.0,)), ("loggamma", (-0.5,)), ("wrightomega", (1j,)), ("sph_harm_y", (2, 1, 0.5, 0.3)), ("stdtrit", (3, 0.9)), ("kv", (0, 0.0))):
    print(name, np.round(getattr(special, name)(*arguments), 10))
for d, x in ((stats.norm(1, 2), 0.5), (stats.t(5), 1), (stats.gamma(2), 1), (stats.binom(10, 0.3), 4), (stats.beta(2, 3), 0.4), (stats.nct(5, 1), 0.5), (stats.skewnorm(4), 0.2), (stats.ncx2(3, 2), 1.5), (stats.hypergeom(20, 7, 12), 3)):
    print(d.dist.name, round(float(d.cdf(x)), 10), round(float(d.ppf(0.7)), 8), d.rvs(size=1, random_state=3).round(8))
a, b = np.arange(10.0), np.sin(np.arange(10))
for test in (stats.ttest_ind(a, b), stats.spearmanr(a, b), stats.ks_2samp(a, b), stats.mannwhitneyu(a, b), stats.shapiro(b), stats.pearsonr(a, b), stats.fisher_exact([[3, 1], [1, 3]]), stats.chi2_contingency([[10, 20], [20, 10]])):
    print(type(test).__name__, round(float(test.statistic), 8), round(float(test.pvalue), 8))
print(np.round(fft.dct([1.0, 2, 3], norm="ortho"), 8), np.round(fft.fftn(np.eye(2)).real, 8), fft.next_fast_len(1021), np.allclose(fft.ifft(fft.fft(a)), a))
for call in (lambda: fft.fft([1, 2], n=-1), lambda: fft.fft([], n=0), lambda: fft.dct([1.0], type=9), lambda: special.comb(5, 2, exact=True), lambda: stats.norm(0, -1).pdf(0), lambda: stats.pearsonr([1], [2])):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
