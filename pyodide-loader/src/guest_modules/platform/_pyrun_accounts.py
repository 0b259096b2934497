"""Users and groups, for `pwd` and `grp`: those of the guest's own /etc/passwd and /etc/group where it has such files, read as the C
library of Linux reads them; else one user, whom the program runs as, and one group."""

import os
import re
import sys
from _operator import index

LARGEST = (1 << 32) - 1
LARGEST_LONG = (1 << 64) - 1
SPACE = b" \t\n\v\f\r"

# What strtoul takes.
NUMBER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)([0-9]+)")


def identity(number, name):
    """A uid or gid, as C counts them. -1 is the largest."""
    try:
        number = index(number)
    except TypeError:
        raise TypeError(f"{name} should be integer, not {type(number).__name__}") from None
    if number == -1:
        return LARGEST
    if number >= 1 << 63:
        raise OverflowError(f"{name} is greater than maximum")
    if not 0 <= number <= LARGEST:
        raise OverflowError(f"{name} is less than minimum")
    return number


def shown(identity):
    """As Python shows it."""
    return -1 if identity == LARGEST else identity


def decode(field):
    """What Python has of a field; nothing of one that is not there."""
    return (field or b"").decode(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())


# As natively, no variable changes it.
NAME, HOME = "web_user", "/home/pyodide"


def own_user():
    return NAME, "x", os.getuid(), os.getgid(), "", HOME, "/bin/sh"


def own_group():
    return NAME, "x", os.getgid(), []


def users():
    """What pwd.struct_passwd holds, for each user."""
    entries = read("/etc/passwd", user)
    return [own_user()] if entries is None else entries


def groups():
    """What grp.struct_group holds, for each group."""
    entries = read("/etc/group", group)
    return [own_group()] if entries is None else entries


def is_compat(entry):
    """Whether a line is a directive of old (`+`, `-name`), which is listed, and is nobody."""
    return entry[0].startswith(("+", "-"))


def read(path, parse):
    """The entries of a file; None if there is no such file."""
    try:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return None
    entries = []
    for line in lines:
        line = line.partition(b"\0")[0].lstrip(SPACE)
        entry = parse(line) if line and not line.startswith(b"#") else None
        if entry:
            entries.append(entry)
    return entries


def number(field, is_last, is_optional):
    """The number that a field holds, or None. One of a directive may be empty, but not end the line."""
    if is_optional and not field and not is_last:
        return 0
    found = NUMBER.fullmatch(field or b"")
    if found is None:
        return None
    sign, digits = found.groups()
    value = min(int(digits[:30]), LARGEST_LONG)
    value = -value % (1 << 64) if sign == b"-" and value < LARGEST_LONG else value
    return shown(value) if value <= LARGEST else None


def fields(line, count):
    """The name and the `count` fields after it, None where the line has ended; and whether the line is a directive."""
    name, *fields = line.split(b":", count)
    return name, fields + [None] * (count - len(fields)), name.startswith((b"+", b"-"))


def user(line):
    name, (password, uid, gid, *texts), is_directive = fields(line, 6)
    if is_directive and not password and uid is None:
        return decode(name), "", 0, 0, "", "", ""
    uid, gid = number(uid, gid is None, is_directive), number(gid, texts[0] is None, is_directive)
    if uid is None or gid is None:
        return None
    return decode(name), decode(password), uid, gid, *map(decode, texts)


def group(line):
    name, (password, gid, members), is_directive = fields(line, 3)
    if is_directive and not password and gid is None:
        return decode(name), "", 0, []
    gid = number(gid, members is None, is_directive)
    if gid is None:
        return None
    members = (member.lstrip(SPACE) for member in (members or b"").split(b","))
    return decode(name), decode(password), gid, [decode(member) for member in members if member]


def find(entries, place, wanted):
    """The first entry that has it."""
    return next((entry for entry in entries if entry[place] == wanted and not is_compat(entry)), None)
