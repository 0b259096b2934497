# command: -m no.such.module
"""-m with a module that is not there: one line and status 1."""
