# not-node: its standard library is a zip file, whose sources cannot be opened by name
"""The standard library's own files, read as sources."""
import colorsys
import inspect
import os

print(os.path.basename(colorsys.__file__), inspect.getsource(colorsys.rgb_to_yiq).splitlines()[0], inspect.getsourcefile(colorsys) == colorsys.__file__, len(inspect.getsourcelines(colorsys)[0]) > 100)
with open(colorsys.__file__) as file:
    text = file.read()
print(text.startswith('"""Conversion functions'), os.path.getsize(colorsys.__file__) == len(text.encode()))
