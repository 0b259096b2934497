"""Modules from a zip that the program writes: packages, data, __main__, compressed or not, damaged, changed while imported."""
import importlib
import importlib.resources
import os
import runpy
import sys
import tempfile
import traceback
import zipfile
import zipimport

os.chdir(tempfile.mkdtemp())
with zipfile.ZipFile("lib.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("pack/__init__.py", "from .inner import fails\nname = __name__\n")
    archive.writestr("pack/inner.py", "def fails():\n    raise LookupError('from the zip')\n")
    archive.writestr("pack/data/żółw.txt", "content\n")
    archive.writestr("__main__.py", "import sys\nprint('main', __name__, sys.argv)\n", zipfile.ZIP_STORED)
sys.path.insert(0, os.path.abspath("lib.zip"))
import pack

print(pack.name, type(pack.__loader__).__name__, pack.__file__.endswith("lib.zip/pack/__init__.py"), pack.__path__[0].endswith("lib.zip/pack"))
try:
    pack.fails()
except LookupError:
    print(traceback.format_exc().splitlines()[-2:])
print(importlib.resources.read_text(pack, "data", "żółw.txt", encoding="utf-8"), sorted(p.name for p in importlib.resources.files(pack).iterdir()))
with importlib.resources.as_file(importlib.resources.files(pack) / "data") as path:
    print(os.listdir(path), path.exists())
runpy.run_path("lib.zip", run_name="__main__")
importer = zipimport.zipimporter("lib.zip")
print(importer.is_package("pack"), importer.get_source("pack")[:9], importer.get_data("pack/data/żółw.txt"), importer.find_spec("nothing"))
for name, data in (("not.zip", b"no zip at all"), ("cut.zip", open("lib.zip", "rb").read()[:-30]), ("empty.zip", b"")):
    with open(name, "wb") as file:
        file.write(data)
    try:
        zipimport.zipimporter(name)
    except zipimport.ZipImportError as error:
        print(error)
