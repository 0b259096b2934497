# command: {script} first --second=2 trzeci
"""Standard input and arguments: input, lines, binary rest, end of file."""
import sys

print(sys.argv[1:], sys.stdin.isatty(), sys.stdin.encoding)
print(repr(input("prompt> ")))
print(repr(sys.stdin.readline()))
print([line.rstrip("\n") for _, line in zip(range(2), sys.stdin)])
rest = sys.stdin.read()
print(repr(rest))
print(repr(sys.stdin.read()), repr(sys.stdin.buffer.read()))
try:
    input()
except EOFError as error:
    print("EOFError", error)
