# command: -X utf8 -X dev -X int_max_str_digits=700 -X custom=value -X frozen_modules=off {script}
"""-X options: what sys._xoptions has of them, development mode, limits, names of one's own."""
import sys
import warnings

print(sorted(sys._xoptions.items()), sys.flags.dev_mode, sys.flags.utf8_mode, sys.get_int_max_str_digits())
try:
    str(10**700)
except ValueError as error:
    print(str(error)[:60])
print([(f[0], f[2].__name__) for f in warnings.filters][:1])
