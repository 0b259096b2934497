"""zipapp makes a program of a folder and runpy runs it, a folder, a module; what each shows as its name and arguments."""
import os
import runpy
import sys
import tempfile
import zipapp

os.chdir(tempfile.mkdtemp())
os.makedirs("app/pack")
with open("app/pack/__init__.py", "w") as file:
    file.write("def main():\n    import sys\n    print('main of', __name__, sys.argv)\n    return 3\n")
with open("app/data.txt", "w") as file:
    file.write("data")
zipapp.create_archive("app", "app.pyz", interpreter="/usr/bin/env python3", main="pack:main", compressed=True)
print(open("app.pyz", "rb").readline(), zipapp.get_interpreter("app.pyz"), os.access("app.pyz", os.X_OK))
sys.argv = ["app.pyz", "argument"]
try:
    runpy.run_path("app.pyz", run_name="__main__")
except SystemExit as error:
    print("exit", error.code)
with open("app/__main__.py", "w") as file:
    file.write("import sys, pack\nprint(__name__, repr(__package__), pack.__file__ is not None, sys.path[0].endswith('app'))\n")
result = runpy.run_path("app", run_name="named")
print(result["__name__"], result["__file__"].endswith("__main__.py"), "pack" in sys.modules)
for call in (lambda: zipapp.create_archive("app", "x", main="no-colon"), lambda: zipapp.create_archive("missing", "x"), lambda: runpy.run_path("app/data.txt"), lambda: runpy.run_module("nothing"), lambda: runpy.run_path("missing.py"), lambda: runpy.run_module("email")):
    try:
        print(call() is not None)
    except Exception as error:
        print(type(error).__name__, str(error).replace(os.getcwd(), "<folder>"))
