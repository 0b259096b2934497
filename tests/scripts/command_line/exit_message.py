"""sys.exit with a text: the text on stderr, status 1."""
import sys

print("out")
sys.exit("błąd: gave up")
