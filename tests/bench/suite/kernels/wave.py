"""A wave on a string, in time steps over shifted views."""
# setup: pass
# run: wave(100)
import numpy as np


def wave(points, steps=400, courant=0.5):
    position = np.linspace(0, 1, points)
    now = np.exp(-200 * (position - 0.3) ** 2)
    before = now.copy()
    for _ in range(steps):
        following = np.zeros_like(now)
        following[1:-1] = 2 * now[1:-1] - before[1:-1] + courant * (now[2:] - 2 * now[1:-1] + now[:-2])
        before, now = now, following
    return now
