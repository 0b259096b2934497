"""gc: generations, cycles with finalizers, callbacks, weak references that die in order, resurrection, frozen objects."""
import gc
import weakref

log = []


class Node:
    def __init__(self, name):
        self.name, self.other = name, None

    def __del__(self):
        log.append("del " + self.name)


gc.collect()
print(gc.isenabled(), gc.get_threshold()[0] > 100, gc.get_count()[1:] is not None, len(gc.get_stats()))
a, b = Node("a"), Node("b")
a.other, b.other = b, a
r = weakref.ref(a, lambda _: log.append("weakref of a"))
weakref.finalize(b, log.append, "finalize b")
gc.disable()
del a, b
print(log, r() is not None)
print(gc.collect() >= 2, sorted(log), r())
phases = []
gc.callbacks.append(lambda phase, info: phases.append((phase, info["generation"])))
gc.collect(0)
print(phases)
gc.callbacks.clear()
kept = []


class Again:
    def __del__(self):
        kept.append(self)


Again()
print(len(kept), gc.is_tracked([]), gc.is_tracked(1), gc.is_tracked({}), gc.is_finalized(kept[0]))
gc.freeze()
print(gc.get_freeze_count() > 0, gc.unfreeze(), gc.get_freeze_count(), any(x is kept for x in gc.get_objects()), len(gc.get_referrers(kept[0])) > 0, gc.get_referents([1, "x"]))
d = weakref.WeakValueDictionary(one=Node("weak"))
print(dict(d), log[-1])
s = weakref.WeakSet([x := Node("set")])
del x
print(len(s), weakref.getweakrefcount(kept))
