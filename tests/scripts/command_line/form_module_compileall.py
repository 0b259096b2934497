# command: -m compileall -q /no/such/folder
"""-m compileall of a folder that is not there: its message and status."""
