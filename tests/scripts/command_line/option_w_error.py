# not-node: Pyodide's own start raises the warning
# command: -W error::DeprecationWarning -W ignore::UserWarning {script}
"""-W: a warning becomes an error, another is not shown."""
import sys
import warnings

print(sys.warnoptions, [(f[0], f[2].__name__) for f in warnings.filters[:2]])
warnings.warn("not shown", UserWarning)
try:
    warnings.warn("raised", DeprecationWarning)
except DeprecationWarning as warning:
    print("caught", warning)
warnings.warn("ends the program", DeprecationWarning)
