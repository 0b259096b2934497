"""utime with seconds, nanoseconds, dates before 1970 and far ahead; what reading and writing do to the times."""
import os
import tempfile

os.chdir(tempfile.mkdtemp())
with open("f", "w") as file:
    file.write("x")
for times in ((0, 0), (1, 2), (1.5, 2.25), (86400 * 365 * 80, 10**9), (2**31, 2**32)):
    os.utime("f", times)
    s = os.stat("f")
    print(times, s.st_atime, s.st_mtime, s.st_mtime_ns)
os.utime("f", ns=(123_456_000_000, 987_654_000_000))
print(os.stat("f").st_atime_ns, os.stat("f").st_mtime_ns)
os.chmod("f", 0o600)
print(os.stat("f").st_mtime_ns)
with open("f") as file:
    file.read()
print(os.stat("f").st_mtime_ns)
with open("f", "a") as file:
    file.write("y")
print(os.stat("f").st_mtime > 10**9)
os.utime("f", (5, 6))
os.rename("f", "g")
print(os.stat("g").st_mtime, os.path.getatime("g"), os.path.getmtime("g"))
fd = os.open("g", os.O_RDONLY)
os.utime(fd, (7, 8))
print(os.fstat(fd).st_mtime)
os.utime("g")
print(os.stat("g").st_mtime > 10**9)
os.mkdir("d")
os.utime("d", (10, 20))
open("d/x", "w").close()
print(os.stat("d").st_mtime > 20)
