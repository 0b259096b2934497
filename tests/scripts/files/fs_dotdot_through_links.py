"""'..' after a link to a folder is the parent of where the link leads, not of where it stands."""
import os
import tempfile

root = os.path.realpath(tempfile.mkdtemp())
os.makedirs(os.path.join(root, "a/b/c"))
os.makedirs(os.path.join(root, "x"))
os.symlink("../a/b/c", os.path.join(root, "x/link"))
os.chdir(root)
open("a/b/marker", "w").close()
open("x/marker2", "w").close()
print(os.path.exists("x/link/../marker"), os.path.exists("x/link/../marker2"))
print(os.path.normpath("x/link/../marker2"), os.path.realpath("x/link/..").removeprefix(root))
os.chdir("x/link")
print(os.getcwd().removeprefix(root))
os.chdir("..")
print(os.getcwd().removeprefix(root), sorted(os.listdir(".")))
print(os.path.samefile("..", os.path.join(root, "a")), os.path.samefile("/", "/.."), os.path.samefile(".", "./././/."))
print(os.path.exists("c/../../b/./c/..//marker"), os.path.abspath("//x"), os.path.exists("//tmp///"))
