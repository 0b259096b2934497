# packages: matplotlib
"""matplotlib draws without a display: PNG, SVG and PDF, their sizes and headers, text that is measured, warnings for glyphs."""
import hashlib
import io
import warnings

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

matplotlib.rcParams["svg.hashsalt"] = "fixed"
figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2), dpi=50)
left.plot([0, 1, 4], "o-", label="żółw $x^2$")
left.legend()
right.imshow(np.arange(16).reshape(4, 4), cmap="viridis")
right.set_title("title")
for kind in ("png", "svg", "pdf", "raw"):
    stream = io.BytesIO()
    figure.savefig(stream, format=kind, metadata={"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind))
    data = stream.getvalue()
    print(kind, len(data) > 1000, data[:8] if kind != "raw" else len(data), hashlib.sha256(data).hexdigest()[:12] if kind == "raw" else "")
figure.canvas.draw()
pixels = np.asarray(figure.canvas.buffer_rgba())
print(pixels.shape, pixels[0, 0], len(np.unique(pixels.reshape(-1, 4), axis=0)) > 50, left.get_tightbbox().width.round(3) > 50)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    figure.text(0, 0, "日本")
    figure.canvas.draw()
    print([str(w.message)[:30] for w in caught][:2])
print(matplotlib.get_backend(), plt.show(), matplotlib.colors.to_hex((1, 0.5, 0)), matplotlib.colormaps["magma"](0.5), matplotlib.ticker.MaxNLocator(5).tick_values(0, 17), sorted(matplotlib.backends.backend_registry.list_builtin())[:3], matplotlib.matplotlib_fname().endswith("matplotlibrc"))
