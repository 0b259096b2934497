# command: -X importtime=2 -c print(1)
"""-X importtime with a value it takes: the table goes to standard error, the program's output does not change."""
