# not-node: Node's own stack ends before CPython's limit, and the process dies
"""Recursion through C code: each attempt ends in a value or in RecursionError, and the interpreter goes on."""
import ast
import copy
import functools
import json
import pickle
import sys


def attempt(name, call):
    try:
        call()
    except (RecursionError, MemoryError, ValueError, SyntaxError):
        pass
    print(name, "survived", flush=True)


def nest(n):
    value = []
    for _ in range(n):
        value = [value]
    return value


class Tree:
    def __init__(self, child):
        self.child = child

    def __repr__(self):
        return f"T({self.child!r})"

    def __eq__(self, other):
        return self.child == other.child


def tree(n):
    return functools.reduce(lambda node, _: Tree(node), range(n), None)


a, b = [], []
a.append(b)
b.append(a)
attempt("== of two that hold each other", lambda: a == b)
attempt("repr of lists", lambda: repr(nest(50_000)))
attempt("repr of objects", lambda: repr(tree(50_000)))
attempt("== of lists", lambda: nest(50_000) == nest(50_000))
attempt("== of objects", lambda: tree(5_000) == tree(5_000))
attempt("hash of tuples", lambda: hash(functools.reduce(lambda t, _: (t,), range(50_000), ())))
attempt("json loads", lambda: json.loads("[" * 100_000))
attempt("json dumps", lambda: json.dumps(nest(50_000)))
attempt("parentheses", lambda: compile("(" * 5_000 + ")" * 5_000, "<deep>", "eval"))
attempt("unary minus", lambda: compile("-" * 100_000 + "1", "<deep>", "eval"))
attempt("attributes", lambda: compile("a" + ".b" * 100_000, "<deep>", "eval"))
attempt("sum", lambda: compile("+".join(["a"] * 100_000), "<deep>", "eval"))
attempt("ast.literal_eval", lambda: ast.literal_eval("[" * 300 + "]" * 300))
attempt("ast.dump", lambda: ast.dump(ast.parse("a" + ".b" * 3_000)))
attempt("pickle", lambda: pickle.dumps(nest(50_000)))
attempt("deepcopy", lambda: copy.deepcopy(nest(50_000)))
attempt("isinstance", lambda: isinstance(1, functools.reduce(lambda t, _: (t,), range(100_000), ())))
attempt("partial", lambda: functools.reduce(lambda f, _: functools.partial(f), range(10_000), print) and None)
attempt("str of exceptions", lambda: str(functools.reduce(lambda e, _: ValueError(e), range(50_000), "x")))
attempt("map chain", lambda: next(functools.reduce(lambda m, _: map(str, m), range(50_000), iter("ab"))))
attempt("__call__", lambda: type("C", (), {})().__class__)
attempt("freeing lists", lambda: nest(1_000_000) and None)
attempt("freeing objects", lambda: tree(200_000) and None)
sys.setrecursionlimit(1_000_000)


def forever():
    return [forever() for _ in range(1)]


attempt("a limit of a million, through comprehensions", forever)
attempt("sorted", lambda: (f := lambda v: sorted([1, 2], key=f))(1))
print("alive")
