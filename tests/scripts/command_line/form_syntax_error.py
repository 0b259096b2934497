# command: -c for
"""A program of one word that is no program: the message and its column."""
