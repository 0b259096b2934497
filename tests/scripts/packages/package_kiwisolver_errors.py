# packages: kiwisolver
"""kiwisolver: exceptions thrown in C++ arrive as Python's, and the solver goes on afterwards."""
import kiwisolver as k

x, y = k.Variable("x"), k.Variable("y")
s = k.Solver()
s.addConstraint(x + y == 10)
s.addConstraint((x >= 3) | "strong")
s.addConstraint((x <= 1) | "weak")
s.updateVariables()
print(x.value(), y.value())
for call in (lambda: s.addConstraint(x + y == 11), lambda: s.addConstraint(x + y == 10) or s.addConstraint(c := (x == 4) | "weak") or s.addConstraint(c), lambda: s.removeConstraint(x == 99), lambda: s.addEditVariable(x, "required"), lambda: s.suggestValue(y, 1), lambda: x * y, lambda: (x == 1) | "no such strength", lambda: x / 0, lambda: s.removeEditVariable(y)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__)
s.addEditVariable(x, "medium")
for value in (5, 7.5, -2):
    s.suggestValue(x, value)
    s.updateVariables()
    print(x.value(), y.value())
print(x + 2 * y - 1 == 3 if False else (x + 2 * y).terms()[1].coefficient(), s.reset(), k.strength.strong > k.strength.weak)
