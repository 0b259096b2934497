# packages: scipy
"""SciPy: integrals and differential equations with Python callbacks from Fortran-born code, one that raises, filters, roots."""
import numpy as np
from scipy import integrate, optimize, signal

print(np.round(integrate.quad(np.sin, 0, np.pi), 10), round(integrate.quad(lambda x: np.exp(-x * x), -np.inf, np.inf)[0], 8), round(integrate.dblquad(lambda y, x: x * y, 0, 1, 0, 1)[0], 8), integrate.simpson([1, 4, 9], x=[1, 2, 3]).round(8))
for method in ("RK45", "DOP853", "Radau", "BDF", "LSODA"):
    s = integrate.solve_ivp(lambda t, y: [y[1], -y[0]], (0, 5), [0, 1], method=method, rtol=1e-8, atol=1e-10)
    print(method, s.success, s.y[0, -1].round(5))
print(integrate.odeint(lambda y, t: -y, 1, [0, 1, 2]).ravel().round(6))


def fails(x, *rest):
    raise KeyError("from inside")


for call in (lambda: integrate.quad(fails, 0, 1), lambda: integrate.odeint(fails, 1, [0, 1]), lambda: optimize.fsolve(fails, 1), lambda: optimize.brentq(fails, 0, 1), lambda: optimize.minimize(fails, [1.0]), lambda: optimize.brentq(lambda x: x * x + 1, 0, 1), lambda: optimize.leastsq(fails, [1.0]), lambda: optimize.curve_fit(lambda x, a: a * x, [1, 2], [1])):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
print(optimize.fsolve(lambda x: x**2 - 2, 1).round(8), optimize.root(lambda x: [x[0] + x[1] - 3, x[0] - x[1] - 1], [0, 0]).x.round(8), optimize.linprog([-1, -2], [[1, 1]], [4], bounds=(0, 3)).x, optimize.minimize(optimize.rosen, [1.3, 0.7], method="SLSQP").x.round(3), optimize.milp([-1, -1], constraints=optimize.LinearConstraint([[2, 1]], ub=3.5), integrality=[1, 1], bounds=optimize.Bounds(0, 5)).x, optimize.differential_evolution(lambda x: (x[0] - 1) ** 2, [(-5, 5)], rng=1).x.round(4))
b, a = signal.butter(3, 0.2)
print(np.round(b, 8), signal.lfilter(b, a, np.ones(5)).round(8), signal.find_peaks([0, 2, 0, 3, 0])[0], signal.convolve([1, 2], [1, 1]), signal.welch(np.sin(np.arange(300)), nperseg=64)[1].argmax(), signal.savgol_filter([1, 4, 9, 16, 25], 3, 2).round(8))
