"""fileinput over several files and in place, linecache after a file changed, filecmp shallow and deep."""
import filecmp
import fileinput
import linecache
import os
import tempfile

os.chdir(tempfile.mkdtemp())
for name, text in (("a", "one\ntwo\n"), ("b", "three\n"), ("empty", ""), ("c", "no newline")):
    with open(name, "w") as file:
        file.write(text)
with fileinput.input(["a", "empty", "b", "c"]) as lines:
    for line in lines:
        print(lines.filename(), lines.lineno(), lines.filelineno(), lines.isfirstline(), repr(line))
with fileinput.input("a", inplace=True, backup=".bak") as lines:
    for line in lines:
        print(line.upper(), end="")
print(open("a").read(), open("a.bak").read(), sorted(os.listdir(".")))
print(linecache.getline("a", 2), linecache.getline("a", 99) == "", linecache.getline("missing", 1) == "")
with open("a", "w") as file:
    file.write("changed and longer\nsecond\n")
print(linecache.getline("a", 1), end="")
linecache.checkcache("a")
print(linecache.getline("a", 1), end="")
os.makedirs("left/sub")
os.makedirs("right/sub")
for path, text in (("left/same", "x"), ("right/same", "x"), ("left/other", "1"), ("right/other", "22"), ("left/only", ""), ("right/sub/deep", "")):
    with open(path, "w") as file:
        file.write(text)
compared = filecmp.dircmp("left", "right")
print(compared.left_only, compared.right_only, compared.same_files, compared.diff_files, compared.subdirs["sub"].right_only)
os.utime("left/same", (1, 1))
print(filecmp.cmp("left/same", "right/same"), filecmp.cmp("a", "b"), filecmp.cmpfiles("left", "right", ["same", "other", "gone"]))
