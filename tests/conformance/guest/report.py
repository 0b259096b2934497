"""How the guest tells the outcomes of tests.

A report is a line of JSON on standard output behind the control character RS (as RFC 7464 has it), which tells it from what
the tests print. For each module there are

    {"at": "start", "test": "<module>"}     the import begins, which has an outcome only if it fails
    {"at": "loaded"}
    {"at": "start", "test": "C.test_x"}     before each test and the fixtures that run before it
    {"at": "end", "test": "C.test_x", "outcome": "passed", "why": ""}
    {"at": "done"}

An outcome is one of those in `Outcome.ORDER`.
"""

import json
import os


class Report:
    """Writes lines through a descriptor of its own: tests replace and close sys.stdout."""

    def __init__(self):
        self.descriptor = os.dup(1)

    def __call__(self, at, **fields):
        line = memoryview(b"\x1e" + json.dumps({"at": at, **fields}).encode() + b"\n")
        while line:
            line = line[os.write(self.descriptor, line):]


class Outcome:
    """The worst that is said of a test is its outcome: its subtests and its clean-up count, too."""

    ORDER = ["passed", "expected", "skipped", "failed", "error"]

    def __init__(self):
        self.outcome, self.why = "passed", ""

    def worsen(self, outcome, why=""):
        if self.ORDER.index(outcome) > self.ORDER.index(self.outcome):
            self.outcome, self.why = outcome, why


def unique(names):
    """The names, with a number behind those that have been there before."""
    seen = {}
    for name in names:
        count = seen[name] = seen.get(name, 0) + 1
        yield name if count == 1 else f"{name}#{count}"


def summary(text):
    """A message in one line, for the person who reads what is worse."""
    lines = text.strip().splitlines() or [""]
    return " | ".join(lines if len(lines) < 4 else lines[:2] + lines[-1:])[:300]
