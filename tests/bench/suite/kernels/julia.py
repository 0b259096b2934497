"""A Julia set, point by point, with Python's complex numbers."""
# setup: pass
# run: julia(40)


def julia(size, constant=-0.4 + 0.6j, limit=60):
    counts = []
    for y in range(size):
        for x in range(size):
            point = complex(3 * x / size - 1.5, 3 * y / size - 1.5)
            count = 0
            while abs(point) < 2 and count < limit:
                point = point * point + constant
                count += 1
            counts.append(count)
    return counts
