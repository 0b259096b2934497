# command: -m timeit -n 1 -r 1 -s pass raise(SystemExit(9))
"""-m timeit of a statement that ends the program."""
