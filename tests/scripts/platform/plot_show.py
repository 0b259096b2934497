# not-node: there pyplot draws into the page of a browser
# packages: matplotlib
"""pyplot where there is no window: show warns and goes on, and what a person sets is what counts."""
import os
import sys
import warnings

import matplotlib
import matplotlib.pyplot as plt

print(plt.get_backend(), os.environ.get("MPLBACKEND"))
plt.plot([1, 2])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(plt.show(), plt.show(block=False))
print([(warning.category.__name__, str(warning.message), os.path.basename(warning.filename)) for warning in caught])
os.chdir("/tmp")
plt.savefig("plot.png")
print(os.path.getsize("plot.png") > 1000)
matplotlib.use("svg")
print(plt.get_backend())
plt.figure().savefig("plot.svg")
print(open("plot.svg").read(5))


def again(**environment):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        del sys.modules[name]
    os.environ.update(environment)
    import matplotlib.pyplot

    return matplotlib.pyplot.get_backend()


with open("matplotlibrc", "w") as file:
    file.write("backend: pdf\n")
print(again(), again(MPLBACKEND="ps"))
