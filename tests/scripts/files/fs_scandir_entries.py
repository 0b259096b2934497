"""What an entry of a listing knows of files, folders, links and links that lead nowhere."""
import os
import tempfile

root = tempfile.mkdtemp()
os.chdir(root)
os.mkdir("folder")
with open("file", "wb") as file:
    file.write(b"12345")
os.symlink("file", "to_file")
os.symlink("folder", "to_folder")
os.symlink("nowhere", "dangling")
for entry in sorted(os.scandir("."), key=lambda e: e.name):
    print(entry.name, entry.is_dir(), entry.is_file(), entry.is_symlink(), entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False), entry.is_junction(), entry.inode() == os.lstat(entry.name).st_ino)
    try:
        print("  ", entry.stat().st_size if entry.is_file() else "-", repr(entry), os.fspath(entry))
    except OSError as error:
        print("  ", type(error).__name__)
for entry in sorted(os.scandir(b"."), key=lambda e: e.name)[:1]:
    print(entry.name, entry.path)
for wrong in ("file", "missing", "dangling"):
    try:
        os.scandir(wrong)
    except OSError as error:
        print(wrong, type(error).__name__, error.filename)
fd = os.open("folder", os.O_RDONLY)
open("folder/inside", "w").close()
print(os.listdir(fd), [e.path for e in os.scandir(fd)])
