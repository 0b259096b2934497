# command: {script} żółw 🐢 --x=é a\b $HOME * 'q' "
"""Arguments reach the program as they were given: letters of every size, quotes, what a shell would change."""
import os
import sys

print(sys.argv[1:], [os.fsencode(a) for a in sys.argv[1:3]], len(sys.orig_argv))
