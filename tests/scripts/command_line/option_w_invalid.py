# command: -W nonsense -W error::no.such.Category -c print(1)
"""-W with values that make no sense: told on standard error, and the program runs."""
