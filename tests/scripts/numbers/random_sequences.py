"""random: the same numbers from the same seed, every distribution, sampling, state, and secrets within bounds."""
import random
import secrets

r = random.Random(12345)
print([r.random() for _ in range(3)], r.randrange(10**20), r.getrandbits(100), r.randbytes(5), r.choice("abcdef"), r.sample(range(100), 5), r.shuffle(x := list(range(8))), x, r.choices("ab", [1, 9], k=6))
print([round(f, 12) for f in (r.gauss(0, 1), r.normalvariate(), r.expovariate(2), r.betavariate(1, 2), r.gammavariate(2, 3), r.lognormvariate(0, 1), r.vonmisesvariate(0, 4), r.paretovariate(3), r.weibullvariate(1, 2), r.triangular(0, 1, 0.3), r.uniform(-1, 1))], r.binomialvariate(100, 0.3))
state = r.getstate()
a = r.random()
r.setstate(state)
print(a == r.random(), len(state[1]), random.Random("text").random(), random.Random(b"bytes").random(), random.Random(1.5).random(), random.Random(-3).random(), random.Random(2**100).randint(1, 6))
for call in (lambda: r.choice([]), lambda: r.sample([1], 2), lambda: r.randrange(0), lambda: random.Random([]), lambda: r.randrange(1.5), lambda: r.getrandbits(-1)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
print(0 <= random.SystemRandom().random() < 1, len(secrets.token_hex(8)), secrets.randbelow(5) < 5, secrets.compare_digest("a", "a"), len({random.random() for _ in range(100)}), len({secrets.token_bytes(8) for _ in range(50)}))
