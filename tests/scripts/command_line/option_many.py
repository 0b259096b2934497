# command: -B -b -q --check-hash-based-pycs always {script} -x --long=1 -- rest
"""Several options in a row, and that what follows the script is the script's own, options or not."""
import sys

print(sys.argv[1:], sys.flags.bytes_warning, sys.flags.quiet, sys.dont_write_bytecode)
print(sys.orig_argv[1:6], len(sys.orig_argv))
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(b"x" == "x", str(b"x"))
print([str(w.message) for w in caught])
