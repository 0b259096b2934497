# not-node: its Python has neither pwd nor grp
"""The user whom a program runs as, those of files that it finds, and what asks for them."""
import copy
import getpass
import grp
import os
import pathlib
import pickle
import pwd
import shutil
import tarfile


def attempt(text):
    try:
        print(text, "->", eval(text))
    except Exception as error:
        print(text, "!!", type(error).__name__, error)


attempt("pwd.getpwall()")
attempt("grp.getgrall()")
attempt("getpass.getuser(), os.path.expanduser('~'), os.path.expanduser('~web_user/x'), os.path.expanduser('~nobody')")
home = os.environ.pop("HOME")
attempt("os.path.expanduser('~'), pwd.getpwuid(os.getuid()).pw_dir == home, grp.getgrgid(os.getgid()).gr_name")
os.environ["HOME"] = home

os.makedirs("/etc", exist_ok=True)
with open("/etc/passwd", "w") as file:
    file.write(
        "root:x:0:0:The one:/root:/bin/bash\n# a comment\n\n  lead:*:7:8\nbad\nbad:x\nbad:x:1\nbad:x:y:1::/:/\n"
        "big:x:4294967296:1::/:/\nnone:x:4294967295:1\n+directive::::::\njoe:x:1000:1000:Joe, at home:/home/joe:/bin/sh:more\nroot:x:5:5::/second:\n"
    )
with open("/etc/group", "w") as file:
    file.write("root:x:0:\nstaff:x:50:root, joe,,ann \nbad\nbad:x:\n+\nlate:x:60")
for entry in pwd.getpwall() + grp.getgrall():
    print(entry)
for name in ("'root'", "'joe'", "'+directive'", "'x'", "''", "b'root'", "1", "None", "'a\\0b'", "'\\ud800'", "'\\udcff'"):
    attempt(f"pwd.getpwnam({name})")
    attempt(f"grp.getgrnam({name})")
for number in ("0", "7", "True", "-1", "-2", "2**32", "2**32 - 1", "2**70", "77", "'0'", "1.5", "None"):
    attempt(f"pwd.getpwuid({number})")
    attempt(f"grp.getgrgid({number})")
attempt("grp.getgrgid(id=50), grp.getgrnam(name='late')")

entry = pwd.getpwnam("joe")
print(entry[2:4], entry.pw_gecos, len(entry), entry == tuple(entry), isinstance(entry, tuple), hash(entry) == hash(tuple(entry)))
print(pickle.loads(pickle.dumps(entry)) == entry, type(pickle.loads(pickle.dumps(entry, 0))), copy.copy(entry), entry.__reduce__())
print(pwd.struct_passwd, pwd.struct_passwd.__match_args__, pwd.struct_passwd.n_fields, pwd.struct_passwd.n_sequence_fields)
print(grp.struct_group, grp.struct_group.__match_args__, grp.struct_group.n_unnamed_fields, grp.struct_group.gr_mem.__doc__)
match grp.getgrnam("staff"):
    case grp.struct_group(name, _, gid, members):
        print(name, gid, members)
for text in (
    "pwd.struct_passwd(range(7))", "pwd.struct_passwd(range(6))", "pwd.struct_passwd(range(8))", "pwd.struct_passwd(1)",
    "pwd.struct_passwd(range(7), 1)", "pwd.struct_passwd(range(7), {'x': 1})", "grp.struct_group('abcd')", "entry.__dict__",
    "setattr(entry, 'pw_name', 1)", "type('X', (pwd.struct_passwd,), {})", "entry + (1,)",
):
    try:
        print(text, "->", eval(text))
    except Exception as error:
        print(text, "!!", type(error).__name__)

os.chdir("/tmp")
path = pathlib.Path("file")
path.write_text("x")
print(path.owner(), path.group())
shutil.chown(path, "root", "root")
for user, group in (("joe", None), ("nobody", None), (None, "nobody")):
    try:
        shutil.chown(path, user, group)
        print("chown", user, group)
    except LookupError as error:
        print("chown", user, group, error)
with tarfile.open("file.tar", "w") as archive:
    archive.add("file")
with tarfile.open("file.tar") as archive:
    print([(member.uname, member.gname, member.uid) for member in archive])
attempt("os.path.expanduser('~root'), os.path.expanduser('~joe/x'), pathlib.Path('~joe').expanduser()")
del os.environ["HOME"]
attempt("os.path.expanduser('~')")
for name in ("LOGNAME", "USER"):
    del os.environ[name]
attempt("getpass.getuser()")
