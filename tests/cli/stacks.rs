//! Recursion ends in RecursionError, never in a signal. `tests/scripts/limits/recursion_in_c.py` has more of it.

use super::support::{Ran, python};

/// Ends the way CPython does, or with pyrun's line about the stack (CPython 3.14 measures its C stack, and functions that
/// use none of it can fill the native one first); not with a signal, which has no status, and not with a panic.
#[track_caller]
fn ends_decently(ran: &Ran) {
    let last = ran.stderr.lines().last().unwrap_or_default();
    let known = ["RecursionError", "MemoryError", "ValueError", "json.decoder.JSONDecodeError", "SyntaxError"];
    let decent = match ran.status {
        Some(0) => ran.stderr.is_empty(),
        Some(1) => known.iter().any(|name| last.starts_with(name)),
        Some(70) => last == "pyrun: the program's calls are nested too deeply for the stack",
        _ => false,
    };
    assert!(decent, "{:?}: {}", ran.status, last.get(..200).unwrap_or(last));
}

#[test]
fn python_recursion_is_a_recursion_error() {
    let ran = python("def f(): f()\nf()");
    ran.raises("RecursionError: maximum recursion depth exceeded");
}

/// The recursion that needs the most of the engine's stack for CPython's.
#[test]
fn the_engines_stack_outlasts_cpythons() {
    let ran = python("a, b = [], []\na.append(b); b.append(a)\na == b");
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("RecursionError: Stack overflow (used "), "{ran:#?}");
    ran.ends_with(1);
}

#[test]
fn recursion_through_c() {
    for code in [
        "import json; json.loads('[' * 100_000)",
        "import json; json.loads('{\"a\":' * 200_000)",
        "import ast; ast.parse('(' * 10_000 + ')' * 10_000)",
        "import ast; ast.parse('-' * 200_000 + '1')",
        "import ast; ast.parse('a' + '.b' * 200_000)",
        // CPython looks for each list among all those that it is in.
        "a = []\nfor _ in range(50_000): a = [a]\nrepr(a)",
        "a = ()\nfor _ in range(200_000): a = (a,)\nhash(a)",
        "import pickle\na = []\nfor _ in range(100_000): a = [a]\ntry: pickle.dumps(a)\nexcept RecursionError: raise RecursionError from None",
        "import copy\na = []\nfor _ in range(100_000): a = [a]\ncopy.deepcopy(a)",
        "a, b = [], []\nfor _ in range(200_000): a, b = [a], [b]\na == b",
        "a = {}\na['a'] = a\nb = {}\nb['a'] = b\na == b",
        "class C:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nC().x",
        "class C:\n    __repr__ = lambda self: repr(self)\nrepr(C())",
        "import functools\nf = int\nfor _ in range(200_000): f = functools.partial(lambda g: g, f)\ndel f",
        "import itertools\ni = iter(())\nfor _ in range(100_000): i = itertools.chain(i)\nlist(i)",
        "import re; re.compile('(' * 100_000 + ')' * 100_000)",
    ] {
        ends_decently(&python(code));
    }
}

#[test]
fn a_recursion_limit_that_the_program_has_lifted() {
    for code in [
        "def f(): f()\nf()",
        "def f(): return [f() for _ in range(1)]\nf()",
        "def f(_=0): sorted([1, 2], key=f)\nf()",
        "class C:\n    def __eq__(self, other): return self == other\nC() == C()",
        "class C:\n    def __getattr__(self, name): return getattr(self, name)\nC().x",
        "def f(): exec('f()')\nf()",
    ] {
        ends_decently(&python(&format!("import sys; sys.setrecursionlimit(20_000)\n{code}")));
    }
}
