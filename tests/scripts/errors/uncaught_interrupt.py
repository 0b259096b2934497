# not-node: its command line does not end as after a signal; CPython ends with 130
"""KeyboardInterrupt that nobody catches: finally and atexit run, status 130."""
import atexit

atexit.register(print, "at exit")
try:
    print("working")
    raise KeyboardInterrupt
finally:
    print("finally")
