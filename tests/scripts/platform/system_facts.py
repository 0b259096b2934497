"""sys, os, platform, sysconfig, errno, resource: the facts that a program sees and that must not differ."""
import builtins
import errno
import os
import platform
import site
import stat
import struct
import sys
import sysconfig

print(sys.version_info, sys.implementation.name, sys.implementation.cache_tag, sys.platform, os.name, sys.byteorder, sys.maxsize, sys.maxunicode, hex(sys.hexversion), sys.api_version)
print(sys.flags.optimize, sys.flags.utf8_mode, sys.flags.hash_randomization, sys.flags.isolated, sys.flags.safe_path, sys.flags.dont_write_bytecode, sys.flags.inspect, sys.flags.interactive, sys.dont_write_bytecode)
print(sys.float_info, sys.int_info, sys.hash_info, sys.thread_info, sep="\n")
print(sys.getrecursionlimit(), sys.getswitchinterval(), sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), sys.get_int_max_str_digits(), sys.is_finalizing(), sys.gettrace(), sys.abiflags, sys.copyright[:40])
print(sys.prefix, sys.exec_prefix, sys.base_prefix, [p for p in sys.path if p.startswith("/lib")], sys.path_hooks[0].__name__, [getattr(f, "__name__", type(f).__name__) for f in sys.meta_path[:3]], sys.ps1 if hasattr(sys, "ps1") else "no prompt", sys.warnoptions)
print(len(sys.builtin_module_names) > 50, "sqlite3" in sys.stdlib_module_names, sys.stdin.fileno(), sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.mode, sys.stderr.line_buffering, sys.stdout.newlines, sys.__stdout__ is sys.stdout, sys.stdout.name)
print(platform.machine(), platform.system(), platform.architecture()[0], platform.python_implementation(), platform.python_version(), platform.libc_ver(), platform.python_compiler().split()[0])
print(sysconfig.get_platform(), sysconfig.get_paths()["purelib"], sysconfig.get_config_var("SOABI"), sysconfig.get_config_var("EXT_SUFFIX"), sysconfig.get_python_version(), site.ENABLE_USER_SITE, sysconfig.get_config_var("SIZEOF_VOID_P"))

print("-- os")
print(os.uname().sysname, os.uname().machine, os.uname().nodename, os.getuid(), os.getgid(), os.sep, os.pathsep, os.linesep.encode(), os.devnull, os.extsep, os.curdir, os.pardir, os.altsep, os.supports_follow_symlinks != set())
for name in ("HOME", "USER", "LOGNAME", "PATH", "PWD", "LANG", "TZ"):
    print(name, os.environ.get(name))
os.environ["NEW_ONE"] = "żółw"
os.putenv("BY_PUTENV", "x")
print(os.getenv("NEW_ONE"), os.environb[b"NEW_ONE"], os.getenv("BY_PUTENV"), os.environ.pop("NEW_ONE"), "NEW_ONE" in os.environ, os.path.expanduser("~"), os.path.expandvars("$HOME/x"))
for name, call in (("getcwd", lambda: os.getcwd()), ("getppid", lambda: os.getppid()), ("cpu_count", lambda: os.cpu_count() or 1), ("getloadavg", lambda: os.getloadavg()), ("ttyname", lambda: os.ttyname(0)), ("get_terminal_size", lambda: os.get_terminal_size()), ("getgroups", lambda: os.getgroups()),
                   ("nice", lambda: os.nice(0)), ("kill", lambda: os.kill(1, 0)), ("sysconf", lambda: os.sysconf("SC_PAGE_SIZE")), ("getpriority", lambda: os.getpriority(0, 0)), ("chroot", lambda: os.chroot("/")), ("getentropy", lambda: len(os.urandom(9))),
                   ("chown", lambda: os.chown("/tmp", 0, 0)), ("mkfifo", lambda: os.mkfifo("/tmp/fifo")), ("sendfile", lambda: os.sendfile(1, 0, 0, 0)), ("statvfs", lambda: os.statvfs("/").f_bsize), ("pathconf", lambda: os.pathconf("/", "PC_NAME_MAX")), ("openpty", lambda: os.openpty()), ("get_inheritable", lambda: os.get_inheritable(1))):
    try:
        result = call()
        print(name, "->", type(result).__name__, result if name not in ("getppid", "cpu_count", "getcwd", "sysconf", "statvfs") else "")
    except (OSError, AttributeError) as error:
        print(name, "raises", type(error).__name__, errno.errorcode.get(getattr(error, "errno", None)))
print([(n, getattr(errno, n)) for n in ("ENOENT", "EAGAIN", "EEXIST", "ENOTDIR", "ELOOP", "EPIPE", "ENOSYS", "EBADF", "EINVAL", "ECONNREFUSED", "ENOTSUP")], len(errno.errorcode), os.strerror(2), os.strerror(999))
print([n for n in ("fork", "execv", "posix_spawn", "waitpid", "sendfile", "memfd_create", "pidfd_open", "getrandom", "setns", "link", "symlink", "mkfifo", "sched_yield") if hasattr(os, n)], os.O_CREAT, os.O_APPEND, os.O_DIRECTORY, stat.S_IFMT(os.stat("/").st_mode) == stat.S_IFDIR)
print([n for n in ("readline", "curses", "_curses", "dbm", "tkinter", "termios", "fcntl", "resource", "grp", "pwd", "syslog", "mmap", "_multiprocessing", "_posixsubprocess", "ssl", "_ssl", "_hashlib", "lzma", "bz2", "sqlite3", "ctypes", "test", "idlelib", "ensurepip", "venv", "turtle", "_xxsubinterpreters", "_interpreters", "nis", "spwd", "pty", "tty", "webbrowser", "pydoc_data", "lib2to3", "distutils", "_pydecimal", "_zoneinfo", "tomllib", "annotationlib") if __import__("importlib.util").util.find_spec(n)])
for name in ("curses", "dbm", "tkinter", "ssl", "readline", "resource", "grp", "pwd", "termios", "venv", "syslog"):
    try:
        print(name, __import__(name).__name__)
    except ImportError as error:
        print(name, type(error).__name__, str(error).splitlines()[0])
print(struct.calcsize("P"), hash(-1), hash(2**61 - 1), hash(2**31 - 1), hash(1.5), hash(None) != 0, hash(()), hash((1, 2)), id(None) > 0)
