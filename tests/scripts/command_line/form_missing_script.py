# command: /no/such/script.py
"""A script that is not there: status 2 and one line."""
