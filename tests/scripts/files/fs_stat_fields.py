"""What stat tells of files, folders, links, devices and pipes, and that it agrees with itself."""
import os
import stat
import tempfile

os.umask(0)  # Node applies none
os.chdir(tempfile.mkdtemp())
with open("f", "wb") as file:
    file.write(bytes(5000))
os.mkdir("d")
os.symlink("f", "l")
r, w = os.pipe()
s = os.stat("f")
print(s.st_size, s.st_nlink, s.st_uid == os.getuid(), s.st_blksize, len(s), s[stat.ST_SIZE], s.st_dev == os.stat("d").st_dev)
for name in ("f", "d", "l", "/", "/tmp", "/dev/null", r):
    s = os.stat(name) if name == r else os.lstat(name)
    kinds = [kind for kind in ("DIR", "REG", "LNK", "CHR", "BLK", "FIFO", "SOCK") if getattr(stat, "S_IS" + kind)(s.st_mode)]
    print(name if name != r else "pipe", kinds, stat.filemode(s.st_mode), s.st_ino > 0)
print(os.stat("f").st_ino == os.fstat(os.open("l", os.O_RDONLY)).st_ino, os.stat("f").st_ino != os.lstat("l").st_ino, os.stat("d").st_ino == os.stat("d/.").st_ino == os.stat("d/../d").st_ino)
before = os.stat("f").st_ctime_ns
os.chmod("f", 0o600)
print(os.stat("f").st_ctime_ns >= before, os.stat("f").st_mtime <= os.stat("f").st_ctime, type(s.st_mtime), type(s.st_mtime_ns))
print(repr(os.stat_result(range(10)))[:60], os.stat("f") == os.stat("f"), os.path.getctime("f") > 0)
