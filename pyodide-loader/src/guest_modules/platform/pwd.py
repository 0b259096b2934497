"""The users of this machine: each is a tuple with names, of strings but for the numbers of the user and its group.

pyrun: the users are those of /etc/passwd where a granted folder brings one, else the one whom the program runs as."""

import _pyrun_accounts as _accounts
import _pyrun_structseq as _structseq

struct_passwd = _structseq.structseq(
    "pwd",
    "struct_passwd",
    "pwd.struct_passwd: what the getpw*() functions return.\n\n"
    "A tuple (pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell), whose items are attributes of these names, too.",
    (
        ("pw_name", "user name"),
        ("pw_passwd", "password"),
        ("pw_uid", "user id"),
        ("pw_gid", "group id"),
        ("pw_gecos", "real name"),
        ("pw_dir", "home directory"),
        ("pw_shell", "shell program"),
    ),
)


def getpwuid(uidobj, /):
    """The user of this number; else a KeyError."""
    try:
        uid = _accounts.shown(_accounts.identity(uidobj, "uid"))
    except OverflowError:
        raise KeyError("getpwuid(): uid not found") from None
    entry = _accounts.find(_accounts.users(), 2, uid)
    if entry is None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")
    return struct_passwd(entry)


def getpwnam(name, /):
    """The user of this name; else a KeyError."""
    wanted = _accounts.decode(_structseq.text(name, "getpwnam() argument", errors="surrogateescape"))
    entry = _accounts.find(_accounts.users(), 0, wanted)
    if entry is None:
        raise KeyError(f"getpwnam(): name not found: {name!r}")
    return struct_passwd(entry)


def getpwall():
    """All users, in the order of the file."""
    return list(map(struct_passwd, _accounts.users()))
