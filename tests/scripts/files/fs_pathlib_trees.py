"""pathlib: rglob and walk, links, reading and writing, copy and move, stat, what each error is."""
import os
import pathlib
import tempfile

root = pathlib.Path(tempfile.mkdtemp())
os.chdir(root)
here = pathlib.Path()
(here / "a/b/c").mkdir(parents=True)
print((here / "a/one.txt").write_text("zażółć\n", encoding="utf-8"), (here / "a/b/two.bin").write_bytes(b"\0\1\2"))
(here / "a/b/c/three.txt").touch(mode=0o600)
(here / "loop").symlink_to("a")
(here / "a/b/up").symlink_to("..", target_is_directory=True)
print(sorted(map(str, here.rglob("*.txt"))), sorted(map(str, here.glob("**/")))[:4], sorted(map(str, here.glob("*/*"))))
print(sorted(map(str, here.rglob("*.txt", recurse_symlinks=False))), sorted(str(p) for p in here.glob("A/*", case_sensitive=False)))
for base, folders, files in here.walk():
    folders.sort()
    print(base, folders, sorted(files))
print((here / "a/one.txt").read_text(encoding="utf-8"), (here / "a/one.txt").stat().st_size, (here / "loop").readlink(), (here / "loop/b/up/b/up/one.txt").exists())
print((here / "a").copy(here / "copied", follow_symlinks=False).name, sorted(p.name for p in (here / "copied/b").iterdir()), (here / "copied/one.txt").move_into(here / "copied/b"))
print((here / "x").rename(here / "y") if (here / "x").exists() else "no x", (here / "a/one.txt").samefile("loop/one.txt"), (here / "a").resolve().relative_to(root.resolve()), pathlib.Path("a/../b").resolve() == root.resolve() / "b")
for what, call in (("mkdir", lambda: (here / "a").mkdir()), ("mkdir ok", lambda: (here / "a").mkdir(exist_ok=True)), ("unlink", lambda: (here / "nothing").unlink()), ("missing ok", lambda: (here / "nothing").unlink(missing_ok=True)), ("rmdir", lambda: (here / "a").rmdir()), ("read", lambda: (here / "a").read_text()), ("iterdir", lambda: list((here / "a/one.txt").iterdir())), ("hardlink", lambda: (here / "h").hardlink_to("a/one.txt")), ("owner", lambda: (here / "a").owner()), ("touch", lambda: (here / "a/one.txt").touch(exist_ok=False))):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__)
print(here.cwd() == root.resolve(), (here / "a").is_mount(), (here / "loop").is_symlink(), (here / "a/one.txt").info.is_file(), (here / "~").expanduser() != here)
