"""What runs in an interpreter around a snapshot: preloading modules before, and giving it an identity of its own after.

The host compiles this before it takes the snapshot and keeps the functions; nothing of it is in sys.modules.
"""

import gc
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import PathFinder
from _io import BufferedWriter, TextIOWrapper

import _frozen_importlib

del sys.modules["gc"]

# Where sys.path has the standard library.
LIBRARY = next((entry for entry in sys.path if entry.endswith(".zip")), None)

# Preloaded modules by name: the module, its spec, and the names of the modules that its import loaded with it.
# A program that does not import them does not see them.
preloaded = {}

# Preloaded submodules of packages that were loaded before. The package does not have them as attributes until they are
# imported.
detached = set()


def preload(names):
    """Imports modules and takes them out of sys.modules, with all that their imports loaded.

    Returns the top-level names of what was taken out.
    """
    find_and_load = _frozen_importlib._find_and_load
    loaded_with = {}

    def recording(name, import_):
        before = set(sys.modules)
        try:
            return find_and_load(name, import_)
        finally:
            loaded_with[name] = [new for new in sys.modules if new not in before]

    before = set(sys.modules)
    _frozen_importlib._find_and_load = recording
    try:
        for name in names.split(","):
            try:
                __import__(name)
            except Exception:
                # The program's own import statement will raise it again. What was loaded until then is taken out, too.
                pass
    finally:
        _frozen_importlib._find_and_load = find_and_load
    for name in [name for name in sys.modules if name not in before]:
        module = sys.modules.pop(name)
        preloaded[name] = module, getattr(module, "__spec__", None), loaded_with.get(name, ())
    for name, (module, *_) in preloaded.items():
        # A package that was loaded before must not have an attribute that it did not have.
        parent, _, child = name.rpartition(".")
        if parent in before and vars(sys.modules[parent]).get(child) is module:
            delattr(sys.modules[parent], child)
            detached.add(name)
    return ",".join(sorted({name.partition(".")[0] for name in preloaded}))


def flush_output(_):
    """Writes out what Python's buffers hold for the standard streams: it belongs to whoever has printed it.

    A stream that fails keeps what it has; the host then asks again and lets nothing fail.
    """

    def identity(fd):
        status = os.fstat(fd)
        return status.st_dev, status.st_ino

    known = [sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__]
    for kind in TextIOWrapper, BufferedWriter:
        for stream in known + gc.get_objects():
            if issubclass(type(stream), kind):
                try:
                    if identity(kind.fileno(stream)) in (identity(1), identity(2)):
                        kind.flush(stream)
                except (OSError, ValueError):
                    # It is closed, or cannot be written.
                    pass


def tune_gc(_):
    """Hides every present object from the garbage collector.

    A collection writes to each object that it visits, which copies the object's page of the snapshot. The three
    collections at the end of a program spent two thirds of their time on that.
    """
    gc.collect()
    gc.freeze()
    sys.meta_path.insert(0, PreloadFinder)


class PreloadFinder:
    """Finds preloaded modules. It is the first finder of sys.meta_path."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "gc":
            # A program that asks the collector about objects must see all of them.
            gc.unfreeze()
        if name not in preloaded or target is not None:
            return None
        if "." not in name and (spec := found_first(name)):
            return spec
        spec = preloaded[name][1]
        # importlib.util.find_spec, which only asks where a module is, gets the answer of the ordinary finders.
        if spec is not None and sys._getframe(2).f_code.co_name != "_find_and_load_unlocked":
            return spec
        return ModuleSpec(name, PreloadLoader)


def found_first(name):
    """The module of this name that comes before the standard library in sys.path, such as one next to the program."""
    library = sys.path.index(LIBRARY) if LIBRARY in sys.path else len(sys.path)
    spec = library and PathFinder.find_spec(name, sys.path[:library])
    return spec if spec and spec.loader else None


class PreloadLoader:
    @staticmethod
    def create_module(spec):
        return preloaded[spec.name][0]

    @staticmethod
    def exec_module(module):
        name = module.__spec__.name
        _, module.__spec__, loaded_with = preloaded.pop(name)
        for other in loaded_with:
            if other in preloaded:
                sys.modules[other] = preloaded.pop(other)[0]
                # A package that was loaded in the same import may have set an attribute of this name itself.
                parent, _, child = other.rpartition(".")
                if other in detached and parent in sys.modules:
                    setattr(sys.modules[parent], child, sys.modules[other])


def attach_stream(fd, name):
    """Makes a standard stream anew where CPython would have made another one: for a file, which has a position; or none, for a
    descriptor that is closed."""
    stream = getattr(sys, "__" + name + "__")
    if stream is None:
        return
    try:
        os.fstat(fd)
    except OSError:
        setattr(sys, name, None)
        setattr(sys, "__" + name + "__", None)
        return
    try:
        os.lseek(fd, 0, 1)
    except OSError:
        return
    mode = "r" if fd == 0 else "w"
    binary = open(fd, mode + "b", closefd=False)
    binary.raw.name = "<" + name + ">"
    text = TextIOWrapper(binary, stream.encoding, stream.errors, "\n", stream.line_buffering, stream.write_through)
    text.mode = mode
    setattr(sys, name, text)
    setattr(sys, "__" + name + "__", text)


def after_restore(config):
    """Gives a restored interpreter its own command line, environment and randomness.

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

    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        attach_stream(fd, name)

    # CPython asks whether these are terminals when it creates them. For an embedder each line is written when it ends.
    for stream in (sys.__stdin__, sys.__stdout__):
        by_lines = stream is not None and (not kind or stream.isatty())
        if stream is not None and stream.line_buffering != by_lines:
            stream.reconfigure(line_buffering=by_lines)

    # Generators that were seeded before the snapshot would give the same numbers in every interpreter that starts from
    # it. The rest (os.urandom, secrets, new generators of NumPy) asks the system each time.
    def loaded(name):
        return sys.modules.get(name) or preloaded.get(name, (None,))[0]

    if random := loaded("random"):
        random.seed()
    if numpy_random := loaded("numpy.random"):
        numpy_random.seed()
    if tempfile := loaded("tempfile"):
        tempfile._name_sequence = None
    if uuid := loaded("uuid"):
        uuid._node = uuid._last_timestamp = None
        for name in ("_last_timestamp_v6", "_last_timestamp_v7"):
            if hasattr(uuid, name):
                setattr(uuid, name, None)
    if sympy_random := loaded("sympy.core.random"):
        sympy_random.seed()
    if process := loaded("multiprocessing.process"):
        process._current_process._config["authkey"] = process.AuthenticationString(os.urandom(32))
    if ssl := loaded("ssl"):
        ssl.RAND_add(os.urandom(64), 64.0)
