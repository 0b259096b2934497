# env: LC_ALL=C LANG=pl_PL
"""LC_ALL=C at the start: CPython's UTF-8 mode and coercion, the streams' and the file system's encoding."""
import locale
import os
import sys

print(sys.flags.utf8_mode, sys.getfilesystemencoding(), sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors)
print(locale.setlocale(locale.LC_CTYPE), locale.getpreferredencoding(False), os.environ.get("LC_CTYPE"), os.environ["LC_ALL"])
print("żółć", ascii(os.fsdecode(b"\xff")))
