"""Heat spreading over a plate, cell by cell, in Python: indexing of NumPy scalars."""
# setup: import numpy as np; plate = np.zeros((20, 20)); plate[10, 10] = 1000.0
# run: spread(plate, 5)


def spread(plate, steps):
    height, width = plate.shape
    for _ in range(steps):
        following = plate.copy()
        for i in range(1, height - 1):
            for j in range(1, width - 1):
                around = plate[i - 1, j] + plate[i + 1, j] + plate[i, j - 1] + plate[i, j + 1]
                following[i, j] = plate[i, j] + 0.1 * (around - 4 * plate[i, j])
        plate = following
    return plate
