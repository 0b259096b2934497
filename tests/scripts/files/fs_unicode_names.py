"""Names are kept as they were given: composed and decomposed letters are different files, and order is by code point."""
import os
import pathlib
import tempfile
import unicodedata

os.chdir(tempfile.mkdtemp())
names = ["zażółć", "é", unicodedata.normalize("NFD", "é"), "日本語", "🐍", "Ω", "Ω", " leading", "trailing ", "tab\there", "new\nline", "quote'\"", "back\\slash", "~", "-rf", "#", "%41", "*?[]"]
for index, name in enumerate(names):
    with open(name, "w") as file:
        file.write(str(index))
print(len(set(os.listdir("."))) == len(names))
print(sorted(os.listdir(".")))
print(sorted(os.listdir(b"."))[:4])
print([open(name).read() for name in names])
print(sorted(p.name for p in pathlib.Path(".").glob("*[éż]*")), pathlib.Path("é").exists())
os.mkdir("ünï")
os.chdir("ünï")
print(os.path.basename(os.getcwd()), os.path.basename(os.getcwdb()))
os.symlink("日本/語", "l")
print(os.readlink("l"), os.readlink(b"l"))
