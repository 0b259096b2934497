# not-node: a descriptor's link there cannot be opened under Node
"""/proc/self/fd shows what is open, and a name there opens it again."""
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "w+") as file:
    file.write("content")
    file.flush()
    name = f"/proc/self/fd/{file.fileno()}"
    try:
        print(os.readlink(name) == os.path.realpath(path), os.path.exists(name))
    except OSError as error:
        print("readlink", error.strerror)
    try:
        print(open(name).read())
    except OSError as error:
        print("open", error.strerror)
try:
    print(os.readlink("/proc/self/fd/999"))
except OSError as error:
    print(type(error).__name__)
try:
    print("fd" in os.listdir("/proc/self"))
except OSError as error:
    print(type(error).__name__)
