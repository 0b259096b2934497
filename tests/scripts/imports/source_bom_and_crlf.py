"""A source with a byte order mark and the line ends of another system."""
import sys
text = """two
lines"""
print(repr(text), __doc__, ascii("ż"))
if True:
    print(len(open(__file__, "rb").read().split(b"\r\n")))
