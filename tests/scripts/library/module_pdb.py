# command: -m pdb {script}
"""pdb driven by standard input: breakpoints, steps, printing, the stack, and leaving."""
def inner(x):
    y = x * 2
    return y


total = 0
for i in range(3):
    total += inner(i)
print("total", total)
