# command: -m unittest -v {script}
"""-m unittest finds no tests in a path outside of the import path."""
