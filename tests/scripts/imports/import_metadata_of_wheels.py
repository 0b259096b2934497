# packages: packaging, six, click
"""importlib.metadata of packages that were loaded: versions, files, entry points, requirements."""
import importlib.metadata as m

for name in ("packaging", "six", "click"):
    d = m.distribution(name)
    print(d.name, d.version, d.metadata["License-Expression"] or d.metadata["License"], d.requires, d.metadata.get("Requires-Python"))
    files = d.files
    print(len(files) > 2, any(str(f).endswith("METADATA") for f in files), d.read_text("WHEEL").splitlines()[0], d.read_text("nothing"))
print(m.version("six"), sorted(d.name for d in m.distributions() if d.name in ("six", "click", "packaging")), m.packages_distributions()["six"])
path = next(f for f in m.files("six") if f.name == "six.py")
print(path.locate().name, path.size == len(path.read_binary()), path.hash.mode)
try:
    m.version("not-installed")
except m.PackageNotFoundError as error:
    print(error)
print(m.entry_points(group="console_scripts") == m.entry_points().select(group="console_scripts"), type(m.metadata("click").json).__name__)
