# command: -S -c import(sys) -
"""-S with a text that does not compile."""
