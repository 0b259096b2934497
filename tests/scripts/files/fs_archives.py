"""shutil.make_archive and unpack_archive, tar with links and modes, and what the extraction filters refuse."""
import io
import os
import shutil
import tarfile
import tempfile
import zipfile

os.umask(0)  # Node applies none
os.chdir(tempfile.mkdtemp())
os.makedirs("data/sub")
for name in ("data/one", "data/sub/two"):
    with open(name, "w") as file:
        file.write(name * 3)
os.symlink("one", "data/link")
os.chmod("data/one", 0o755)
for form in ("tar", "gztar", "bztar", "xztar", "zip"):
    archive = shutil.make_archive("out", form, root_dir=".", base_dir="data")
    shutil.unpack_archive(archive, f"back-{form}")
    base = f"back-{form}/data"
    print(os.path.basename(archive), sorted(os.listdir(base)), open(f"{base}/sub/two").read(), oct(os.stat(f"{base}/one").st_mode & 0o777), os.path.islink(f"{base}/link"))
stream = io.BytesIO()
with tarfile.open(fileobj=stream, mode="w") as tar:
    for name, kind, target in (("../escape", tarfile.REGTYPE, ""), ("/absolute", tarfile.REGTYPE, ""), ("bad", tarfile.SYMTYPE, "/etc/passwd"), ("fine", tarfile.REGTYPE, ""), ("fifo", tarfile.FIFOTYPE, "")):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        tar.addfile(info)
for name in ("../escape", "/absolute", "bad", "fine", "fifo"):
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        try:
            tar.extract(name, "extracted", filter="data")
            print(name, "extracted")
        except (tarfile.TarError, OSError) as error:
            print(name, type(error).__name__)
print(sorted(os.listdir("extracted")))
with zipfile.ZipFile("z.zip", "w") as archive:
    archive.writestr("../up.txt", "stays inside")
    archive.write("data/one", "one")
with zipfile.ZipFile("z.zip") as archive:
    print(archive.extract("../up.txt", "unzipped"), archive.testzip(), oct(archive.getinfo("one").external_attr >> 16))
