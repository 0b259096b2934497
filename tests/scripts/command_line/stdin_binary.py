"""Bytes on standard input that are no text: surrogates, buffer, readinto, a detached stream."""
import io
import sys

print(ascii(sys.stdin.readline()))
raw = sys.stdin.buffer
print(raw.peek()[:4] != b"", raw.read1(3), raw.read())
stream = io.TextIOWrapper(sys.stdin.detach(), encoding="ascii")
print(repr(stream.read()), stream.fileno(), sys.stdin is not None)
