"""What an interpreter does around being frozen: modules that are imported ahead, and what is renewed afterwards.

The host compiles this before it freezes an interpreter and keeps the functions; nothing of it is in sys.modules.
"""

import gc
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import PathFinder

import _frozen_importlib

del sys.modules["gc"]

# Where sys.path has the standard library.
LIBRARY = next((entry for entry in sys.path if entry.endswith(".zip")), None)

# Modules that were imported ahead, by name: the module, its spec, and the names of those that its import brought with it.
# A program that does not import them does not see them.
ahead = {}

# Those among them whose parent was there before, and does not show them as long as they are not imported.
detached = set()


def preload(names):
    """Imports modules and puts them aside, with all that came with them. Gives the top-level names of these."""
    find_and_load = _frozen_importlib._find_and_load
    brought = {}

    def recording(name, import_):
        before = set(sys.modules)
        try:
            return find_and_load(name, import_)
        finally:
            brought[name] = [new for new in sys.modules if new not in before]

    before = set(sys.modules)
    _frozen_importlib._find_and_load = recording
    try:
        for name in names.split(","):
            try:
                __import__(name)
            except Exception:
                # The program's own import statement will meet it. What came with it until then is put aside too.
                pass
    finally:
        _frozen_importlib._find_and_load = find_and_load
    for name in [name for name in sys.modules if name not in before]:
        module = sys.modules.pop(name)
        ahead[name] = module, getattr(module, "__spec__", None), brought.get(name, ())
    for name, (module, *_) in ahead.items():
        # A package that was there before must not show what it did not have.
        parent, _, child = name.rpartition(".")
        if parent in before and vars(sys.modules[parent]).get(child) is module:
            delattr(sys.modules[parent], child)
            detached.add(name)
    return ",".join(sorted({name.partition(".")[0] for name in ahead}))


def settle(_):
    """Takes everything that is there out of the garbage collector's sight: it is there to stay.

    A collection looks at each object that it knows, and with copy-on-write memory that copies it; of the three
    collections at the end of a program, two thirds of the time went into these.
    """
    gc.collect()
    gc.freeze()
    sys.meta_path.insert(0, AheadFinder)


class AheadFinder:
    """Finds what was imported ahead. It comes first."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "gc":
            # Who asks the collector about its objects is to see them all.
            gc.unfreeze()
        if name not in ahead or target is not None:
            return None
        if "." not in name and (spec := found_first(name)):
            return spec
        spec = ahead[name][1]
        # Who only asks where a module is (importlib.util.find_spec) gets the answer of the ordinary finders.
        if spec is not None and sys._getframe(2).f_code.co_name != "_find_and_load_unlocked":
            return spec
        return ModuleSpec(name, AheadLoader)


def found_first(name):
    """The module of this name that comes before the standard library in sys.path: beside the program, say."""
    library = sys.path.index(LIBRARY) if LIBRARY in sys.path else len(sys.path)
    spec = library and PathFinder.find_spec(name, sys.path[:library])
    return spec if spec and spec.loader else None


class AheadLoader:
    @staticmethod
    def create_module(spec):
        return ahead[spec.name][0]

    @staticmethod
    def exec_module(module):
        name = module.__spec__.name
        _, module.__spec__, brought = ahead.pop(name)
        for other in brought:
            if other in ahead:
                sys.modules[other] = ahead.pop(other)[0]
                # A package that was brought too has the attributes that it gave itself, perhaps a function of this name.
                parent, _, child = other.rpartition(".")
                if other in detached and parent in sys.modules:
                    setattr(sys.modules[parent], child, sys.modules[other])


def renew(config):
    """Makes a restored interpreter one of its own: its command line, its environment, its randomness.

    Takes CPython's configuration as a dictionary and completes it; the host hands it back to CPython.
    """
    fields = iter(os.fsdecode(config.pop("pyrun")).split("\0"))

    def texts():
        return [next(fields) for _ in range(int(next(fields)))]

    kind, target = next(fields), next(fields)
    argv, orig_argv, variables = texts(), texts(), texts()
    if kind:
        config.update(run_command=None, run_module=None, run_filename=None)
        if kind != "stdin":
            config["run_" + kind] = target
        config.update(argv=argv, orig_argv=orig_argv)
        sys.argv, sys.orig_argv = argv, orig_argv
    for name, value in zip(variables[::2], variables[1::2]):
        os.environ[name] = value

    # CPython asks whether these are terminals when it makes them. An embedder wants to see a line when it is printed.
    for stream in (sys.__stdin__, sys.__stdout__):
        by_lines = stream is not None and (not kind or stream.isatty())
        if stream is not None and stream.line_buffering != by_lines:
            stream.reconfigure(line_buffering=by_lines)

    # Whatever had drawn from the system's entropy would go on alike in all that start from here. The rest (os.urandom,
    # secrets, new generators of NumPy's) asks each time.
    def loaded(name):
        return sys.modules.get(name) or ahead.get(name, (None,))[0]

    if random := loaded("random"):
        random.seed()
    if numpy_random := loaded("numpy.random"):
        numpy_random.seed()
    if tempfile := loaded("tempfile"):
        tempfile._name_sequence = None
    if uuid := loaded("uuid"):
        uuid._node = uuid._last_timestamp = None
    if ssl := loaded("ssl"):
        ssl.RAND_add(os.urandom(64), 64.0)
