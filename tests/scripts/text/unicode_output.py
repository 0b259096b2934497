"""Text in many scripts over many lines: printing, repr, widths, normalisation, files, surrogates, encodings."""
import io
import os
import sys
import tempfile
import unicodedata

POEM = """Zażółć gęślą jaźń
Ξεσκεπάζω την ψυχοφθόρα βδελυγμία
Съешь же ещё этих мягких французских булок
いろはにほへと ちりぬるを
中国哲学书电子化计划
다람쥐 헌 쳇바퀴에 타고파
נקודה · نقطة · बिन्दु · จุด
𝕬𝖇𝖈 🐍🧪👩‍👩‍👧🇵🇱 e\u0301 ﷽ \u200b| \xa0|
"""
print(POEM)
for line in POEM.splitlines():
    print(len(line), len(line.encode()), len(line.encode("utf-16-le")) // 2, ascii(line[:6]), unicodedata.name(line[0]))
print(repr(POEM[-22:]), ascii("é🐍"), "é🐍".encode("unicode_escape"), "\N{SNOWMAN}\x41\u0301")
print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors, sys.getfilesystemencoding(), sys.getdefaultencoding(), sys.maxunicode)

print("-- cases and forms")
print("straße".upper(), "ΣΊΣΥΦΟΣ".lower(), "ǆ".title(), "İ".lower().encode(), "ﬁ".casefold(), "ß" == "ẞ".lower(), "Åç".swapcase())
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    print(form, ascii(unicodedata.normalize(form, "é ﬁ Å ①")), unicodedata.is_normalized(form, "e\u0301"))
print("٣٤".isdigit(), int("٣٤"), float("१.५"), "½".isnumeric(), unicodedata.numeric("½"), "²".isdecimal(), "ｘ".isidentifier(), "a b".isprintable(), "\u2028".isspace())
print("a\u2028b\x85c\x1cd".splitlines(), "　x　".strip(), f"{'é':·>5}|{'日本':^6}|{'🐍':<3}|")

print("-- files and names")
with tempfile.TemporaryDirectory() as folder:
    for name in ("żółw.txt", "日本語", "🐍"):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(name.encode("utf-8", "replace").decode() + "\r\n…")
    print(sorted(map(ascii, os.listdir(folder))), sorted(os.listdir(os.fsencode(folder)))[0])
    print([ascii(open(os.path.join(folder, n), encoding="utf-8", newline="").read()) for n in sorted(os.listdir(folder))])

print("-- what cannot be encoded")
for encoding in ("ascii", "latin-1", "cp1250", "cp437", "shift_jis", "gb18030", "big5", "euc_kr", "koi8_r", "utf-7", "punycode", "utf-32-be", "iso2022_jp", "mac_roman"):
    try:
        print(encoding, "zażółć日".encode(encoding)[:14])
    except UnicodeEncodeError as error:
        print(encoding, error.reason, error.start, "zażółć".encode(encoding, "xmlcharrefreplace")[:14])
for handler in ("ignore", "replace", "backslashreplace", "surrogateescape"):
    print(handler, ascii(b"ok\xff\xc3(\xe2\x82".decode("utf-8", handler)))
for bad in (lambda: b"\xff".decode(), lambda: "\ud800".encode(), lambda: b"\xd8\x00".decode("utf-16-be"), lambda: "x".encode("no-such")):
    try:
        bad()
    except (UnicodeError, LookupError) as error:
        print(type(error).__name__, error)
out = io.TextIOWrapper(io.BytesIO(), "ascii", errors="namereplace")
print("né", file=out, end="", flush=True)
print(out.buffer.getvalue())
