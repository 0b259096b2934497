"""Runs the tests of one module and reports each outcome as soon as it is known.

    unittests.py FOLDER MODULE FROM [TEST...]

FOLDER, where the suite is, comes first on sys.path. FROM says how many tests are left out at the start: a run that follows
one whose process died passes how many that one had started. The tests that are named are left out wherever they are.

A report is a line of JSON on standard output behind the control character RS (as RFC 7464 has it), which tells it from what
the tests print:

    {"at": "start", "test": "<module>"}     the import begins, which has an outcome only if it fails
    {"at": "loaded"}
    {"at": "start", "test": "C.test_x"}     before each test and the fixtures that run before it
    {"at": "end", "test": "C.test_x", "outcome": "passed", "why": ""}
    {"at": "done"}
"""

import importlib
import json
import os
import sys
import tempfile
import unittest


class Report:
    """Writes lines through a descriptor of its own: tests replace and close sys.stdout."""

    def __init__(self):
        self.descriptor = os.dup(1)

    def __call__(self, at, **fields):
        line = memoryview(b"\x1e" + json.dumps({"at": at, **fields}).encode() + b"\n")
        while line:
            line = line[os.write(self.descriptor, line):]


class Outcomes(unittest.TestResult):
    """The worst that is said of a test is its outcome: its subtests and its clean-up count, too."""

    ORDER = ["passed", "expected", "skipped", "failed", "error"]

    def __init__(self, report):
        super().__init__()
        self.report = report
        self.worst = {}

    def note(self, test, outcome, why=""):
        # Fixtures of classes and modules have outcomes, but are never started or stopped.
        if test is not self.current:
            self.report("end", test=str(test), outcome=outcome, why=why)
        elif self.ORDER.index(outcome) > self.ORDER.index(self.outcome):
            self.outcome, self.why = outcome, why

    current = None

    def startTest(self, test):
        self.current, self.outcome, self.why = test, "passed", ""

    def stopTest(self, test):
        self.report("end", test=test.conformance_name, outcome=self.outcome, why=self.why)
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
    """The last line of an exception, for the person who reads what is worse."""
    try:
        text = str(err[1]).strip().splitlines() or [""]
    except Exception as caught:
        text = [f"<no text: {type(caught).__name__}>"]
    return f"{err[0].__name__}: {text[0] if len(text) < 4 else ' | '.join(text[:2] + text[-1:])}"[:300]


def flatten(suite):
    if isinstance(suite, unittest.TestSuite):
        return [test for part in suite for test in flatten(part)]
    return [suite]


def named(tests, module):
    """Gives each test the name by which it is recorded: its id without the module's, made unique."""
    seen = {}
    for test in tests:
        name = test.id().removeprefix(module + ".")
        count = seen[name] = seen.get(name, 0) + 1
        test.conformance_name = name if count == 1 else f"{name}#{count}"
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
    return [test for test in named(tests, module) if test.conformance_name not in left_out]


def prepare():
    """What CPython's own runner, libregrtest, prepares. No resource (network, much memory or time) may be used."""
    from test import support

    support.verbose = 0
    support.use_resources = {}
    os.chdir(tempfile.mkdtemp(prefix="conformance"))
    sys.argv[1:] = []
    if sys.stdout is not None:
        support.record_original_stdout(sys.stdout)
        sys.stdout.reconfigure(errors="backslashreplace")


def main():
    report = Report()
    folder, module, first, *left_out = sys.argv[1:]
    sys.path.insert(0, folder)
    prepare()
    report("start", test="<module>")
    try:
        tests = load(module, left_out)
    except unittest.SkipTest as skipped:
        report("end", test="<module>", outcome="skipped", why=str(skipped))
    except BaseException as caught:
        report("end", test="<module>", outcome="error", why=describe((type(caught), caught)))
    else:
        report("loaded")
        Announced(tests[int(first):], report).run(Outcomes(report))
    report("done")
    # Threads and finalizers of the tests' are nobody's business now.
    os._exit(0)


main()
