"""tempfile: named and nameless files, spooled ones that go over, folders, prefixes, what is removed when."""
import os
import stat
import tempfile

print(tempfile.gettempdir(), tempfile.gettempprefix())
with tempfile.NamedTemporaryFile(prefix="pre-", suffix=".txt", mode="w+", delete=True) as file:
    name = file.name
    file.write("x")
    file.flush()
    print(os.path.basename(name).startswith("pre-"), name.endswith(".txt"), oct(stat.S_IMODE(os.stat(name).st_mode)), os.path.getsize(name))
print(os.path.exists(name))
with tempfile.TemporaryFile() as file:
    file.write(b"nameless")
    file.seek(0)
    print(file.read(), isinstance(file.name, int))
with tempfile.SpooledTemporaryFile(max_size=10) as file:
    file.write(b"12345")
    print(file._rolled, end=" ")
    file.write(b"6789012")
    print(file._rolled, file.tell(), file.seek(0), file.read())
with tempfile.TemporaryDirectory(prefix="dir-") as folder:
    os.makedirs(os.path.join(folder, "a/b"))
    open(os.path.join(folder, "a/b/c"), "w").close()
    os.chmod(os.path.join(folder, "a"), 0o500)
    print(oct(stat.S_IMODE(os.stat(folder).st_mode)), os.listdir(folder))
print(os.path.exists(folder))
fd, path = tempfile.mkstemp(text=True, dir="/tmp")
print(os.path.dirname(path), oct(stat.S_IMODE(os.fstat(fd).st_mode)), len(os.path.basename(path)) == len("tmp") + 8)
keep = tempfile.NamedTemporaryFile(delete_on_close=False)
keep.close()
print(os.path.exists(keep.name))
try:
    tempfile.mkdtemp(dir="/no/such")
except FileNotFoundError as error:
    print(type(error).__name__)
