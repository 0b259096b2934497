"""A plot made with no Python, no NumPy and no JavaScript engine installed: `pyrun --dir .:rw lorenz.py`, in this folder."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp


def lorenz(_, state, sigma=10.0, rho=28.0, beta=8.0 / 3.0):
    x, y, z = state
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


times = np.linspace(0, 60, 12_000)
x, _, z = solve_ivp(lorenz, (0, 60), (1.0, 1.0, 1.0), t_eval=times, rtol=1e-8).y

figure, axes = plt.subplots(figsize=(7, 4), dpi=100)
for begin in range(0, len(times) - 1, 40):
    part = slice(begin, begin + 41)
    axes.plot(x[part], z[part], color=plt.cm.viridis(begin / len(times)), linewidth=0.6)
axes.set_axis_off()
axes.set_title("The Lorenz system, by SciPy and Matplotlib in pyrun", fontsize=10)
figure.savefig("lorenz.png", bbox_inches="tight")
print("lorenz.png")
