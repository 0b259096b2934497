"""What this Python's syntax has: template strings, type parameters, walrus, patterns, except groups, f-strings nested in themselves."""
from __future__ import annotations

import string.templatelib as t

name, width = "żółw", 8
template = t"{name!r:>{width}} and {1 + 1}"
print([(i.value, i.expression, i.conversion, i.format_spec) for i in template.interpolations], template.strings, type(template).__name__)
print(f"{f"{f'{name}'}"}{'\n'}{name=:>{width}}{{}}{3.14159:{'.2f'}}", rf"\d{1}", f"{'a' if True else 'b'!r:^5}")


def match(value):
    match value:
        case []: return "empty"
        case [1, *rest]: return rest
        case {"k": str(x), **more}: return x, more
        case int(n) | float(n) if n > 5: return n
        case complex(real=r): return r
        case None | True: return "constant"
        case _: return "other"


print([match(v) for v in ([], [1, 2, 3], {"k": "v", "z": 1}, 6.5, 2j, None, 3)])
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), OSError(3)])
    except* ValueError, TypeError:
        print("some")
except* OSError as group:
    print(group.exceptions)


def f[T](a, /, b: undefined = 1, *args: *tuple[int], c, **k: "late") -> T:
    global counter
    counter = (n := 5) + n
    return {**k, "a": a}, [*args, b, c], counter


print(f(1, 2, 3, c=4, d=5), f.__annotations__, f.__type_params__, [*range(2), *"ab"], {*(), 1}, (lambda *, x=1: x)())
a, (b, *c), d = 1, (2, 3, 4), 5
x = y = [0, 0]
x[0], y[1] = 1, 2
print(a, b, c, d, x, 1 < 2 < 3 != 4, not (1 in [2]), 0x_ff + 0b1_0 + 0o7, 1_000.5e-1_0, ... is Ellipsis, (yield_ := 3))
async_result = [i for i in range(3) for j in range(i) if j]
print(async_result, (lambda: (yield)).__code__.co_flags & 32, __debug__)
