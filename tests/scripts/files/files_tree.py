"""The file system as a program sees it: folders, links, renames, removal, scanning, modes, times, errors by name."""
import errno
import os
import shutil
import stat
import tempfile

root = tempfile.mkdtemp()
os.chdir(root)


def attempt(what, call):
    try:
        result = call()
        print(what, "->", result)
    except OSError as error:
        print(what, "raises", type(error).__name__, errno.errorcode.get(error.errno), error.strerror, error.filename and os.path.basename(error.filename))


def write(path, text="x"):
    with open(path, "w") as file:
        file.write(text)


print("-- folders")
os.makedirs("a/b/c")
attempt("mkdir twice", lambda: os.mkdir("a"))
attempt("mkdir below nothing", lambda: os.mkdir("no/where"))
write("a/f", "12345")
attempt("mkdir below a file", lambda: os.mkdir("a/f/g"))
attempt("rmdir of a full one", lambda: os.rmdir("a"))
attempt("rmdir of a file", lambda: os.rmdir("a/f"))
attempt("unlink of a folder", lambda: os.unlink("a/b"))
attempt("removedirs", lambda: os.removedirs("a/b/c") or sorted(os.listdir("a")))
attempt("listdir of a file", lambda: os.listdir("a/f"))
attempt("open of a folder", lambda: open("a", "w"))
attempt("open of nothing", lambda: open("nope"))
attempt("open of an empty name", lambda: open(""))
attempt("exclusive", lambda: open("a/f", "x"))
attempt("null", lambda: os.path.exists("a\0b"))

print("-- renames")
os.mkdir("d"), os.mkdir("e"), write("e/inside"), write("g", "gg")
attempt("file over file", lambda: os.rename("g", "a/f") or open("a/f").read())
attempt("folder over full folder", lambda: os.rename("d", "e"))
attempt("folder over empty folder", lambda: os.rename("e", "d") or os.listdir("d"))
attempt("folder over file", lambda: os.rename("d", "a/f"))
attempt("file over folder", lambda: os.rename("a/f", "d"))
attempt("into itself", lambda: os.rename("a", "a/z"))
attempt("onto itself", lambda: os.rename("a/f", "a/f"))
attempt("nothing", lambda: os.rename("nope", "x"))
attempt("replace", lambda: os.replace("d/inside", "a/f") or open("a/f").read())

print("-- symbolic links")
os.symlink("a/f", "link"), os.symlink("nowhere", "dangling"), os.symlink("loop2", "loop1"), os.symlink("loop1", "loop2"), os.symlink("a", "alias")
attempt("readlink", lambda: os.readlink("link"))
attempt("through", lambda: (open("link").read(), os.path.islink("link"), os.lstat("link").st_size, os.path.samefile("link", "a/f")))
attempt("dangling", lambda: open("dangling"))
attempt("exists", lambda: (os.path.exists("dangling"), os.path.lexists("dangling")))
attempt("loop", lambda: open("loop1"))
attempt("write through dangling", lambda: write("dangling") or sorted(os.listdir(".")))
attempt("alias", lambda: (os.listdir("alias"), os.path.realpath("alias/f") == os.path.join(os.path.realpath(root), "a/f")))
attempt("rmdir of alias", lambda: os.rmdir("alias"))
attempt("unlink of alias", lambda: os.unlink("alias") or os.path.isdir("a"))
attempt("symlink twice", lambda: os.symlink("x", "link"))
attempt("readlink of a file", lambda: os.readlink("a/f"))

print("-- scanning, walking, copying")
os.makedirs("w/x/y"), write("w/1"), write("w/x/2", "22"), os.symlink("1", "w/l")
print(sorted((e.name, e.is_dir(), e.is_file(), e.is_symlink(), e.stat(follow_symlinks=False).st_size if not e.is_dir() else None) for e in os.scandir("w")))
print([(top, sorted(dirs), sorted(files)) for top, dirs, files in os.walk("w")])
shutil.copytree("w", "v", symlinks=True)
print(sorted(os.listdir("v")), os.readlink("v/l"), shutil.disk_usage(".").total > 0, os.path.getsize("v/x/2"))
attempt("rmtree", lambda: shutil.rmtree("v") or os.path.exists("v"))
attempt("move", lambda: shutil.move("w/x", "moved") and sorted(os.listdir("moved")))
attempt("access", lambda: (os.access("a/f", os.R_OK), os.access("nope", os.F_OK), os.access("a", os.X_OK)))

print("-- modes and times")
attempt("chmod", lambda: os.chmod("a/f", 0o640) or oct(os.stat("a/f").st_mode))
attempt("kinds", lambda: [stat.filemode(os.lstat(n).st_mode)[0] for n in ("a", "a/f", "link", "/dev/null")])
attempt("utime", lambda: os.utime("a/f", ns=(1_000_000_000_123_000_000, 2_000_000_000_456_000_000)) or (os.stat("a/f").st_atime_ns // 10**6, os.stat("a/f").st_mtime_ns // 10**6))
attempt("umask", lambda: (os.umask(0o077), os.umask(0o022)))
attempt("chdir to a file", lambda: os.chdir("a/f"))
attempt("chdir", lambda: os.chdir("a") or os.path.basename(os.getcwd()))
attempt("dir_fd", lambda: os.stat("f", dir_fd=os.open(".", os.O_RDONLY)).st_size)
os.chdir("/")
shutil.rmtree(root)
print(os.path.exists(root))
