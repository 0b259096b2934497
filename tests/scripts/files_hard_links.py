# not-node: Emscripten's memory file system has no hard links (EMLINK), ours has
"""Hard links: one inode with several names."""
import errno
import os
import tempfile

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open("one", "w") as file:
        file.write("content")
    os.link("one", "two")
    a, b = os.stat("one"), os.stat("two")
    print(a.st_ino == b.st_ino, a.st_nlink, os.path.samefile("one", "two"))
    with open("two", "a") as file:
        file.write(" and more")
    print(open("one").read())
    os.rename("one", "two")  # two names of one inode: nothing happens
    print(sorted(os.listdir(".")), os.stat("two").st_nlink)
    os.unlink("one")
    print(sorted(os.listdir(".")), os.stat("two").st_nlink, open("two").read())
    for call in (lambda: os.link("two", "two"), lambda: os.link("none", "x"), lambda: os.link(".", "folder")):
        try:
            call()
            print("linked")
        except OSError as error:
            print(errno.errorcode[error.errno])
    os.mkdir("d")
    os.link("two", "d/three")
    print(os.stat("d/three").st_nlink)
    os.chdir("/")
