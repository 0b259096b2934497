# packages: six
"""A program may write where packages are: a module added, one changed, one removed, a folder renamed."""
import importlib
import os
import sysconfig

import six

purelib = sysconfig.get_path("purelib")
print(os.path.dirname(six.__file__) == purelib, "six.py" in os.listdir(purelib))
with open(os.path.join(purelib, "added_here.py"), "w") as file:
    file.write("value = 'added'\n")
importlib.invalidate_caches()
import added_here

print(added_here.value)
with open(six.__file__, "a") as file:
    file.write("\nADDED = 'changed'\n")
print(importlib.reload(six).ADDED, six.text_type)
size = os.path.getsize(six.__file__)
os.rename(six.__file__, six.__file__ + ".bak")
print(os.path.exists(six.__file__), os.path.getsize(six.__file__ + ".bak") == size)
os.mkdir(os.path.join(purelib, "made"))
os.rename(os.path.join(purelib, "made"), os.path.join(purelib, "renamed"))
print(os.path.isdir(os.path.join(purelib, "renamed")), os.unlink(six.__file__ + ".bak"), "six.py" in os.listdir(purelib))
