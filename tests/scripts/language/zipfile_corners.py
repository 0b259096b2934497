"""zipfile: names, comments, modes, times, appended members, damaged ones, big ones, encrypted flags, path objects."""
import io
import zipfile

stream = io.BytesIO(b"prefix before the archive")
with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as z:
    info = zipfile.ZipInfo("folder/żółw.txt", (2024, 2, 29, 12, 30, 59))
    info.external_attr = 0o644 << 16
    info.comment = b"of the member"
    z.writestr(info, "text " * 100, zipfile.ZIP_BZIP2)
    z.writestr("twice", "1")
    z.writestr("twice", "2", zipfile.ZIP_LZMA)
    z.mkdir("empty")
    with z.open("streamed", "w", force_zip64=True) as member:
        member.write(b"a" * 70000)
    z.comment = b"of the archive"
with zipfile.ZipFile(stream) as z:
    print(z.namelist(), z.comment, z.testzip(), z.read("twice"), z.getinfo("folder/żółw.txt").date_time, z.getinfo("empty/").is_dir())
    for i in z.infolist():
        print(i.filename, i.compress_type, i.file_size, i.CRC, i.flag_bits, i.header_offset, repr(i)[:40])
    with z.open("streamed") as member:
        print(member.seek(69_990), member.read(), member.tell(), member.peek())
    path = zipfile.Path(z, "folder/")
    print([p.name for p in path.iterdir()], (path / "żółw.txt").read_text()[:9], (path / "no").exists(), (path / "żółw.txt").suffix)
data = bytearray(stream.getvalue())
data[data.index(b"twice") + 6] ^= 0xFF
for what, call in (("damaged", lambda: zipfile.ZipFile(io.BytesIO(data)).testzip()), ("empty", lambda: zipfile.ZipFile(io.BytesIO())), ("cut", lambda: zipfile.ZipFile(io.BytesIO(bytes(data[:-40])))), ("missing", lambda: zipfile.ZipFile(stream).read("nothing")), ("closed", lambda: z.read("twice")), ("password", lambda: zipfile.ZipFile(stream).read("twice", pwd=b"x"))):
    try:
        print(what, call())
    except Exception as error:
        print(what, type(error).__name__, str(error)[:60])
print(zipfile.is_zipfile(stream), zipfile.is_zipfile(io.BytesIO(b"PK")))
