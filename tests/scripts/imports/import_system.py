"""importlib, zipimport, pkgutil, packages, resources, loaders, cycles, errors, reloading, code objects."""
import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.resources
import importlib.util
import os
import pkgutil
import runpy
import sys
import tempfile
import textwrap
import zipfile
import zipimport

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)


def write(path, text=""):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(textwrap.dedent(text))


write("plain.py", "value = 'first'\nprint('plain runs as', __name__)\n")
write("pack/__init__.py", "from . import one\n__all__ = ['one', 'two']\ndef __getattr__(name):\n    if name != 'anything': raise AttributeError(name)\n    return f'lazy {name}'\n")
write("pack/one.py", "import pack as me\nfrom .sub.deep import where\nnumber = 1\n")
write("pack/two.py", "number = 2\n")
write("pack/__main__.py", "import sys\nprint('main of pack', __name__, __package__, sys.argv[1:])\n")
write("pack/sub/deep.py", "where = __name__\n")
write("pack/data/text.txt", "zażółć\n")
write("cycle_a.py", "import cycle_b\nx = 1\ny = cycle_b.z\n")
write("cycle_b.py", "import cycle_a\nz = getattr(cycle_a, 'x', 'not yet')\n")
write("wrong_cycle.py", "from wrong_cycle2 import x\ny = 1\n")
write("wrong_cycle2.py", "from wrong_cycle import y\nx = 1\n")
write("broken.py", "def f(:\n")
write("raises.py", "import missing_dependency\n")
import plain
print(plain.value, os.path.basename(plain.__file__), plain.__spec__.origin == plain.__file__, type(plain.__loader__).__name__, plain.__cached__ is not None)
write("plain.py", "value = 'changed and longer'\n")
importlib.invalidate_caches()
print(importlib.reload(plain).value)
from pack import *
import pack.sub as sub
print(one.number, two.number, one.where, pack.anything if "pack" in globals() else importlib.import_module("pack").anything, sub.__path__ is not None, sub.__file__, one.me.__name__)
print(importlib.resources.files("pack").joinpath("data/text.txt").read_text(encoding="utf-8"), pkgutil.get_data("pack", "data/text.txt"), [m.name for m in pkgutil.iter_modules([os.path.join(folder, "pack")])], [m.name for m in pkgutil.walk_packages([folder]) if m.name.startswith("pack")])
import cycle_a
print(cycle_a.y)
for name in ("wrong_cycle", "broken", "raises", "no.such", "pack.nothing", "os.path.join", ""):
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, "|", type(error).__name__, str(error).replace(folder, "<folder>"), getattr(error, "name", None))
for statement in ("from pack import one as o, nine", "from os import nonsense", "from . import x", "import plain.sub"):
    try:
        exec(statement, {"__name__": "test", "__package__": ""})
        print(statement, "works")
    except ImportError as error:
        print(statement, "|", type(error).__name__, str(error).replace(folder, "<folder>"))
sys.argv[1:] = ["argument"]
runpy.run_module("pack", run_name="__main__", alter_sys=True)
print(runpy.run_path(os.path.join(folder, "plain.py"))["value"], importlib.util.find_spec("pack.one").name, importlib.util.find_spec("nowhere"), "broken" in sys.modules)

print("-- a zip with modules and metadata")
with zipfile.ZipFile(os.path.join(folder, "lib.zip"), "w") as archive:
    archive.writestr("zipped/__init__.py", "from .inner import f\n")
    archive.writestr("zipped/inner.py", "def f():\n    raise RuntimeError('in the zip')\n")
    archive.writestr("zipped/data.bin", b"\x00\x01")
    archive.writestr("thing-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.2\nRequires-Dist: other>=1; extra == 'x'\n")
    archive.writestr("__main__.py", "print('zip runs', __name__)\n")
sys.path.insert(0, os.path.join(folder, "lib.zip"))
import zipped
print(type(zipped.__loader__).__name__, pkgutil.get_data("zipped", "data.bin"), importlib.metadata.version("thing"), importlib.metadata.requires("thing"))
try:
    zipped.f()
except RuntimeError as error:
    print(error, error.__traceback__.tb_next.tb_frame.f_code.co_filename.replace(folder, "<folder>"))
runpy.run_path(os.path.join(folder, "lib.zip"), run_name="__main__")
print(zipimport.zipimporter(os.path.join(folder, "lib.zip")).is_package("zipped"))

print("-- finders and loaders of one's own")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, origin="nowhere") if name.startswith("virtual_") else None

    def exec_module(self, module):
        module.answer = len(module.__name__)


sys.meta_path.insert(0, Finder())
import virtual_thing
print(virtual_thing.answer, virtual_thing.__spec__.origin, repr(virtual_thing))
print(sys.modules["json"] if "json" in sys.modules and False else importlib.util.module_from_spec(importlib.util.find_spec("json")).__name__, "math" in sys.builtin_module_names, importlib.machinery.all_suffixes()[0], importlib.util.cache_from_source("/a/b.py"), len(sys.stdlib_module_names) > 250)
