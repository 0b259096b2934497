"""gettext with catalogues that the program writes: plurals, contexts, fallbacks, the environment's languages, a damaged file."""
import gettext
import os
import struct
import tempfile

root = tempfile.mkdtemp()
os.makedirs(f"{root}/pl/LC_MESSAGES")


def catalogue(messages):
    ids = sorted(messages)
    keys, values = [k.encode() for k in ids], [messages[k].encode() for k in ids]
    start = 28 + 16 * len(ids)
    table, data = b"", b""
    for part in (keys, values):
        for text in part:
            table += struct.pack("<II", len(text), start + len(data))
            data += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(ids), 28, 28 + 8 * len(ids), 0, 0) + table + data


with open(f"{root}/pl/LC_MESSAGES/app.mo", "wb") as file:
    file.write(catalogue({"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=n==1 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2;\n", "turtle": "żółw", "%d file\0%d files": "%d plik\0%d pliki\0%d plików", "menu\4open": "otwórz"}))
os.environ["LANGUAGE"] = "xx:pl"
t = gettext.translation("app", root)
print(t.gettext("turtle"), [t.ngettext("%d file", "%d files", n) % n for n in (1, 3, 5, 22)], t.pgettext("menu", "open"), t.gettext("none"), t.info()["content-type"], t.charset())
print(gettext.find("app", root).removeprefix(root), gettext.find("app", root, ["de"]), gettext.textdomain("app"), gettext.bindtextdomain("app", root) == root, gettext.dgettext("app", "turtle"))
with open(f"{root}/pl/LC_MESSAGES/bad.mo", "wb") as file:
    file.write(b"nonsense" * 10)
for name in ("bad", "missing"):
    try:
        gettext.translation(name, root)
    except OSError as error:
        print(type(error).__name__, error.strerror)
