# coding: no-such-encoding
"""A source in an encoding that there is not."""
print("never")
