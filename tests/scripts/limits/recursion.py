# node: --stack-size=6000
"""Deep recursion ends as RecursionError, and the interpreter goes on afterwards."""
import sys


def depth(n):
    return n if n == 0 else 1 + depth(n - 1)


print(sys.getrecursionlimit(), depth(900))


def forever():
    return forever()


class Endless:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def attempt(name, call):
    try:
        call()
        print(name, "returned")
    except RecursionError as error:
        print(name, "RecursionError", str(error).split(" while")[0])


attempt("function", forever)
attempt("function again", forever)
attempt("getattr", lambda: Endless().a)
attempt("lambda", (lambda f: lambda: f(f))(lambda f: f(f)))
attempt("sort key", lambda: sorted([1, 2], key=lambda v: forever()))


def generator():
    yield from generator()


attempt("generator", lambda: list(generator()))
a = []
a.append(a)
d = {"self": a}
print(repr(a), repr(d), a == [a])
old = sys.getrecursionlimit()
sys.setrecursionlimit(250)
attempt("small limit", lambda: depth(300))
sys.setrecursionlimit(old)
try:
    sys.setrecursionlimit(1)
except RecursionError as error:
    print("RecursionError:", error)
print("alive", depth(500))
