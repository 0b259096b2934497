//! Code that does not end by itself, by what ends it: data of `deadlines.rs`, and of the benchmark of how late it is ended
//! (`tests/bench/deadlines.rs`).

/// What ends a loop when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The exception, in Python code or in C code that asks for signals.
    Soft,
    /// Nothing but the end of the guest: C code that asks for nothing, Python code that catches everything.
    Hard,
    /// Either: the exception may be raised where CPython ignores it, as in callbacks of the import system and
    /// in finalisers.
    Either,
}

use Stage::{Either, Hard, Soft};

/// Name, stage, the module that it has imported before, source.
pub(crate) const LOOPS: &[(&str, Stage, &str, &str)] = &[
    ("pure Python", Soft, "", "while True: pass"),
    ("a generator", Soft, "", "def g():\n while True: yield\nfor _ in g(): pass"),
    ("a comprehension", Soft, "", "import itertools\n[0 for n in itertools.count() if n < 0]"),
    ("a callback of sort", Soft, "", "def key(x):\n while True: pass\nsorted([2, 1], key=key)"),
    ("a tree of calls", Soft, "", "def f(n): return f(n - 1) + f(n - 1) if n else 0\nf(200)"),
    ("time.sleep", Soft, "", "import time; time.sleep(10**6)"),
    ("select", Soft, "", "import select; select.select([], [], [], 10**6)"),
    (
        "a pipe that nobody writes to",
        Soft,
        "",
        "import os; r, w = os.pipe(); import select; select.select([r], [], [])",
    ),
    ("asyncio", Soft, "", "import asyncio; asyncio.run(asyncio.sleep(10**6))"),
    ("a regular expression", Soft, "", "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')"),
    ("json", Soft, "", "import json\nwhile True: json.loads(json.dumps(list(range(1000))))"),
    ("imports", Either, "", "import importlib, colorsys\nwhile True: importlib.reload(colorsys)"),
    ("zlib, again and again", Soft, "", "import zlib\nwhile True: zlib.compress(bytes(10_000))"),
    ("exec", Soft, "", "while True: exec('x = [n for n in range(10)]')"),
    (
        "a callback of ctypes",
        Hard,
        "",
        "import ctypes\nF = ctypes.CFUNCTYPE(ctypes.c_int)\ndef f():\n while True: pass\nF(f)()\nwhile True: pass",
    ),
    ("a trace function", Soft, "", "import sys\nsys.settrace(lambda *a: None)\nwhile True: pass"),
    ("writing files", Either, "", "while True: open('/tmp/x', 'w').write('x' * 1000)"),
    ("sum of a range", Hard, "", "sum(range(10**15))"),
    ("sum of a count", Hard, "", "import itertools; sum(itertools.count())"),
    ("any", Hard, "", "import itertools; any(itertools.repeat(0))"),
    ("all", Hard, "", "import itertools; all(itertools.repeat(1))"),
    ("in", Hard, "", "import itertools; 1 in itertools.repeat(0)"),
    ("max", Hard, "", "import itertools; max(itertools.cycle([1, 2]))"),
    ("deque", Hard, "", "import itertools, collections; collections.deque(itertools.repeat(0), maxlen=0)"),
    (
        "permutations",
        Hard,
        "",
        "import itertools, collections; collections.deque(itertools.permutations(range(30)), maxlen=0)",
    ),
    (
        "map of a C function",
        Hard,
        "",
        "import itertools, collections; collections.deque(map(abs, itertools.repeat(-1)), maxlen=0)",
    ),
    ("reduce", Hard, "", "import itertools, functools, operator; functools.reduce(operator.add, itertools.repeat(0))"),
    ("set", Hard, "", "import itertools; set(itertools.repeat(1))"),
    ("dict.fromkeys", Hard, "", "import itertools; dict.fromkeys(itertools.repeat(1))"),
    ("math.fsum", Hard, "", "import itertools, math; math.fsum(itertools.repeat(0.0))"),
    ("Counter", Hard, "", "import itertools, collections; collections.Counter(itertools.repeat(0))"),
    (
        "csv",
        Hard,
        "",
        "import itertools, csv, collections; collections.deque(csv.reader(itertools.repeat('a,b')), maxlen=0)",
    ),
    (
        "a C function by ctypes",
        Hard,
        "",
        "import itertools, ctypes\nctypes.pythonapi.PySequence_Contains(ctypes.py_object(itertools.repeat(0)), ctypes.py_object(1))",
    ),
    ("one large compression", Hard, "", "import zlib; zlib.compress(bytes(500 << 20), 9)"),
    ("a product of large numbers", Either, "", "x = 3**1_000_000\nfor _ in range(10): x = x * x"),
    ("compiling a huge source", Hard, "", "compile('x = [1, 2, 3, f(x) + y]\\n' * 3_000_000, 'huge', 'exec')"),
    ("catching everything", Hard, "", "while True:\n try:\n  while True: pass\n except BaseException: pass"),
    (
        "a finaliser",
        Hard,
        "",
        "class D:\n def __del__(self):\n  while True:\n   try:\n    while True: pass\n   except BaseException: pass\nD();",
    ),
    (
        "a generator's finally",
        Hard,
        "",
        "def g():\n try: yield\n finally:\n  while True:\n   try:\n    while True: pass\n   except BaseException: pass\nx = g(); next(x); x.close()",
    ),
    (
        "ignored signals",
        Hard,
        "",
        "import signal\nfor n in (2, 14, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
    ),
    ("an exception's text", Hard, "", "class E(Exception):\n def __str__(self): return sum(range(10**15))\nraise E"),
    ("a value's hash", Hard, "", "class K:\n def __hash__(self): return sum(range(10**15))\n{K(): 1}"),
    (
        "sleeping and catching",
        Hard,
        "",
        "import time\nwhile True:\n try: time.sleep(10**6)\n except BaseException: pass",
    ),
    (
        "SQLite",
        Hard,
        "sqlite3",
        "import sqlite3\nsqlite3.connect(':memory:').execute('with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c').fetchone()",
    ),
    ("NumPy's correlation", Hard, "numpy", "import numpy; x = numpy.ones(3_000_000); numpy.correlate(x, x, 'full')"),
    ("NumPy's matrix product", Hard, "numpy", "import numpy; a = numpy.ones((6000, 6000)); a @ a"),
    ("NumPy's eigenvalues", Hard, "numpy", "import numpy; x = numpy.random.rand(2000, 2000); numpy.linalg.eigvals(x)"),
];
