"""collections, heapq, bisect, itertools, functools: mutation while iterating, caches, orderings, infinite ones, errors."""
import bisect
import collections as c
import functools
import heapq
import itertools as it

d = {i: i for i in range(5)}
for what, call in (("dict", lambda: [d.pop(k) for k in d]), ("set", lambda: [s.add(x + 10) for s in [{1, 2}] for x in s]), ("deque", lambda: [q.append(x) for q in [c.deque([1])] for x in q]), ("counter", lambda: c.Counter("aabc").most_common(2)), ("subtract", lambda: c.Counter(a=1) - c.Counter(a=3, b=-1)), ("chain", lambda: dict(c.ChainMap({"a": 1}, {"a": 2, "b": 3}))), ("namedtuple", lambda: c.namedtuple("N", "a class", rename=True)(1, 2)), ("bad name", lambda: c.namedtuple("N", "a a")), ("maxlen", lambda: c.deque(range(9), 3)), ("rotate", lambda: (q := c.deque("abcd")).rotate(-1) or q), ("order", lambda: (o := c.OrderedDict.fromkeys("abc")).move_to_end("a") or list(o)), ("default", lambda: c.defaultdict(list).__missing__("x"))):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, error)
print(heapq.nsmallest(2, "hello", key=ord), list(heapq.merge([1, 4], [2, 3], reverse=False)), heapq.heapify(h := [5, 3, 8, 1]), h, heapq.heappushpop(h, 0), heapq.heappop_max(h) if hasattr(heapq, "heappop_max") else None, bisect.bisect([1, 2, 2, 3], 2), bisect.bisect_left("abc", "b"), bisect.insort(x := [3, 1][::-1], 2, key=lambda v: v), x)
print(list(it.batched("abcdefg", 3)), list(it.pairwise("abc")), [list(g) for k, g in it.groupby("aabb")], list(it.islice(it.cycle("ab"), 5)), list(it.accumulate([1, 2, 3], lambda a, b: a * b, initial=1)), list(it.zip_longest("ab", "x", fillvalue="-")), len(list(it.permutations(range(5), 3))), list(it.combinations_with_replacement("ab", 2)), list(it.product("ab", repeat=2))[-1], list(it.takewhile(lambda v: v < 3, it.count())), [list(t) for t in it.tee("ab")], list(it.starmap(pow, [(2, 3)])), list(it.compress("abc", [1, 0, 1])), list(it.chain.from_iterable([[1], [2]])))


@functools.lru_cache(maxsize=2)
def cached(x):
    return [x]


print(cached(1) is cached(1), cached(2), cached(3), cached.cache_info(), functools.reduce(lambda a, b: a + b, "abc", "z"), sorted("bca", key=functools.cmp_to_key(lambda a, b: (a < b) - (a > b))), functools.partial(print, functools.Placeholder, "second").func.__name__)


class Temp:
    @functools.cached_property
    def value(self):
        return len(vars(self))

    @functools.singledispatchmethod
    def f(self, x):
        return "any"

    @f.register
    def _(self, x: int | str):
        return "int or str"


t = Temp()
print(t.value, t.value, vars(t), t.f(1), t.f(1.5), t.f("x"), functools.total_ordering(type("O", (), {"__lt__": lambda a, b: True, "__eq__": lambda a, b: False}))() <= 3)
