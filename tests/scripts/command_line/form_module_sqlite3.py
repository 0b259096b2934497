# command: -m sqlite3 :memory: select(1),'ż',null,x'00'
"""-m sqlite3: a statement from the command line."""
