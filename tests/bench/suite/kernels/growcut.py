"""A cellular automaton that cuts an image into regions: nested Python loops over small arrays."""
# setup: import numpy as np; r = np.random.default_rng(7); image = r.random((10, 10, 3)); force = r.random((10, 10))
# run: grow(image, force)


def grow(image, force):
    height, width, _ = image.shape
    following = force.copy()
    for i in range(height):
        for j in range(width):
            for k in range(max(i - 1, 0), min(i + 2, height)):
                for n in range(max(j - 1, 0), min(j + 2, width)):
                    distance = 0.0
                    for channel in range(3):
                        distance += (image[i, j, channel] - image[k, n, channel]) ** 2
                    attack = (1 - distance / 3) * force[k, n]
                    if attack > following[i, j]:
                        following[i, j] = attack
    return following
