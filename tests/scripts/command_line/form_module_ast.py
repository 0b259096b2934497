# command: -m ast -a
"""-m ast of standard input with attributes."""
