"""Finders and loaders of one's own: order, lazy modules, resources, a finder that fails, path hooks, module replaced by itself."""
import importlib.abc
import importlib.machinery
import importlib.util
import sys


class Loader(importlib.abc.InspectLoader):
    def get_source(self, name):
        return f"import sys\nvalue = len({name!r})\nif {name!r} == 'made_replaced': sys.modules[__name__] = 'not a module'\n"


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.startswith("made_"):
            return importlib.machinery.ModuleSpec(name, Loader(), origin="made up", is_package=name.endswith("package"))
        if name == "refused":
            raise ModuleNotFoundError("refused by the finder", name=name)
        return None


sys.meta_path.insert(0, Finder())
import made_one
import made_package
import made_replaced

print(made_one.value, made_one.__spec__.origin, repr(made_one), made_package.__path__, made_replaced, made_one.__loader__.get_code("made_one").co_filename)
for name in ("refused", "made", "made_one.x"):
    try:
        __import__(name)
    except ImportError as error:
        print(name, type(error).__name__, error)
spec = importlib.util.find_spec("colorsys")
lazy = importlib.util.module_from_spec(spec)
importlib.util.LazyLoader(spec.loader).exec_module(lazy)
print(type(lazy).__name__, lazy.rgb_to_hsv(1, 0, 0), type(lazy).__name__)
sys.path_hooks.insert(0, lambda path: Finder() if path == "special:" else (_ for _ in ()).throw(ImportError()))
sys.modules["made_none"] = None
try:
    import made_none
except ModuleNotFoundError as error:
    print(error)
print(importlib.util.resolve_name("..x", "a.b.c"), importlib.util.spec_from_loader("n", Loader()).name, importlib.util.source_hash(b"x").hex())
