# command: -c {text} ż
# a comment before everything: ąęł
"""Text beyond ASCII by way of -c."""
import sys

żółw = sys.argv[1]
print(żółw, len(__doc__), "🐢", ascii("ż"))
raise KeyError("żółć")
