# packages: sympy
"""A package whose function has its submodule's name keeps the function, and the submodule is found by its own name."""
import importlib
import sys

import sympy
import sympy.series as series

print(type(sympy.simplify).__name__, type(sympy.series).__name__, type(series).__name__, sympy.simplify("x - x + 1"))
print(sys.modules["sympy.simplify"].__name__, importlib.import_module("sympy.series").__name__, hasattr(sympy, "solvers"))
