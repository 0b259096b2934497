"""Runs the tests of modules and reports each outcome as soon as it is known.

    unittests.py FOLDER MODULE[,MODULE...] FROM [MODULE/TEST...]

FOLDER, where the suite is, comes first on sys.path. FROM says how many tests are left out at the start: a run that follows
one whose process died passes how many that one had started. The tests that are named are left out wherever they are.
"""

import importlib
import os
import sys
import tempfile
import unittest

from report import Outcome, Report, summary, unique


class Outcomes(unittest.TestResult):
    """Reports what a test tells unittest."""

    def __init__(self, report):
        super().__init__()
        self.report = report
        self.current, self.outcome = None, Outcome()

    def note(self, test, outcome, why=""):
        # Fixtures of classes and modules have outcomes, but are never started or stopped.
        if test is self.current:
            self.outcome.worsen(outcome, why)
        else:
            self.report("end", test=str(test), outcome=outcome, why=why)

    def startTest(self, test):
        self.current, self.outcome = test, Outcome()

    def stopTest(self, test):
        self.report("end", test=test.conformance_name, outcome=self.outcome.outcome, why=self.outcome.why)
        self.current = None

    def addSubTest(self, test, subtest, err):
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self.note(test, "failed" if failed else "error", describe(err))

    def addSkip(self, test, reason):
        # A skipped subtest says it of itself; what the others say of the test stands.
        if getattr(test, "test_case", test) is test:
            self.note(test, "skipped", reason)

    def addFailure(self, test, err):
        self.note(test, "failed", describe(err))

    def addError(self, test, err):
        self.note(test, "error", describe(err))

    def addExpectedFailure(self, test, err):
        self.note(test, "expected")

    def addUnexpectedSuccess(self, test):
        self.note(test, "failed", "unexpected success")


class Announced(unittest.TestSuite):
    """Says which test is next before the fixtures of its class run."""

    def __init__(self, tests, report):
        super().__init__(tests)
        self.report = report

    def __iter__(self):
        for test in super().__iter__():
            self.report("start", test=test.conformance_name)
            yield test


def describe(err):
    try:
        text = str(err[1])
    except Exception as caught:
        text = f"<no text: {type(caught).__name__}>"
    return summary(f"{err[0].__name__}: {text}")


def flatten(suite):
    if isinstance(suite, unittest.TestSuite):
        return [test for part in suite for test in flatten(part)]
    return [suite]


def named(tests, module):
    """Gives each test the name by which it is recorded: its id without the module's, made unique."""
    for test, name in zip(tests, unique(test.id().removeprefix(module + ".") for test in tests)):
        test.conformance_name = name
    return tests


def load(module, left_out):
    """The tests of a module but for some; of a package only those in its own file, since its modules are run one by one."""
    loaded = importlib.import_module(module)
    if hasattr(loaded, "__path__"):
        loaded.__dict__.pop("load_tests", None)
    loader = unittest.TestLoader()
    tests = flatten(loader.loadTestsFromModule(loaded))
    if loader.errors:
        raise ImportError(loader.errors[0].strip().splitlines()[-1])
    return [test for test in named(tests, module) if f"{module}/{test.conformance_name}" not in left_out]


def prepare():
    """What CPython's own runner, libregrtest, prepares. No resource (network, much memory or time) may be used."""
    from test import support

    support.verbose = 0
    support.use_resources = {}
    sys.argv[1:] = []
    if sys.stdout is not None:
        support.record_original_stdout(sys.stdout)
        sys.stdout.reconfigure(errors="backslashreplace")


def run(module, first, left_out, report):
    os.chdir(tempfile.mkdtemp(prefix="conformance"))
    report("start", test="<module>")
    try:
        tests = load(module, left_out)
    except unittest.SkipTest as skipped:
        report("end", test="<module>", outcome="skipped", why=str(skipped))
    except BaseException as caught:
        report("end", test="<module>", outcome="error", why=describe((type(caught), caught)))
    else:
        report("loaded")
        Announced(tests[first:], report).run(Outcomes(report))
    report("done")


def main():
    report = Report()
    folder, modules, first, *left_out = sys.argv[1:]
    sys.path.insert(0, folder)
    prepare()
    before = set(sys.modules)
    for module in modules.split(","):
        run(module, int(first), left_out, report)
        # As libregrtest does between the modules that it runs in one process.
        for name in set(sys.modules) - before:
            if name.startswith("test."):
                del sys.modules[name]
    # Threads and finalizers of the tests' are nobody's business now.
    os._exit(0)


main()
