"""glob with recursion, hidden files, character sets, escapes, links, a root; fnmatch and translate."""
import fnmatch
import glob
import os
import tempfile

os.chdir(tempfile.mkdtemp())
for name in ("a.py", "b.PY", ".hidden.py", "d/c.py", "d/.h/x.py", "d/e/f/g.py", "[x].py", "d/e/ż.txt"):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    open(name, "w").close()
os.symlink("d", "linked")
os.symlink("nowhere.py", "dangling.py")
for pattern in ("*.py", "*", ".*", "**", "**/*.py", "d/*/", "[ab].*", "[!a]*.py", "[[]x].py", "linked/**/*.py", "dangling.py", "d/e/?.txt", "missing/*", "*/*/*", "./a*", "d/e/../c.py"):
    print(pattern, sorted(glob.glob(pattern, recursive=True)))
print(sorted(glob.glob("**/*.py", recursive=True, include_hidden=True)), glob.escape("[x]*?"), sorted(glob.glob("*", root_dir="d")), glob.has_magic("a?"))
print(sorted(glob.glob(b"*.py")), next(glob.iglob("a.*")), fnmatch.filter(["a.py", "b.txt", "A.PY"], "*.py"), fnmatch.fnmatchcase("A", "[a-z]"), fnmatch.translate("a[!b]*?"))
print(glob.translate("**/*.py", recursive=True, include_hidden=True), fnmatch.filterfalse(["a.py", "b"], "*.py"))
