# command: /tmp
"""A folder without __main__ as the program."""
