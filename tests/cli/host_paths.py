import builtins
import configparser
import ctypes
import glob
import importlib
import importlib.util
import io
import linecache
import mmap
import os
import pathlib
import py_compile
import runpy
import shutil
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import tokenize
import traceback
import warnings
import zipfile
import zipimport

told = []
warnings.simplefilter("always")


class Told(io.StringIO):
    """Stands for sys.stderr: what a library writes there is told, too."""


sys.stderr = Told()

PATHS = (
    "/shown", "/shown/a.txt", "/shown/inner", "/shown/new", "/shown/out", "/shown/dangling", "/shown/../shown", "/shown/broken.py",
    "/shown/a.txt/below", "/writable", "/writable/c.txt", "/writable/new", "/overlay", "/overlay/d.txt", "/alone", "/alone/one.txt",
    "/alone/new", "/nowhere/a", "/", "/dev/fd/9", "/proc/self/cmdline", "/proc/self/exe", "/proc/self/maps", "/proc/mounts",
    "/proc/self/mountinfo", "/proc/self/environ", "/lib", "/usr/bin/pyrun", sys.executable, "", "x" * 300, "a\0b", b"/shown/\xff", 99, -1,
)
# They end the program, or wait for somebody.
LEFT = {
    "_exit", "abort", "kill", "killpg", "fork", "forkpty", "pause", "close", "closerange", "dup2", "read", "readv", "fdopen", "wait",
    "waitpid", "wait3", "wait4", "waitid", "popen", "system", "login_tty", "tcsetpgrp", "lockf", "chdir", "fchdir", "umask", "setsid",
    "ftruncate", "truncate", "remove", "unlink", "rmdir", "removedirs", "rename", "renames", "replace", "isatty", "preadv", "chroot",
    "register_at_fork", "get_terminal_size", "chmod", "lchmod", "chown", "lchown", "fchmod", "fchown",
}
LOST = {"chmod", "lchmod", "chown", "lchown", "remove", "unlink", "rmdir", "rename", "replace", "truncate", "chdir", "removedirs", "renames"}


def tell(value):
    told.append(value)
    for part in ("filename", "filename2", "strerror", "name", "path", "msg", "args", "__notes__", "__doc__"):
        told.append(repr(getattr(value, part, None)))
    told.append(repr(value))
    if isinstance(value, BaseException):
        told.extend(traceback.format_exception(value))


def attempt(function, *arguments):
    try:
        value = function(*arguments)
        if not isinstance(value, (int, float)):
            tell(value)
        if hasattr(value, "close"):
            value.close()
        elif isinstance(value, int) and value > 2 and function is os.open:
            os.close(value)
    except Exception as error:
        tell(error)


for name in dir(os):
    function = getattr(os, name)
    if name.startswith("_") or name in LEFT or not callable(function) or isinstance(function, type) or name.startswith(("exec", "spawn", "posix_spawn")):
        continue
    for path in PATHS:
        attempt(function, path)
        attempt(function, path, 0)
        attempt(function, path, "/shown/inner/new")
for name in sorted(LOST.intersection(dir(os))):
    for path in ("/shown", "/shown/a.txt", "/shown/nothing", "/alone/one.txt", "/nowhere/a", "/lib"):
        attempt(getattr(os, name), path, *(["/shown/new"] if "rename" in name or name == "replace" else [1] if name in ("truncate", "chmod", "lchmod") else []))
for path in PATHS:
    for mode in ("r", "rb", "w", "a", "x", "r+"):
        if path not in (99, -1):
            attempt(builtins.open, path, mode)
    for function in (io.open_code, os.stat, os.lstat, os.scandir, os.path.realpath):
        attempt(function, path)

sys.path[:0] = ["/shown", "/shown/inner"]
for name in ("broken", "raises", "b", "library", "nothing", "numpy.nothing", "rich_is_not_here", "openpyxl", "pandas", "js", "curses", "_tkinter"):
    attempt(importlib.import_module, name)
for path in PATHS:
    for function in (
        ctypes.CDLL, sqlite3.connect, zipfile.ZipFile, zipimport.zipimporter, runpy.run_path, shutil.rmtree, shutil.disk_usage,
        linecache.getlines, tokenize.open, py_compile.compile, pathlib.Path(str(path).replace("\0", "")).read_text, tempfile.mkdtemp,
        configparser.ConfigParser().read, glob.glob, importlib.util.find_spec,
    ):
        if function is shutil.rmtree and str(path).startswith(("/writable", "/overlay", "/")):
            continue
        attempt(function, path)
    attempt(lambda: tempfile.mkdtemp(dir=path))
    attempt(lambda: subprocess.run([path]))
    attempt(lambda: socket.socket(socket.AF_UNIX).connect(path))
    attempt(lambda: sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("select * from sqlite_master"))
    attempt(lambda: shutil.copy(path, "/shown/new"))
    attempt(lambda: mmap.mmap(path, 0))
for value in (sysconfig.get_paths(), sysconfig.get_config_vars(), sys.argv, sys.orig_argv, dict(os.environ), vars(sys), os.environb):
    tell(value)
for module in list(sys.modules.values()):
    tell(getattr(module, "__file__", None))
    tell(getattr(module, "__spec__", None))
tell(sys.stderr.getvalue())
warnings.simplefilter("ignore")
sys.stderr = sys.__stderr__
print("all is provoked")

# The whole memory, from its end: "by-the-host" behind "hushed-", which stands nowhere in this program as a whole.
library = ctypes.CDLL(None)
first, second = "".join(reversed("-dehsuh")).encode(), "".join(reversed("tsoh-eht-yb")).encode()
size, step, found = library.emscripten_get_heap_size() & 0xFFFF_FFFF, 1 << 20, []
for start in range(1024, size, step):
    part = ctypes.string_at(start, min(step + 64, size - start))
    at = part.find(second)
    while at >= 0:
        if part[max(at - len(first), 0):at] == first:
            found.append(bytes(part[max(at - 120, 0):at + 120]))
        at = part.find(second, at + 1)
    del part
print(f"found {len(found)} times: {found[:4]}" if found else "nothing is found")
