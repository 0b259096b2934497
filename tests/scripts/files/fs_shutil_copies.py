"""shutil: copy, copy2, copytree with links and filters, move across folders, rmtree with a handler, which."""
import os
import shutil
import tempfile

os.chdir(tempfile.mkdtemp())
os.makedirs("src/sub/.hidden")
for name, text in (("src/a.txt", "A"), ("src/b.py", "B"), ("src/sub/c.txt", "C" * 100_000), ("src/sub/.hidden/d", "D")):
    with open(name, "w") as file:
        file.write(text)
os.symlink("a.txt", "src/link")
os.symlink("nowhere", "src/dangling")
os.chmod("src/a.txt", 0o640)
os.utime("src/a.txt", (1000, 2000))
print(shutil.copy("src/a.txt", "copied"), oct(os.stat("copied").st_mode), os.stat("copied").st_mtime == 2000)
print(shutil.copy2("src/a.txt", "copied2"), os.stat("copied2").st_mtime, shutil.copyfile("src/b.py", "c3"))
shutil.copytree("src", "tree", symlinks=True, ignore=shutil.ignore_patterns("*.py"))
print(sorted(os.path.join(base, name)[4:] for base, folders, files in os.walk("tree") for name in folders + files), os.readlink("tree/link"))
try:
    shutil.copytree("src", "tree2")
except shutil.Error as error:
    print(len(error.args[0]), os.path.islink("tree2/link"), open("tree2/link").read())
try:
    shutil.copytree("src", "tree")
except FileExistsError as error:
    print(type(error).__name__, shutil.copytree("src/sub", "tree/sub", dirs_exist_ok=True))
print(shutil.move("tree", "src/moved"), os.path.exists("tree"), os.path.getsize("src/moved/sub/c.txt"))
for what, call in (("same file", lambda: shutil.copyfile("copied", "copied")), ("into itself", lambda: shutil.move("src", "src/sub")), ("missing", lambda: shutil.copy("missing", "x")), ("folder", lambda: shutil.copyfile("src", "x")), ("rmtree of a link", lambda: shutil.rmtree("src/link")), ("special", lambda: shutil.copyfile("/dev/null", "n"))):
    try:
        print(what, call())
    except (OSError, shutil.Error) as error:
        print(what, type(error).__name__)
calls = []
shutil.rmtree("missing", onexc=lambda function, path, error: calls.append((function.__name__, path, type(error).__name__)))
shutil.rmtree("src")
print(calls, sorted(os.listdir(".")), shutil.which("python"), shutil.which("sh"))
