# packages: matplotlib
"""matplotlib with Agg: one figure with lines, bars, an image, text and mathematics, to PNG and SVG.

With an argument, the PNG is also written there, so that a person can look at it.
"""
import hashlib
import io
import struct
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import colors, font_manager, ticker

print(matplotlib.__version__, matplotlib.get_backend())
plt.rcParams["svg.hashsalt"] = "fixed"
figure, axes = plt.subplots(2, 3, figsize=(8, 5), dpi=100, layout="constrained")
x = np.linspace(0, 2 * np.pi, 200)
axes[0, 0].plot(x, np.sin(x), label=r"$\sin(x)$")
axes[0, 0].plot(x, np.cos(x), "--", label=r"$\cos(x)$")
axes[0, 0].legend(loc="lower left")
axes[0, 0].set_title(r"$\sum_{k=0}^{\infty} \frac{x^k}{k!}$")
axes[0, 1].bar(["α", "β", "γ"], [3, 7, 5], color=["C0", "C1", "C2"], hatch="/")
grid = np.add.outer(np.arange(20), np.arange(20)) % 7
picture = axes[0, 2].imshow(grid, cmap="viridis")
figure.colorbar(picture, ax=axes[0, 2])
rng = np.random.default_rng(0)
axes[1, 0].scatter(rng.random(40), rng.random(40), c=rng.random(40), s=60, alpha=0.6)
axes[1, 1].hist(rng.normal(size=500), bins=20, density=True)
axes[1, 1].annotate("peak", (0, 0.4), (1.5, 0.5), arrowprops={"arrowstyle": "->"})
axes[1, 2].contourf(np.hypot(*np.meshgrid(np.linspace(-1, 1, 30), np.linspace(-1, 1, 30))), levels=6)
axes[1, 2].fill_between([0, 10, 20], [0, 5, 0], [20, 25, 20], color=colors.to_rgba("red", 0.3))

stream = io.BytesIO()
figure.savefig(stream, format="png", metadata={"Software": None})
png = stream.getvalue()
print(png[:8], struct.unpack(">II", png[16:24]), 20_000 < len(png) < 200_000)
if len(sys.argv) > 1:
    with open(sys.argv[1], "wb") as file:
        file.write(png)

# What it shows, coarsely: mean brightness of a 10 by 16 raster in 16 steps, and a hash of it.
figure.canvas.draw()
pixels = np.asarray(figure.canvas.buffer_rgba())
print(pixels.shape, pixels.dtype)
coarse = pixels[..., :3].mean(axis=2).reshape(10, 50, 16, 50).mean(axis=(1, 3)).round().astype(np.uint8) // 16
for row in coarse:
    print(" ".join(f"{v:2d}" for v in row))
print(hashlib.sha256(coarse.tobytes()).hexdigest()[:16])

svg = io.StringIO()
figure.savefig(svg, format="svg", metadata={"Date": None})
print(svg.getvalue().count("<path") > 50, "DejaVu" in font_manager.FontProperties().get_name())
print([t for t in ticker.MaxNLocator(5).tick_values(0, 97)], colors.to_hex((0.1, 0.5, 0.9)), axes[0, 0].get_xlim())
try:
    plt.plot([1, 2], [1, 2, 3])
except ValueError as error:
    print("ValueError:", error)
plt.close("all")
