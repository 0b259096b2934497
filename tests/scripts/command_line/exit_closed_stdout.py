"""A program that closes its standard output: printing afterwards is an error of its own, the end is quiet."""
import sys

print("before", flush=True)
sys.stdout.close()
try:
    print("after")
except ValueError as error:
    print("stderr:", error, file=sys.stderr)
sys.exit(3)
