"""What print does with lone surrogates, NULs, very long lines, carriage returns, other ends and separators."""
import sys

print("a\0b", "c\rd", sep="|", end="\x1b[0m\n")
print("x" * 70_000)
print(*range(5), sep="", end="")
print()
print("no\\escape", b"bytes", None, sep="\t", file=sys.stdout, flush=True)
for value in ("\ud800", "ok\udcff"):
    try:
        print(value)
    except UnicodeEncodeError as error:
        print(error.object == value, error.start)
print(sys.stdout.write("żółw\n"), sys.stdout.flush(), sys.stdout.buffer.write(b"\xff\xfe\n"))
for wrong in ({"sep": 1}, {"end": 2}, {"file": "x"}, {"nothing": 1}):
    try:
        print("x", **wrong)
    except (TypeError, AttributeError) as error:
        sys.stdout.write(f"{error}\n")
print("\ud800")
