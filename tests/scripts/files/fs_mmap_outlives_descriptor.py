# not-node: Emscripten looks for the descriptor that was mapped, and does not find it any more
"""A mapping stays when its file is closed, as the kernel's do: flush still writes it back, and so does the end of it."""
import mmap
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "f")
with open(path, "w+b") as file:
    file.write(b"0" * 32)
    file.flush()
    mapping = mmap.mmap(file.fileno(), 32)
other = open("/dev/null", "rb")
mapping[:5] = b"hello"
print(mapping.flush(), open(path, "rb").read(8), mapping.size())
mapping[5:8] = b"bye"
mapping.close()
print(open(path, "rb").read(10))
with open(path, "r+b") as file:
    mapping = mmap.mmap(file.fileno(), 32)
os.unlink(path)
mapping[:3] = b"xyz"
print(mapping.flush(), bytes(mapping[:8]), mapping.close(), os.path.exists(path))
