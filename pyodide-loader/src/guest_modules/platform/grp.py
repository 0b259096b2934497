"""The groups of this machine: each is a tuple with names (name, password, number, members).

A user need not be listed as a member of the group that /etc/passwd gives it.

pyrun: the groups are those of /etc/group where a granted folder brings one, else the one that the program runs as."""

import _pyrun_accounts as _accounts
import _pyrun_structseq as _structseq

struct_group = _structseq.structseq(
    "grp",
    "struct_group",
    "grp.struct_group: what the getgr*() functions return.\n\n"
    "A tuple (gr_name, gr_passwd, gr_gid, gr_mem), whose items are attributes of these names, too.",
    (("gr_name", "group name"), ("gr_passwd", "password"), ("gr_gid", "group id"), ("gr_mem", "group members")),
)


def getgrgid(id):
    """The group of this number; else a KeyError."""
    gid = _accounts.shown(_accounts.identity(id, "gid"))
    entry = _accounts.find(_accounts.groups(), 2, gid)
    if entry is None:
        raise KeyError(f"getgrgid(): gid not found: {gid}")
    return struct_group(entry)


def getgrnam(name):
    """The group of this name; else a KeyError."""
    wanted = _accounts.decode(_structseq.text(name, "getgrnam() argument 'name'", errors="surrogateescape"))
    entry = _accounts.find(_accounts.groups(), 0, wanted)
    if entry is None:
        raise KeyError(f"getgrnam(): name not found: {name!r}")
    return struct_group(entry)


def getgrall():
    """All groups, in the order of the file."""
    return list(map(struct_group, _accounts.groups()))
