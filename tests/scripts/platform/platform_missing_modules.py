"""Modules that this build has not: each import's error, and what of os, signal, socket and time is there."""
import importlib
import os
import signal
import socket
import time

for name in ("curses", "dbm.gnu", "dbm.sqlite3", "ensurepip", "fcntl", "grp", "idlelib", "lzma", "multiprocessing.shared_memory", "nis", "pty", "pwd", "readline", "resource", "ssl", "syslog", "termios", "test", "tkinter", "turtle", "venv", "winreg", "_posixshmem", "_ssl", "hashlib", "zoneinfo", "compression.zstd", "concurrent.interpreters", "string.templatelib", "annotationlib", "pyexpat", "_testcapi", "xxlimited"):
    try:
        importlib.import_module(name)
        print(name, "is there")
    except Exception as error:
        print(name, type(error).__name__, str(error).splitlines()[0])
wanted = "fork execv link mkfifo mknod chown chroot getuid setuid getpgid wait popen system openpty sendfile sched_yield getrandom memfd_create pipe2 posix_fadvise copy_file_range splice eventfd statvfs sync lockf nice times getloadavg cpu_count process_cpu_count get_terminal_size login_tty preadv readv"
print([name for name in wanted.split() if hasattr(os, name)])
print([name for name in ("alarm", "setitimer", "pause", "sigwait", "pthread_kill", "siginterrupt", "set_wakeup_fd", "raise_signal", "strsignal") if hasattr(signal, name)], [name for name in ("AF_INET", "AF_INET6", "AF_UNIX", "socketpair", "fromfd", "sethostname", "if_nameindex", "CMSG_LEN", "has_ipv6") if hasattr(socket, name)], [name for name in ("tzset", "clock_settime", "pthread_getcpuclockid", "thread_time", "CLOCK_BOOTTIME") if hasattr(time, name)])
