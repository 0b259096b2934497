"""statvfs, disk_usage, pathconf and sysconf: the facts, and their errors."""
import errno
import os
import shutil

usage = shutil.disk_usage("/")
print(usage.total > 0, usage.free > 0, usage.used >= 0)
s = os.statvfs("/tmp")
print(s.f_bsize > 0, s.f_frsize > 0, s.f_namemax, s.f_blocks > 0, s.f_bavail <= s.f_bfree <= s.f_blocks, len(s))
for what, call in (("missing", lambda: os.statvfs("/missing")), ("closed", lambda: os.statvfs(99)), ("name", lambda: os.pathconf("/", "PC_PATH_MAX")), ("unknown", lambda: os.pathconf("/", 9999)), ("links", lambda: os.pathconf("/", "PC_LINK_MAX")), ("pipe", lambda: os.fpathconf(0, "PC_PIPE_BUF")), ("open files", lambda: os.sysconf("SC_OPEN_MAX") > 0), ("page", lambda: os.sysconf("SC_PAGESIZE")), ("unknown name", lambda: os.sysconf("SC_NO_SUCH")), ("confstr", lambda: os.confstr("CS_PATH"))):
    try:
        print(what, call())
    except (OSError, ValueError) as error:
        print(what, type(error).__name__, errno.errorcode.get(getattr(error, "errno", None)))
