# command: -m this
"""-m this: a module that prints when it is imported."""
