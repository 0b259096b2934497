"""Two substances that react and spread on a grid (Gray and Scott), in single precision: whole-array arithmetic."""
# setup: import numpy as np; noise = np.random.default_rng(5).random((2, 100, 100), dtype=np.float32)
# run: react(noise, 40)
import numpy as np


def around(field):
    inner = field[1:-1, 1:-1]
    return field[:-2, 1:-1] + field[2:, 1:-1] + field[1:-1, :-2] + field[1:-1, 2:] - 4 * inner


def react(noise, steps, feed=0.04, kill=0.06):
    u, v = np.zeros((2, 102, 102), dtype=np.float32)
    u[1:-1, 1:-1] = 1
    u[31:71, 31:71], v[31:71, 31:71] = 0.5, 0.25
    inner_u, inner_v = u[1:-1, 1:-1], v[1:-1, 1:-1]
    inner_u += 0.15 * noise[0]
    inner_v += 0.15 * noise[1]
    for _ in range(steps):
        reaction = inner_u * inner_v * inner_v
        change_u = 0.16 * around(u) - reaction + feed * (1 - inner_u)
        change_v = 0.08 * around(v) + reaction - (feed + kill) * inner_v
        inner_u += change_u
        inner_v += change_v
    return v
