"""Exceptions that cross C code on their way: keys, comparisons, hashes, iterators, hooks of re, json, sqlite, expat, zlib, struct."""
import array
import bisect
import functools
import heapq
import io
import itertools
import json
import operator
import pickle
import re
import sqlite3
import xml.etree.ElementTree as ET


class Bad:
    def __getattr__(self, name):
        raise LookupError(name)

    def fail(self, *rest, **named):
        raise LookupError("method")

    __hash__ = __eq__ = __lt__ = __iter__ = __len__ = __bool__ = __index__ = __float__ = __str__ = __repr__ = __call__ = __enter__ = __contains__ = __getitem__ = __format__ = __bytes__ = __fspath__ = __reduce_ex__ = fail


bad = Bad()
db = sqlite3.connect(":memory:")
db.create_function("f", 1, bad)
for what, call in (("sort", lambda: [3, bad].sort()), ("key", lambda: sorted([1], key=bad)), ("dict", lambda: {bad: 1}), ("set", lambda: {1} & {bad}), ("in", lambda: 1 in bad), ("list", lambda: list(bad)), ("unpack", lambda: [*bad]), ("join", lambda: "".join(bad)), ("int", lambda: int(bad)), ("float", lambda: float(bad)), ("format", lambda: f"{bad:x}"), ("percent", lambda: "%s" % bad), ("bytes", lambda: bytes(bad)), ("range", lambda: range(bad)), ("slice", lambda: [1][bad:]), ("heapq", lambda: heapq.heapify([bad, bad])), ("bisect", lambda: bisect.bisect([bad], bad)), ("sub", lambda: re.sub("a", bad, "a")), ("json", lambda: json.dumps({1: object()}, default=bad)), ("hook", lambda: json.loads("{}", object_hook=bad)), ("pickle", lambda: pickle.dumps(bad)), ("sql", lambda: db.execute("select f(1)").fetchall()), ("bind", lambda: db.execute("select ?", [bad])), ("open", lambda: open(bad)), ("array", lambda: array.array("i", [bad])), ("map", lambda: list(map(bad, [1]))), ("reduce", lambda: functools.reduce(bad, [1, 2])), ("groupby", lambda: list(itertools.groupby([1], bad))), ("attr", lambda: operator.attrgetter("x.y")(bad)), ("max", lambda: max([bad, bad])), ("sum", lambda: sum([bad], start=1)), ("print", lambda: print(bad)), ("cache", lambda: functools.lru_cache(bad.fail)(bad)), ("xml", lambda: ET.XMLParser(target=bad).feed("<a/>")), ("writer", lambda: io.TextIOWrapper(bad)), ("with", lambda: exec("with bad: pass", {"bad": bad})), ("iter", lambda: list(iter(bad, 1))), ("isinstance", lambda: isinstance(1, bad)), ("if", lambda: 1 if bad else 2)):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, str(error)[:60].split(" 0x")[0], type(error.__cause__ or error.__context__).__name__)
