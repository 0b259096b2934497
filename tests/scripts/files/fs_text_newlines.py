"""Universal newlines, the newline argument both ways, telling and seeking in text, a BOM, truncation inside a letter."""
import os
import tempfile

path = os.path.join(tempfile.mkdtemp(), "t")
with open(path, "wb") as file:
    file.write(b"one\r\ntwo\rthree\nfour")
for newline in (None, "", "\n", "\r", "\r\n"):
    with open(path, newline=newline) as file:
        print(repr(newline), file.readlines(), file.newlines)
for newline in (None, "", "\n", "\r\n"):
    with open(path, "w", newline=newline) as file:
        file.write("a\nb\r\n")
    print(repr(newline), open(path, "rb").read())
with open(path, "w+", encoding="utf-8") as file:
    file.write("żółw\njeż\n")
    file.seek(0)
    file.read(2)
    place = file.tell()
    print(file.read(1), file.seek(place), file.readline(), file.tell())
    file.truncate(5)
    file.seek(0)
    try:
        print(file.read())
    except UnicodeDecodeError as error:
        print(error)
with open(path, "w", encoding="utf-8-sig") as file:
    file.write("x")
print(open(path, "rb").read(), repr(open(path, encoding="utf-8").read()), open(path, encoding="utf-8-sig").read())
with open(path, "w", encoding="utf-16") as file:
    file.write("ab")
    file.flush()
    file.write("c")
print(open(path, "rb").read(), open(path, encoding="utf-16").read())
