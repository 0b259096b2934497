# command: -m json.tool --indent 2 --sort-keys --no-ensure-ascii
"""-m json.tool as a filter: NAME.stdin through a module of the library's."""
