# packages: sympy
"""SymPy and mpmath: exact results, many digits, matrices, solving, series, code printing: pure Python that leans on big integers."""
import mpmath
import sympy as s

x, y = s.symbols("x y")
print(s.integrate(s.exp(-x**2), (x, -s.oo, s.oo)), s.solve([x + y - 3, x * y - 2], [x, y]), s.factor(x**4 - 1), s.limit(s.sin(x) / x, x, 0), s.cos(x).series(x, 0, 6), s.diff(x**x, x), s.simplify(s.sin(x) ** 2 + s.cos(x) ** 2), s.Matrix([[1, 2], [3, 4]]).eigenvals(), s.factorint(2**61 + 1), s.isprime(2**89 - 1), s.N(s.pi, 50), s.latex(s.sqrt(x) / 2), s.sympify("2**100").is_Integer, s.Rational(1, 3) + 1, s.dsolve(s.Function("f")(x).diff(x) - x), s.lambdify(x, x**2 + 1, "math")(3), s.nsimplify(0.333333333333), s.solveset(x**2 + 1, x), s.summation(1 / x**2, (x, 1, s.oo)), sep="\n")
mpmath.mp.dps = 40
print(mpmath.zeta(3), mpmath.gamma(mpmath.mpf("0.5")), mpmath.quad(lambda t: mpmath.exp(-t), [0, mpmath.inf]), mpmath.findroot(lambda t: t**2 - 2, 1), mpmath.mpc(1, 2) ** 0.5, mpmath.nstr(mpmath.pi * 10**20, 30), mpmath.identify(mpmath.sqrt(2), ["sqrt(2)"]))
try:
    s.sympify("1 +")
except s.SympifyError as error:
    print(type(error).__name__)
