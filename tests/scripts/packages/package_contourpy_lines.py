# packages: contourpy
"""contourpy: contours of a small field by each algorithm, masks, and what C++ refuses with an exception."""
import contourpy
import numpy as np

z = np.add.outer(np.arange(5.0) ** 2, np.arange(4.0))
for name in ("serial", "mpl2005", "mpl2014", "threaded"):
    try:
        g = contourpy.contour_generator(z=z, name=name)
        lines = g.lines(5.0)
        print(name, len(lines), np.round(lines[0][:2], 6).tolist() if lines else None, g.supports_threads())
    except Exception as error:
        print(name, type(error).__name__)
masked = np.ma.masked_greater(z, 15)
f = contourpy.contour_generator(z=masked, fill_type="OuterOffset", corner_mask=True).filled(2, 8)
print(len(f[0]), [len(o) for o in f[1]])
for call in (lambda: contourpy.contour_generator(z=[1, 2]), lambda: contourpy.contour_generator(z=[[1]]), lambda: g.filled(3, 2), lambda: contourpy.contour_generator(z=z, name="none"), lambda: contourpy.contour_generator(z=z, line_type="none"), lambda: contourpy.contour_generator(x=[1], z=z), lambda: contourpy.contour_generator(z=z, chunk_size=-1), lambda: g.lines("x"), lambda: contourpy.max_threads() >= 1):
    try:
        print(call() is not None)
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
