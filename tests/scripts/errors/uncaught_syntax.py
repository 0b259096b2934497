"""A script that does not compile: nothing runs, the place on stderr, status 1."""
print("never printed")
value = (1 +
    2
for x in range(3)
    print(x)
