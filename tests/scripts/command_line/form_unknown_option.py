# command: --no-such-option
"""An option that CPython does not know: its usage text and status 2."""
