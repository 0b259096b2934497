"""input() with prompts that go to standard output, values that are converted, and the end of the input in the middle."""
total = 0
try:
    while True:
        total += int(input("number? "))
except ValueError as error:
    print(error)
print(repr(input()), repr(input("żółty: ")), total)
while True:
    print(input().swapcase())
