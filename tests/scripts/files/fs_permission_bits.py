"""chmod, fchmod and what stat says afterwards; set-id and sticky bits; os.access."""
import os
import stat
import tempfile

os.chdir(tempfile.mkdtemp())
open("f", "w").close()
os.mkdir("d")
for mode in (0o000, 0o400, 0o644, 0o755, 0o4755, 0o2711, 0o1777, 0o7777):
    os.chmod("f", mode)
    os.chmod("d", mode)
    print(oct(mode), stat.filemode(os.stat("f").st_mode), stat.filemode(os.stat("d").st_mode))
with open("f") as file:
    os.fchmod(file.fileno(), 0o640)
print(oct(stat.S_IMODE(os.stat("f").st_mode)))
os.symlink("f", "l")
os.chmod("l", 0o600)
print(oct(os.stat("f").st_mode), stat.filemode(os.lstat("l").st_mode))
print([os.access("f", bits) for bits in (os.F_OK, os.R_OK, os.W_OK)], os.access("missing", os.F_OK), os.access("d", os.X_OK))
try:
    os.chmod("missing", 0o600)
except OSError as error:
    print(type(error).__name__, error.filename)
