"""A tree two hundred folders deep: made, walked, and removed by the standard library's recursion."""
import os
import shutil
import tempfile

root = tempfile.mkdtemp()
path = os.path.join(root, *["d"] * 200)
os.makedirs(path)
with open(os.path.join(path, "leaf"), "w") as file:
    file.write("deep")
print(sum(len(folders) for _, folders, _ in os.walk(root)), len(path) - len(root))
os.chdir(path)
print(open("leaf").read(), os.getcwd() == os.path.realpath(path))
os.chdir("../" * 199)
print(os.listdir("."), len(os.getcwd()) - len(os.path.realpath(root)))
os.chdir("/")
os.rename(os.path.join(root, "d"), os.path.join(root, "e"))
print(open(os.path.join(root, "e", *["d"] * 199, "leaf")).read())
shutil.rmtree(root)
print(os.path.exists(root))
try:
    os.removedirs(root)
except FileNotFoundError as error:
    print(type(error).__name__)
