"""argparse, getopt, logging, warnings, unittest, doctest, cmd, sched, timeit, tracemalloc, cProfile."""
import argparse
import cProfile
import contextlib
import doctest
import getopt
import io
import logging
import logging.handlers
import pstats
import sched
import sys
import timeit
import tracemalloc
import unittest
import unittest.mock
import warnings

print("-- argparse")
parser = argparse.ArgumentParser(prog="tool", description="Does things.", epilog="The end.", color=False)
parser.add_argument("file", nargs="+", help="input files")
parser.add_argument("-n", "--number", type=int, default=3, metavar="N", help="how many (default: %(default)s)")
parser.add_argument("--mode", choices=["fast", "slow"], required=True)
group = parser.add_mutually_exclusive_group()
group.add_argument("-v", "--verbose", action="count", default=0)
group.add_argument("-q", action="store_true")
parser.add_argument("--flag", action=argparse.BooleanOptionalAction)
print(parser.parse_args(["a", "b", "--mode=fast", "-vv", "-n5", "--no-flag"]), parser.parse_known_args(["a", "--mode", "slow", "--what"])[1])
print(parser.format_help())
for arguments in ([], ["x", "--mode", "odd"], ["x", "--mode", "fast", "-n", "five"], ["x", "--mode", "fast", "-v", "-q"], ["--help"]):
    err = io.StringIO()
    try:
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
            parser.parse_args(arguments)
    except SystemExit as stop:
        print(arguments, stop.code, err.getvalue().strip().splitlines()[-1:])
print(getopt.gnu_getopt(["-ab", "v", "--long=x", "rest"], "ab:", ["long="]))

print("-- logging")
stream = io.StringIO()
logging.basicConfig(stream=stream, level=logging.DEBUG, format="%(levelname)s:%(name)s:%(funcName)s:%(message)s", force=True)
log = logging.getLogger("app.part")
log.info("number %d of %s", 1, "żółw")
log.setLevel("ERROR")
log.warning("not seen")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
memory = logging.handlers.MemoryHandler(10, target=logging.StreamHandler(stream))
log.addHandler(memory)
log.critical("twice", extra={"x": 1})
memory.close()
logging.getLogger("app").addFilter(lambda record: False)
print(stream.getvalue().replace(__file__, "<file>"), logging.getLevelName(35), log.getEffectiveLevel(), log.parent.name)

print("-- warnings")
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("default")
    for _ in range(2):
        warnings.warn("old", DeprecationWarning)
    warnings.warn_explicit("text", UserWarning, "file.py", 7)
    eval("1 is 1")
    print([(w.category.__name__, str(w.message)) for w in seen])
with warnings.catch_warnings():
    warnings.filterwarnings("error", "bad.*", RuntimeWarning)
    try:
        warnings.warn("bad thing", RuntimeWarning)
    except RuntimeWarning as error:
        print("raised", error)
print(warnings.formatwarning("m", UserWarning, "f.py", 3, "line"))
warnings.warn("this one goes to stderr", stacklevel=1)

print("-- unittest and doctest")


class Case(unittest.TestCase):
    def setUp(self): self.value = 2
    def test_ok(self): self.assertEqual(self.value, 2)
    def test_fails(self): self.assertEqual({"a": [1, 2]}, {"a": [1, 3]}, "message")
    def test_error(self): {}["k"]
    @unittest.skip("later")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i): self.assertLess(i, 2)
    def test_raises(self):
        with self.assertRaisesRegex(ValueError, "inv.*"): int("x")
    def test_mock(self):
        with unittest.mock.patch("os.getpid", return_value=7) as m:
            import os
            self.assertEqual(os.getpid(), 7)
        m.assert_called_once_with()


out = io.StringIO()
result = unittest.TextTestRunner(out, verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
print(result, [t.id() for t, _ in result.failures], [line for line in out.getvalue().splitlines() if line.startswith(("FAIL", "ERROR", "AssertionError", "KeyError"))])


def square(x):
    """
    >>> square(3)
    9
    >>> square("a")
    Traceback (most recent call last):
    TypeError: can't multiply sequence by non-int of type 'str'
    >>> square(2)
    5
    """
    return x * x


with contextlib.redirect_stdout(io.StringIO()) as out:
    outcome = doctest.testmod(sys.modules["__main__"])
print(outcome, "Expected:\n    5\nGot:\n    4" in out.getvalue())

print("-- measuring")
profile = cProfile.Profile()
profile.runcall(sorted, range(100), key=lambda v: -v)
stats = pstats.Stats(profile, stream=io.StringIO())
tracemalloc.start()
held = [bytes(1000) for _ in range(100)]
print(stats.total_calls > 100, tracemalloc.get_traced_memory()[0] > 90_000, timeit.timeit("x = 1", number=100) < 5, len(held))
tracemalloc.stop()
s = sched.scheduler()
s.enter(0.01, 1, print, ("scheduled second",)), s.enter(0, 1, print, ("scheduled first",))
s.run()
