# env: PYTHONDONTWRITEBYTECODE=x PYTHONHASHSEED=0 PYTHONIOENCODING=latin-1:replace PYTHONWARNINGS=ignore PYTHONOPTIMIZE=1 MY_OWN=value=with=signs
"""Variables that CPython reads at its start: the seed of hashes, the streams' encoding, filters, optimization."""
import os
import sys
import warnings

print(sys.flags.hash_randomization, hash("text"), hash(b"bytes"), list({"one", "two", "three", "four"}))
print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.encoding, sys.stderr.errors, "\N{SNOWMAN}")
print(sys.dont_write_bytecode, sys.flags.optimize, sys.warnoptions, os.environ["MY_OWN"])
warnings.warn("ignored")
