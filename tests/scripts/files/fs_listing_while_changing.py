"""A folder that is changed while it is being listed: what was there before and stays is seen exactly once."""
import os
import tempfile

os.chdir(tempfile.mkdtemp())
for i in range(300):
    open(f"f{i:03}", "w").close()
seen = []
with os.scandir(".") as entries:
    for entry in entries:
        seen.append(entry.name)
        os.unlink(entry.name)
print(len(seen), len(set(seen)), os.listdir("."))
for i in range(50):
    open(f"g{i:02}", "w").close()
seen = []
with os.scandir(".") as entries:
    for entry in entries:
        seen.append(entry.name)
        if entry.name.startswith("g"):
            os.rename(entry.name, "h" + entry.name)
print(all(f"g{i:02}" in seen for i in range(50)), len([n for n in os.listdir(".") if n.startswith("hg")]))
with os.scandir(".") as entries:
    first = next(entries)
    print(first.is_file(), first.is_dir(), first.is_symlink(), first.stat().st_size, first.path == "./" + first.name)
print(list(entries))
