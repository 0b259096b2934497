# packages: numpy
"""numpy.random: every bit generator from a seed, distributions, spawning, jumping, legacy state, shuffles."""
import pickle

import numpy as np

for kind in (np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM):
    g = np.random.Generator(kind(42))
    print(kind.__name__, g.random(2), g.integers(0, 2**40, 2), g.standard_normal(2), pickle.loads(pickle.dumps(g)).random() == g.random())
g = np.random.default_rng(7)
print([np.round(d(), 10) for d in (lambda: g.gamma(2), lambda: g.beta(1, 3), lambda: g.poisson(100), lambda: g.binomial(1000, 0.01), lambda: g.zipf(3), lambda: g.hypergeometric(10, 5, 7), lambda: g.dirichlet([1, 2, 3]), lambda: g.multivariate_normal([0, 0], [[2, 1], [1, 2]]), lambda: g.vonmises(0, 1), lambda: g.wald(1, 2), lambda: g.standard_t(3))])
print(g.permutation(6), g.choice(5, 3, replace=False, p=[0.1, 0.2, 0.3, 0.2, 0.2]), g.shuffle(x := np.arange(6)), x, [s.random() for s in g.spawn(2)], np.random.PCG64(1).jumped().random_raw(), np.random.SeedSequence(5).generate_state(2))
np.random.seed(3)
print(np.random.rand(2), np.random.randn(2), np.random.randint(0, 9, 4), np.random.get_state()[2], np.random.RandomState(5).exponential(size=2))
