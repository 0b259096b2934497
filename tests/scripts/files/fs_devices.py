# not-node: its /dev has neither zero nor full
"""/dev/null, /dev/zero, /dev/random, /dev/full and the standard streams' devices."""
import errno
import os
import stat
import sys

for name in ("null", "zero", "random", "urandom", "full", "shm"):
    path = "/dev/" + name
    print(name, os.path.exists(path), end=" ")
    try:
        mode = os.stat(path).st_mode
        print(stat.S_ISCHR(mode), stat.S_ISDIR(mode), os.path.islink(path))
    except OSError as error:
        print(errno.errorcode[error.errno])
with open("/dev/null", "r+b", buffering=0) as null:
    print(null.read(), null.write(b"thrown away"), null.read())
with open("/dev/null", "w") as null:
    print("into nothing", file=null)
with open("/dev/urandom", "rb") as source:
    print(len(source.read(100)), len(set(source.read(1000))) > 200)
sys.stdout.flush()
with open("/dev/stdout", "w") as out:
    out.write("by the device\n")
print(os.path.getsize("/dev/null"), stat.filemode(os.stat("/dev/null").st_mode))
