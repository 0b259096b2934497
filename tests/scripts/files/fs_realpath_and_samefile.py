"""os.path over the file system: realpath, samefile, commonpath, ismount, expanduser, lexists."""
import os
import tempfile

root = os.path.realpath(tempfile.mkdtemp())
os.chdir(root)
os.mkdir("d")
open("d/f", "w").close()
os.symlink("d", "l")
os.symlink("l/f", "m")
print([os.path.realpath(p).removeprefix(root) for p in ("m", "l/../d/f", "missing/x", "m/deeper", ".", "")])
print(os.path.samefile("m", "d/f"), os.path.sameopenfile(os.open("m", 0), os.open("d/f", 0)), os.path.samestat(os.stat("l"), os.stat("d")))
print([os.path.ismount(p) for p in ("/", "/dev", "/proc", "/tmp", "d", "missing")])
print(os.path.commonpath(["/a/b/c", "/a/b/d", "/a/b"]), os.path.commonprefix(["/abc", "/abd"]), os.path.relpath("/a/b", "/a/c/d"))
print(os.path.splitroot("//net/x"), os.path.split("/a/b/"), os.path.splitext("/a.b/.c"), os.path.isabs("a"), os.path.normcase("A"))
for call in (lambda: os.path.commonpath(["/a", "b"]), lambda: os.path.realpath("missing/x", strict=True), lambda: os.path.getsize("missing"), lambda: os.path.samefile("d", "missing")):
    try:
        print(call())
    except (OSError, ValueError) as error:
        print(type(error).__name__)
print(os.path.expanduser("~/x"), os.path.expanduser("~nobody_there/x"), os.path.exists(b"d/f"), os.path.isdir("l"), os.path.isjunction("l"))
