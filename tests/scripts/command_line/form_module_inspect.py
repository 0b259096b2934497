# command: -m inspect --details json:dumps
"""-m inspect: what it tells of a function of the library's."""
