"""What the compiler says of text that is no program: message, line, column and the extent."""
for text in ("x = ", "print 'a'", "if x = 1: pass", "def f(a, a): pass", "for i in range(3)\n  pass", "x = [1, 2", "'unterminated", "f'{a b}'", "return 1", "class A:\npass", "  indented", "a = 1\n\tb = 2\n        c = 3", "lambda: (yield)\nawait x", "x: int = 1 = 2", "1 += 2", "f() = 3", "del f()", "nonlocal x", "import a.b as c.d", "from x import *, y", "0777", "1__0", "0b12", "'\\N{no such}'", "b'ż'", "f(a=1, a=2)", "f(**a, *b)", "try: pass", "match x:\n  case a: pass\n  case b: pass", "async def f():\n  [x async for x in y]\n  yield from z", "a ? b", "ż€", "x = 5 if y", "{1: 2, **a, 3}", "print(f'{x!z}')", "with open(x) as 3: pass", "break", "assert (x, 'always')", "x is 5", "def f():\n  global a\n  a: int", "elif x: pass", "\x00", "except* x: pass"):
    try:
        import warnings

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            compile(text, "<text>", "exec")
            print(ascii(text), "compiles", [str(w.message) for w in caught])
    except (SyntaxError, ValueError) as error:
        print(ascii(text), type(error).__name__, error.args[0] if error.args else error, *(getattr(error, name, None) for name in ("lineno", "offset", "end_lineno", "end_offset")))
