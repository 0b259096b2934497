# not-node: under Node a descriptor of a folder is its path, and does not follow a rename
"""Calls relative to a folder's descriptor: open, mkdir, unlink, rename, stat, symlink, readlink, utime, chmod."""
import errno
import os
import tempfile

root = tempfile.mkdtemp()
os.makedirs(os.path.join(root, "a"))
os.makedirs(os.path.join(root, "b"))
a = os.open(os.path.join(root, "a"), os.O_RDONLY | os.O_DIRECTORY)
b = os.open(os.path.join(root, "b"), os.O_RDONLY)
os.mkdir("inner", dir_fd=a)
fd = os.open("inner/f", os.O_CREAT | os.O_WRONLY, dir_fd=a)
os.write(fd, b"text")
print(os.stat("inner/f", dir_fd=a).st_size, os.listdir(a))
os.rename("inner/f", "g", src_dir_fd=a, dst_dir_fd=b)
os.symlink("../b/g", os.path.join(root, "a/link"))
print(os.listdir(b), os.readlink("link", dir_fd=a), os.stat("link", dir_fd=a).st_size, os.stat("link", dir_fd=a, follow_symlinks=False).st_size)
os.utime("g", (1, 2), dir_fd=b)
print(os.stat("g", dir_fd=b).st_mtime)
os.rename(os.path.join(root, "b"), os.path.join(root, "moved"))
print(os.stat("g", dir_fd=b).st_size)
for what, call in (("through a file", lambda: os.stat("x", dir_fd=fd)), ("closed", lambda: os.stat("x", dir_fd=999)), ("absolute", lambda: os.stat("/", dir_fd=999).st_nlink > 0), ("rmdir", lambda: os.rmdir("inner", dir_fd=a)), ("unlink", lambda: os.unlink("link", dir_fd=a)), ("empty", lambda: os.stat("", dir_fd=a))):
    try:
        print(what, call())
    except OSError as error:
        print(what, errno.errorcode[error.errno])
print(os.listdir(a))
