"""Runs the tests of a package's modules with pytest, and reports each outcome as soon as it is known.

    pytests.py FOLDER MODULE[,MODULE...] FROM [MODULE/TEST...]

The arguments are those of `unittests.py`. FOLDER has in `site` what runs the tests, and in `PACKAGE` what the release's wheel
lacks of the whole: the packages of tests, and pytest's `conftest.py`.
"""

import importlib
import importlib.machinery
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(sys.argv[1], "site"))

import pytest

from report import Outcome, Report, summary, unique

# What each project leaves out when it is asked for its tests and not for the slow ones, too.
MARKERS = {
    "pandas": "not slow and not network and not db and not single_cpu",
    "scipy": "not slow and not xslow",
}


class Rational:
    """Stands for a type of `_rational_tests`: modules make arrays of it while they are imported."""

    def __init__(self, *args):
        self.args = args


class Absent:
    """Finds the extension modules that only tests need, and that the release has not been built with.

    What is taken from one skips the test that calls it; so a module with one such test has all of its others.
    """

    NAMES = {
        "numpy._core." + name
        for name in [
            "_multiarray_tests",
            "_operand_flag_tests",
            "_rational_tests",
            "_simd",
            "_struct_ufunc_tests",
            "_umath_tests",
        ]
    }

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, cls) if name in cls.NAMES else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        def attribute(name):
            if name.startswith("__"):
                raise AttributeError(name)
            return lambda *args, **kwargs: pytest.skip(f"the release has no {module.__name__}")

        module.__getattr__ = attribute
        module.rational = Rational


class Plugin:
    """What is between pytest and the report, for one module."""

    def __init__(self, report, module, first, left_out):
        self.report, self.module, self.first, self.left_out = report, module, first, left_out
        self.names = {}
        self.outcome = Outcome()

    def pytest_pycollect_makemodule(self, module_path, parent):
        module = self.module

        class Imported(pytest.Module):
            """Imported by its own name, as a part of the package that is installed."""

            def _getobj(self):
                return importlib.import_module(module)

        return Imported.from_parent(parent, path=module_path)

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            outcome = "error" if report.outcome == "failed" else "skipped"
            self.report("end", test="<module>", outcome=outcome, why=summary(report.longreprtext[-300:]))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        names = unique(item.nodeid.partition("::")[2].replace("::", ".") for item in items)
        kept = [(item, name) for item, name in zip(items, names) if f"{self.module}/{name}" not in self.left_out]
        self.names = {item.nodeid: name for item, name in kept}
        items[:] = [item for item, _ in kept][self.first:]
        self.report("loaded")

    def pytest_runtest_logstart(self, nodeid):
        self.outcome = Outcome()
        self.report("start", test=self.names[nodeid])

    def pytest_runtest_logreport(self, report):
        if hasattr(report, "wasxfail"):
            self.outcome.worsen("expected" if report.outcome == "skipped" else "passed")
        elif report.outcome == "skipped":
            self.outcome.worsen("skipped", summary(str(report.longrepr[2])))
        elif report.outcome == "failed":
            crash = getattr(report.longrepr, "reprcrash", None)
            self.outcome.worsen("failed", summary(crash.message if crash else report.longreprtext))

    def pytest_runtest_logfinish(self, nodeid):
        self.report("end", test=self.names[nodeid], outcome=self.outcome.outcome, why=self.outcome.why)


def complete(package, folder):
    """Links into the installed package what the folder has of it, and gives the folder that the package lies in."""
    place = pathlib.Path(importlib.import_module(package).__file__).parent.parent
    for source in [*folder.glob(f"{package}/**/tests"), *folder.glob(f"{package}/**/conftest.py")]:
        name = source.relative_to(folder)
        target = place / name
        if "tests" in name.parts[:-1] or target.is_file():
            continue
        if target.is_dir():  # Some wheels have the tests' data, which is in the folder, too.
            shutil.rmtree(target)
        target.symlink_to(source)
    return place


def main():
    report = Report()
    folder, modules, first, *left_out = sys.argv[1:]
    modules = modules.split(",")
    package = modules[0].partition(".")[0]
    sys.meta_path.append(Absent)
    place = complete(package, pathlib.Path(folder))
    if package == "numpy":
        # It asks for each test whether the last one has changed the mode of the x87, which this machine does not have.
        importlib.import_module("numpy.conftest").get_fpu_mode = lambda: 0
    os.chdir(tempfile.mkdtemp(prefix="conformance"))
    options = ["--capture=sys", "--rootdir", str(place), "-c", os.devnull, "-p", "no:cacheprovider"]
    options += ["-m", MARKERS.get(package, "")]
    for module in modules:
        report("start", test="<module>")
        path = place.joinpath(*module.split(".")).with_suffix(".py")
        try:
            pytest.main([*options, str(path)], plugins=[Plugin(report, module, int(first), left_out)])
        except pytest.skip.Exception as skipped:  # A conftest.py's own: pytest lets it through.
            report("end", test="<module>", outcome="skipped", why=str(skipped))
        report("done")
    os._exit(0)


main()
