"""How a warning is shown on standard error: category, place, source line, once per place, by level, in a file of one's own."""
import os
import sys
import warnings

os.dup2(1, 2)
sys.stderr.flush()


def warn(level):
    warnings.warn(f"level {level}", UserWarning, stacklevel=level)


for _ in range(2):
    warn(1)
    warn(2)
warnings.simplefilter("always")
sys.stdout.flush()
shown = []
warnings.showwarning = lambda message, category, filename, lineno, file=None, line=None: shown.append((str(message), category.__name__, os.path.basename(filename) == os.path.basename(__file__)))
warn(2)
warnings.warn_explicit("explicit", RuntimeWarning, "other.py", 7)
print(shown)
print(warnings.formatwarning("m", UserWarning, "f.py", 3, "the line"), end="")
with warnings.catch_warnings(record=True) as caught:
    warnings.filterwarnings("error", message="wor.*", category=DeprecationWarning)
    warnings.warn("other", DeprecationWarning)
    try:
        warnings.warn("worse", DeprecationWarning)
    except DeprecationWarning as error:
        print("raised", error, len(caught))


@warnings.deprecated("use another")
def old():
    return 1


with warnings.catch_warnings(record=True) as caught:
    print(old(), caught[0].message, caught[0].category.__name__)
