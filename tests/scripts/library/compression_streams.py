"""zlib, gzip, bz2, lzma, zstd: streams in pieces, headers, damaged data, limits of output, files within files."""
import bz2
import gzip
import io
import lzma
import tempfile
import zlib

data = b"".join(b"line %d of some text\n" % i for i in range(3000))
for module in (zlib, bz2, lzma, gzip):
    packed = module.compress(data)
    print(module.__name__, len(packed) < len(data) / 4, module.decompress(packed) == data, packed[:2])
    for wrong in (b"", packed[:-8], b"nonsense", packed[:20] + b"\xff\xff" + packed[22:]):
        try:
            print(len(module.decompress(wrong)), end=" ")
        except Exception as error:
            print(type(error).__name__, end=" ")
    print()
d = zlib.decompressobj()
print(len(d.decompress(zlib.compress(data) + b"tail", 1000)), len(d.unconsumed_tail) > 0, d.eof, len(d.decompress(d.unconsumed_tail)), d.unused_data, d.eof)
raw = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=b"of some text\n")
packed = raw.compress(data) + raw.flush()
print(zlib.decompressobj(-15, zdict=b"of some text\n").decompress(packed) == data, zlib.ZLIB_RUNTIME_VERSION.count("."), gzip.compress(b"x", mtime=0).hex())
path = tempfile.mkdtemp() + "/f"
for opener in (gzip.open, bz2.open, lzma.open):
    with opener(path, "wt", encoding="utf-8") as file:
        file.write("żółw\n" * 100)
    with opener(path, "at", encoding="utf-8") as file:
        file.write("added")
    with opener(path, "rb") as file:
        print(file.seek(10), file.read(5), file.tell(), len(file.readlines()), file.seekable())
print(lzma.decompress(lzma.compress(b"x", format=lzma.FORMAT_ALONE)), lzma.is_check_supported(lzma.CHECK_SHA256), lzma.decompress(lzma.compress(data, format=lzma.FORMAT_RAW, filters=(f := [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 3}])), lzma.FORMAT_RAW, filters=f) == data)
try:
    from compression import zstd

    print(zstd.decompress(zstd.compress(data, 3)) == data, zstd.zstd_version_info[0])
except ImportError as error:
    print(error)
