"""Every kind of codec of the library's: multi-byte ones of Asia, code pages, UTF of all sizes, what is not letters."""
import codecs

text = "naïve Zażółć 日本 漢字 한국"
for name in ("utf-8", "utf-7", "utf-16", "utf-32-be", "shift_jis", "euc_jp", "iso2022_jp", "gb2312", "gb18030", "big5", "big5hkscs", "euc_kr", "cp949", "johab", "iso2022_kr", "hz", "cp1250", "cp437", "koi8-u", "mac_roman", "iso8859-15", "cp037", "ascii", "latin-1", "punycode", "idna", "raw_unicode_escape", "unicode_escape", "utf-8-sig", "cp65001", "mbcs", "oem"):
    try:
        encoded = text.encode(name, "xmlcharrefreplace")
        print(name, encoded[:28], len(encoded), encoded.decode(name)[:8])
    except Exception as error:
        print(name, type(error).__name__, str(error)[:50])
for name in ("base64", "hex", "rot13", "zlib", "bz2", "quopri", "uu"):
    data = "text" if name == "rot13" else b"text\xff"
    try:
        print(name, codecs.decode(codecs.encode(data, name), name), codecs.encode(data, name)[:20] if name not in ("zlib", "bz2") else "")
    except Exception as error:
        print(name, type(error).__name__)
print(codecs.lookup("UTF8").name, codecs.BOM_UTF8, codecs.lookup("latin-1").name)
