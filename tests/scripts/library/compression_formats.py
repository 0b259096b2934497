"""zlib, gzip, bz2, lzma, zstd, zipfile, tarfile: round trips, streams, levels, damaged data, metadata."""
import bz2
import gzip
import io
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib

data = b"".join(b"%d green bottles, %s\n" % (i, b"hanging" * (i % 5)) for i in range(2000))
print(len(data), zlib.crc32(data), zlib.adler32(data), zlib.ZLIB_RUNTIME_VERSION.split(".")[0])
for name, module in (("zlib", zlib), ("gzip", gzip), ("bz2", bz2), ("lzma", lzma)):
    packed = module.compress(data)
    print(name, len(packed) < len(data) / 5, module.decompress(packed) == data)
    for damaged in (packed[:-6], packed[:20] + b"\0\0\0\0" + packed[24:], b"", b"not compressed data"):
        try:
            print("  ", len(module.decompress(damaged)))
        except Exception as error:
            print("  ", type(error).__name__, error)
from compression import zstd
packed = zstd.compress(data, level=5)
print("zstd", len(packed) < len(data) / 5, zstd.decompress(packed) == data, zstd.get_frame_info(packed).decompressed_size)
z = zstd.train_dict([data[i:i + 200] for i in range(0, 20000, 200)], 2000)
print(len(z.dict_content) <= 2000, zstd.decompress(zstd.compress(data[:300], zstd_dict=z), zstd_dict=z) == data[:300])

print("-- streams")
c, d = zlib.compressobj(9, wbits=-15), zlib.decompressobj(-15)
raw = b"".join([c.compress(data[:999]), c.flush(zlib.Z_SYNC_FLUSH), c.copy().flush() and b"", c.compress(data[999:]), c.flush()])
out = d.decompress(raw + b"tail", 1000)
print(len(out), len(d.unconsumed_tail) > 0, out + d.decompress(d.unconsumed_tail) + d.flush() == data, d.unused_data, d.eof)
dictionary = zlib.compressobj(zdict=b"green bottles")
small = dictionary.compress(b"green bottles") + dictionary.flush()
print(len(small) < 22, zlib.decompressobj(zdict=b"green bottles").decompress(small))
b = bz2.BZ2Decompressor()
print(sum(len(b.decompress(bytes([x]))) for x in bz2.compress(data[:500])), b.eof, bz2.decompress(bz2.compress(b"a") + bz2.compress(b"b")))
for form, check in ((lzma.FORMAT_XZ, lzma.CHECK_SHA256), (lzma.FORMAT_ALONE, -1), (lzma.FORMAT_XZ, lzma.CHECK_CRC32)):
    x = lzma.LZMADecompressor()
    print(x.decompress(lzma.compress(data, form, check, preset=1)) == data, x.check)
filters = [{"id": lzma.FILTER_DELTA, "dist": 2}, {"id": lzma.FILTER_LZMA2, "preset": 6}]
print(lzma.decompress(lzma.compress(data, lzma.FORMAT_RAW, filters=filters), lzma.FORMAT_RAW, filters=filters) == data)

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for opener, name in ((gzip.open, "f.gz"), (bz2.open, "f.bz2"), (lzma.open, "f.xz"), (zstd.open, "f.zst")):
        with opener(name, "wt", encoding="utf-8") as file:
            file.write("żółć\n" * 3)
        with opener(name, "at", encoding="utf-8") as file:
            file.write("end")
        with opener(name, "rt", encoding="utf-8") as file:
            print(name, next(file).strip(), file.read().count("ż"))

    print("-- zip")
    with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("folder/żółw.txt", (2024, 2, 29, 12, 30, 20)), data)
        archive.writestr("stored", b"abc", zipfile.ZIP_STORED)
        for kind in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            archive.writestr(f"kind{kind}", data, kind)
        archive.mkdir("empty")
        archive.comment = b"a comment"
    with zipfile.ZipFile("a.zip") as archive:
        print([(i.filename, i.file_size, i.compress_type, i.is_dir()) for i in archive.infolist()], archive.testzip(), archive.comment, archive.infolist()[0].date_time)
        with archive.open("kind12") as member:
            member.seek(100)
            print(member.read(12), data[100:112], zipfile.Path(archive, "folder/").joinpath("żółw.txt").read_text()[:15])
        archive.extractall("out")
        print(sorted(os.listdir("out")), archive.read("stored"))
    for damaged in (b"PK", open("a.zip", "rb").read()[:-30], b"x" * 100):
        try:
            zipfile.ZipFile(io.BytesIO(damaged))
        except zipfile.BadZipFile as error:
            print("BadZipFile", error)

    print("-- tar")
    os.symlink("../stored", "out/link")
    for mode in ("gz", "bz2", "xz", "zst", ""):
        with tarfile.open("t.tar", f"w:{mode}") as archive:
            archive.add("out", filter=lambda info: info.replace(mtime=5, uid=1, uname="me", deep=False) if info.name != "out/empty" else None)
            info = tarfile.TarInfo("very/" + "long/" * 40 + "name")
            info.size = 5
            archive.addfile(info, io.BytesIO(b"hello"))
        with tarfile.open("t.tar") as archive:
            print(mode, len(archive.getnames()), archive.extractfile(info.name).read(), archive.getmember("out/link").linkname, archive.getmember("out/stored").mtime)
    evil = tarfile.TarInfo("../evil")
    with tarfile.open("e.tar", "w") as archive:
        archive.addfile(evil)
    try:
        tarfile.open("e.tar").extractall("x")
    except tarfile.FilterError as error:
        print(type(error).__name__, str(error).split(" would")[0])
    os.chdir("/")
