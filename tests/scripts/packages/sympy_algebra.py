# packages: sympy
"""SymPy (pure Python, with mpmath): calculus, equations, matrices, number theory, printing, arbitrary precision."""
import mpmath
import sympy as sp
from sympy.parsing.sympy_parser import parse_expr

print(sp.__version__)
x, y, z = sp.symbols("x y z")
n = sp.symbols("n", integer=True, positive=True)

print("-- algebra")
print(sp.expand((x + y) ** 4), sp.factor(x**6 - 1), sp.apart(1 / (x * (x + 1) ** 2)), sp.cancel((x**2 - 1) / (x - 1)))
print(sp.simplify(sp.sin(x) ** 2 + sp.cos(x) ** 2), sp.trigsimp(sp.sin(x) * sp.cos(x)), sp.radsimp(1 / (1 + sp.sqrt(2))), sp.nsimplify("0.333333333333", rational=True))
print(sp.groebner([x**2 + y**2 - 1, x - y], x, y).exprs, sp.resultant(x**2 - 2, x - y, x), sp.Poly(x**3 - 2 * x + 1).all_roots())

print("-- calculus")
print(sp.diff(sp.exp(x) * sp.sin(x), x, 3), sp.integrate(sp.exp(-(x**2)), (x, -sp.oo, sp.oo)), sp.integrate(1 / (x**3 + 1), x))
print(sp.limit(sp.sin(x) / x, x, 0), sp.limit((1 + 1 / x) ** x, x, sp.oo), sp.series(sp.tan(x), x, 0, 8), sp.summation(1 / n**2, (n, 1, sp.oo)))
f = sp.Function("f")
print(sp.dsolve(f(x).diff(x, 2) + f(x), f(x)), sp.fourier_series(x, (x, -sp.pi, sp.pi)).truncate(2), sp.laplace_transform(sp.sin(x), x, y)[0])

print("-- equations")
print(sp.solve(x**3 - 6 * x**2 + 11 * x - 6, x), sp.solve([x + y - 3, x * y - 2], [x, y]), sp.solveset(sp.sin(x) - 1, x, sp.Interval(0, 7)))
print(sp.nsolve(sp.cos(x) - x, 1, prec=30), sp.linsolve([x + y + z - 1, x - z], x, y, z), sp.reduce_inequalities(x**2 < 4, x))
print(sp.rsolve(sp.Function("a")(n + 1) - 2 * sp.Function("a")(n), sp.Function("a")(n)), sp.diophantine(3 * x + 5 * y - 1))

print("-- matrices")
m = sp.Matrix([[2, 1], [1, x]])
print(m.det(), m.inv(), sp.Matrix([[2, 1], [1, 2]]).eigenvects(), sp.Matrix([[1, 2], [3, 4]]).exp()[0, 0].evalf(12))

print("-- numbers")
print(sp.factorint(2**64 - 1), sp.prime(1000), sp.isprime(2**127 - 1), sp.totient(360), sp.primitive_root(97), sp.N(sp.pi, 60))
print(sp.binomial(60, 30), sp.fibonacci(150), sp.bernoulli(20), sp.continued_fraction(sp.sqrt(7)), sp.discrete_log(41, 15, 7), sp.Rational(3, 7) + sp.Rational(1, 14))
mpmath.mp.dps = 40
print(mpmath.zeta(3), mpmath.quad(lambda t: mpmath.exp(-t), [0, mpmath.inf]), mpmath.findroot(mpmath.sin, 3), mpmath.identify(mpmath.sqrt(2)), sep="\n")

print("-- printing, parsing, code")
e = sp.Integral(sp.sqrt(1 / x), (x, 1, y)) + sp.Sum(1 / n, (n, 1, 3))
print(sp.latex(e), sp.srepr(x**2 / 3), sp.ccode(sp.Piecewise((x, x > 0), (0, True))), sep="\n")
print(sp.pretty(e, use_unicode=True))
print(parse_expr("2*x + sin(x)**2").subs(x, sp.pi / 2), sp.lambdify(x, x**2 + 1, "math")(3), sp.logic.simplify_logic("(a & b) | (a & ~b)"))
try:
    sp.sympify("2 +* 3")
except sp.SympifyError as error:
    print("SympifyError", str(error).splitlines()[0])
