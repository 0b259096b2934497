# command: -m json argument
"""-m with a package that has a __main__: it is json.tool's own, which reads the file that its argument names."""
