"""os.walk top down, bottom up, following links, pruned while walking, and with an error on the way; os.fwalk."""
import os
import tempfile

os.chdir(tempfile.mkdtemp())
os.makedirs("r/a/x")
os.makedirs("r/b/y")
open("r/a/f", "w").close()
open("r/b/y/g", "w").close()
os.symlink("../b", "r/a/to_b")


def walk(**options):
    return [(base, sorted(folders), sorted(files)) for base, folders, files in os.walk("r", **options)]


for options in ({}, {"topdown": False}, {"followlinks": True}):
    print(options, sorted(walk(**options)))
visited = []
for base, folders, files in os.walk("r"):
    folders[:] = [f for f in folders if f != "b"]
    visited.append(base)
print(visited)
errors = []
print(list(os.walk("missing", onerror=lambda error: errors.append(type(error).__name__))), errors)
for base, folders, files in os.walk("r"):
    if base == "r":
        os.rename("r/b", "r/c")
        folders.sort()
    print(base, end=" ")
print()
try:
    print([(base, sorted(folders), sorted(files)) for base, folders, files, fd in os.fwalk("r/c")])
except (AttributeError, OSError) as error:
    print(type(error).__name__)
