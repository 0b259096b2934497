"""itertools, functools, operator, heapq, bisect, collections, graphlib, contextlib, contextvars, weakref, gc."""
import bisect
import collections
import contextlib
import contextvars
import functools
import gc
import graphlib
import heapq
import io
import itertools as it
import operator
import types
import weakref

print(list(it.accumulate([1, 2, 3], operator.mul, initial=10)), list(it.batched("abcdefg", 3)), list(it.chain.from_iterable([[1], [2, 3]])), list(it.combinations("abc", 2)), len(list(it.product(range(3), repeat=4))), list(it.permutations([1, 2, 3], 2))[:3])
print(list(it.groupby("aabca"))and [(k, len(list(g))) for k, g in it.groupby("aabca")], list(it.islice(it.count(5, 3), 2, 8, 2)), list(it.pairwise([1, 2, 3])), list(it.zip_longest([1], [2, 3], fillvalue="-")), list(it.compress("abc", [1, 0, 1])), list(it.starmap(pow, [(2, 3), (3, 2)])), list(it.takewhile(lambda x: x < 3, [1, 2, 5, 1])))
a, b = it.tee(iter("xyz"))
print(next(a), list(b), list(a), list(zip([1, 2], "ab", strict=True)), list(it.combinations_with_replacement("ab", 2)))
try:
    list(zip([1], [1, 2], strict=True))
except ValueError as error:
    print(error)


@functools.lru_cache(maxsize=3)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.singledispatch
def kind(x): return "object"
@kind.register
def _(x: int | float): return "number"
@kind.register(list)
def _(x): return f"list of {kind(x[0])}"


print(fib(90), fib.cache_info(), kind([1.5]), kind("s"), functools.reduce(operator.xor, [1, 2, 7]), functools.partial(int, base=2)("101"), sorted("bAc", key=functools.cmp_to_key(lambda x, y: (x.lower() > y.lower()) - (x.lower() < y.lower()))), operator.itemgetter(1, 0)("ab"), operator.attrgetter("real.imag")(5), operator.methodcaller("upper")("x"))
heap = [5, 1, 8, 3]
heapq.heapify(heap)
print(heapq.heappushpop(heap, 2), heapq.nsmallest(2, heap), heapq.nlargest(2, "hello"), list(heapq.merge([1, 4], [2, 3])), [heapq.heappop(heap) for _ in range(4)])
print(bisect.bisect_left([1, 3, 3, 5], 3), bisect.bisect([1, 3, 3, 5], 3), bisect.bisect([("a", 1), ("c", 2)], "b", key=lambda p: p[0]), list(graphlib.TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"b"}}).static_order()))
try:
    graphlib.TopologicalSorter({1: {2}, 2: {1}}).prepare()
except graphlib.CycleError as error:
    print(error.args[0], sorted(set(error.args[1])))

print("-- collections")
c, d = collections.Counter("mississippi"), collections.deque(range(5), maxlen=4)
d.rotate(1), d.appendleft(9)
od = collections.OrderedDict(a=1, b=2, c=3)
od.move_to_end("a"), od.popitem(last=False)
dd, cm = collections.defaultdict(list), collections.ChainMap({"x": 1}, {"x": 2, "y": 3})
dd["k"].append(1)
print(c.most_common(2), c - collections.Counter("miss"), c.total(), d, od, dict(dd), cm["x"], dict(cm), cm.parents["x"], collections.namedtuple("N", "a b", defaults=[7])(1)._asdict(), {**{"b": 1, "a": 2}, "b": 3} | {"z": 0})
print(types.MappingProxyType({"a": 1})["a"], collections.UserList([3, 1])[::-1], {1, 2, 3} ^ {3, 4}, frozenset("ab") <= set("abc"), dict.fromkeys("ab", 0), list({"a": 1, "b": 2}.items() & {("a", 1)}), list(reversed({"x": 1, "y": 2})))

print("-- contexts")


@contextlib.contextmanager
def traced(name):
    print("enter", name, end="; ")
    try:
        yield name
    except KeyError as error:
        print("swallowed", error, end="; ")
    finally:
        print("leave", name)


with contextlib.ExitStack() as stack:
    print([stack.enter_context(traced(n)) for n in "ab"])
    stack.callback(print, "called back")
    raise KeyError("k")
with contextlib.suppress(ZeroDivisionError), contextlib.redirect_stdout(io.StringIO()) as out:
    print("hidden")
    1 / 0
print(repr(out.getvalue()), contextlib.nullcontext(5).__enter__())
var = contextvars.ContextVar("var", default=0)
context = contextvars.copy_context()
token = var.set(1)
print(context.run(lambda: (var.get(), var.set(9), var.get())[::2]), var.get(), context[var], (var.reset(token), var.get())[1])

print("-- weak references and the collector")


class Node:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name, end="; ")


n = Node("n")
ref, proxy, held = weakref.ref(n, lambda r: print("callback", end="; ")), weakref.proxy(n), weakref.WeakValueDictionary(k=n)
weakref.finalize(n, print, "finalised", end="; ")
print(ref() is n, proxy.name, dict(held).keys(), weakref.getweakrefcount(n))
del n
print(ref(), dict(held), gc.isenabled())
x, y = Node("x"), Node("y")
x.other, y.other = y, x
del x, y
print(gc.collect() >= 2, gc.get_count()[0] >= 0, gc.garbage, weakref.WeakMethod(print.__class__.__call__) if False else "")
try:
    proxy.name
except ReferenceError as error:
    print(error)
