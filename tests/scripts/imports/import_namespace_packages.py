"""Namespace packages over several folders, pkgutil's way, .pth files, sys.path changed while running."""
import importlib
import os
import pkgutil
import site
import sys
import tempfile

root = tempfile.mkdtemp()


def write(path, text=""):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


write("a/space/one.py", "x = 1")
write("b/space/two.py", "x = 2")
write("c/space/three.py", "x = 3")
write("a/old/__init__.py", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)")
write("b/old/__init__.py")
write("b/old/part.py", "x = 'part'")
write("site/extra.pth", "../added\nimport sys; sys.from_pth = True\n# comment\n/no/such/folder\n")
write("added/by_pth.py", "x = 'pth'")
sys.path[:0] = [os.path.join(root, "a"), os.path.join(root, "b")]
import old.part
import space.one
import space.two

print(space.one.x, space.two.x, type(space.__path__).__name__, space.__file__, len(space.__path__), old.part.x, space.__spec__.origin)
sys.path.append(os.path.join(root, "c"))
import space.three

print(space.three.x, len(space.__path__), [m.name for m in pkgutil.iter_modules(space.__path__)])
site.addsitedir(os.path.join(root, "site"))
import by_pth

print(by_pth.x, sys.from_pth)
try:
    import space.four
except ModuleNotFoundError as error:
    print(error, error.name)
print(importlib.import_module(".one", "space") is space.one, repr(space).startswith("<module 'space' (namespace)"))
