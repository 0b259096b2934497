# -*- coding: iso-8859-1 -*-
"""A source whose first line names its encoding: these two bytes are two letters of Latin-1: ż."""
import sys

print(ascii("ż"), len("ż"), ascii(__doc__[-4:]))
ż = 1 if False else None
print(sys.getdefaultencoding(), [ascii(name) for name in globals() if not name.isascii()])
