# command: -m dis
"""-m dis of a program on standard input: the bytecode of this CPython."""
