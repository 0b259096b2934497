# command: -m tokenize -e
"""-m tokenize of standard input, exact kinds."""
