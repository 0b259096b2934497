"""Files and coroutines that nobody closed or awaited are warned of when they go; with tracemalloc also where from."""
import gc
import tracemalloc
import warnings

warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    open("/dev/null")
    gc.collect()
    print([(w.category.__name__, str(w.message).split(" name=")[0]) for w in caught])


async def never():
    pass


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    never()
    gc.collect()
    print([(w.category.__name__, str(w.message)) for w in caught])
tracemalloc.start(2)
data = [bytes(1000) for _ in range(100)]
snapshot = tracemalloc.take_snapshot()
top = snapshot.filter_traces([tracemalloc.Filter(True, __file__)]).statistics("lineno")[0]
print(top.size > 100_000, top.count >= 100, tracemalloc.get_object_traceback(data[0])[0].lineno == top.traceback[0].lineno, tracemalloc.get_traced_memory()[0] > 100_000)
tracemalloc.stop()
print(tracemalloc.is_tracing())
