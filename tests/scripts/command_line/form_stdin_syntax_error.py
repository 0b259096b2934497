# command: -
"""A program on standard input that does not compile: nothing of it runs."""
print("never")
def broken(:
