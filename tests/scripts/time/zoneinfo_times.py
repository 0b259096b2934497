"""zoneinfo without the tzdata package: what the release has, what it says, and zones made from bytes."""
import io
import struct
import zoneinfo
from datetime import datetime, timedelta, timezone

print(zoneinfo.TZPATH, len(zoneinfo.available_timezones()))
for key in ("UTC", "Europe/Warsaw", "../etc/passwd", "/abs", ""):
    try:
        print(key, repr(zoneinfo.ZoneInfo(key)))
    except Exception as error:
        print(repr(key), type(error).__name__, str(error).strip().splitlines()[0])


def tzif(transitions, kinds, names, footer):
    """A version 2 file with an empty version 1 part. kinds: (offset, dst, name index)."""
    def part(version, times, layout):
        head = b"TZif" + version + bytes(15) + struct.pack(">6l", 0, 0, 0, len(times), len(kinds), len(names))
        body = struct.pack(f">{len(times)}{layout}", *(t for t, _ in times)) + bytes(k for _, k in times)
        return head + body + b"".join(struct.pack(">lbb", *kind) for kind in kinds) + names
    return part(b"2", [], "l") + part(b"2", transitions, "q") + b"\n" + footer + b"\n"


summer, winter = 1711846800, 1729990800  # 2024-03-31 01:00 UTC, 2024-10-27 01:00 UTC
data = tzif([(summer, 1), (winter, 0)], [(3600, 0, 0), (7200, 1, 4)], b"CET\0CEST\0", b"CET-1CEST,M3.5.0,M10.5.0/3")
zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(data), key="Made/Up")
print(zone, repr(zone))

print("-- conversions over both changes")
for moment in (datetime(2024, 3, 31, 0, 59), datetime(2024, 3, 31, 1, 0), datetime(2024, 10, 27, 0, 59), datetime(2024, 10, 27, 1, 0), datetime(2031, 7, 1), datetime(1970, 1, 1)):
    local = moment.replace(tzinfo=timezone.utc).astimezone(zone)
    print(local.isoformat(), local.tzname(), local.dst(), local.fold, local.astimezone(timezone.utc) == moment.replace(tzinfo=timezone.utc))
gap = datetime(2024, 3, 31, 2, 30, tzinfo=zone)
print(gap.utcoffset(), gap.replace(fold=1).utcoffset(), gap.astimezone(timezone.utc).astimezone(zone).isoformat())
twice = datetime(2024, 10, 27, 2, 30, tzinfo=zone)
print(twice.utcoffset(), twice.replace(fold=1).utcoffset(), twice.timestamp(), twice.replace(fold=1).timestamp())
print(twice + timedelta(hours=24), twice == twice.replace(fold=1), (twice.replace(fold=1) - twice), zone.utcoffset(None))

print("-- damaged files")
for bad in (b"", b"TZif", b"nope" + bytes(60), data[:60]):
    try:
        zoneinfo.ZoneInfo.from_file(io.BytesIO(bad))
        print("accepted")
    except Exception as error:
        print(type(error).__name__, error)
