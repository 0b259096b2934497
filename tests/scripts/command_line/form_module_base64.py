# command: -m base64 -e
"""-m base64: standard input to standard output."""
