"""Standard input by iteration, readline, read of a number of letters, and what is left for os.read."""
import os
import sys

print(repr(sys.stdin.readline()), repr(sys.stdin.read(3)), sys.stdin.isatty(), sys.stdin.encoding, sys.stdin.errors)
for number, line in enumerate(sys.stdin):
    print(number, repr(line))
print(repr(sys.stdin.read()), sys.stdin.readlines(), os.read(0, 10), sys.stdin.buffer.read())
try:
    input()
except EOFError as error:
    print(error)
