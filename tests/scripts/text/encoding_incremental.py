"""Incremental coders and stream readers fed one byte at a time; states that are saved and restored."""
import codecs
import io

for name in ("utf-8", "utf-16", "shift_jis", "gb18030", "iso2022_jp", "utf-7", "utf-8-sig", "hz"):
    data = "aż日\U00020000b".encode(name, "ignore")
    decoder = codecs.getincrementaldecoder(name)("replace")
    print(name, [decoder.decode(bytes([byte])) for byte in data], repr(decoder.decode(b"", True)))
decoder = codecs.getincrementaldecoder("utf-8")()
decoder.decode(b"\xe6\x97")
state = decoder.getstate()
print(state, decoder.decode(b"\xa5"), decoder.setstate(state), decoder.decode(b"\xa5"))
encoder = codecs.getincrementalencoder("iso2022_jp")()
print([encoder.encode(letter) for letter in "a日b本"], encoder.encode("", True), encoder.getstate())
reader = codecs.getreader("euc_jp")(io.BytesIO("漢字\nかな\n".encode("euc_jp")))
print(reader.read(1), reader.readline(), reader.readlines(), codecs.StreamReaderWriter)
print(list(codecs.iterdecode([b"\xe6", b"\x97\xa5", b"x"], "utf-8")), list(codecs.iterencode("aż", "utf-16-le")))
with codecs.open("/tmp/c", "w", "utf-16") as file:
    file.write("ab")
print(open("/tmp/c", "rb").read(), codecs.EncodedFile(io.BytesIO(b"\xc5\xbc"), "iso-8859-2", "utf-8").read())
