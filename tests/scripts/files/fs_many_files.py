"""Thousands of files in one folder: made, counted, found, renamed and removed."""
import os
import tempfile

os.chdir(tempfile.mkdtemp())
for i in range(3000):
    with open(f"file-{i:05}", "wb") as file:
        file.write(b"%d" % i)
names = os.listdir(".")
print(len(names), len(set(names)), sum(e.stat().st_size for e in os.scandir(".")), open("file-02999").read())
for i in range(0, 3000, 2):
    os.rename(f"file-{i:05}", f"renamed-{i:05}")
print(len(os.listdir(".")), sum(n.startswith("renamed") for n in os.listdir(".")), os.path.exists("file-00002"))
os.mkdir("sub")
for name in os.listdir("."):
    if name.startswith("renamed"):
        os.replace(name, "sub/" + name[8:])
print(len(os.listdir("sub")), open("sub/02998").read(), len(os.listdir(".")))
for name in os.listdir("sub"):
    os.unlink("sub/" + name)
print(os.rmdir("sub"), len(os.listdir(".")))
