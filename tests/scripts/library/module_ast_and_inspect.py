"""ast, inspect, symtable, tokenize, dis: round trips, signatures of everything, sources, scopes, wrong trees."""
import ast
import contextlib
import inspect
import io
import symtable
import tokenize

source = "async def f(a, /, b: int = 2, *c, d=3, **e) -> str:\n    global g\n    x = [y for y in a if (z := y)]\n    def inner(): nonlocal x; return x, __class__\n    return f'{x!r:>{b}}' t'{a}'\n".replace(" t'{a}'", "")
tree = ast.parse(source)
print(ast.unparse(tree), ast.dump(tree.body[0].args, indent=1)[:120], ast.literal_eval("{'a': (1, -2j, b'x', {3}, None)}"), sep="\n")
for call in (lambda: ast.literal_eval("f()"), lambda: ast.literal_eval("1 + 2"), lambda: compile(ast.Module([ast.Expr(ast.Name("x", ast.Store()))], []), "t", "exec"), lambda: compile(ast.Expression(ast.Constant(object())), "t", "eval"), lambda: eval(compile(ast.fix_missing_locations(ast.Expression(ast.BinOp(ast.Constant(2), ast.Pow(), ast.Constant(10)))), "t", "eval")), lambda: ast.parse("x = 1", type_comments=True).body[0].type_comment, lambda: ast.get_docstring(ast.parse("'''d\n  e'''")), lambda: ast.parse("match x:\n case 1: pass", feature_version=(3, 8))):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error).partition(" at 0x")[0][:70])
for thing in (print, int, len, dict.get, str.join, inspect.signature, type("C", (), {"__init__": lambda self, x, *, y=2: None}), lambda a, b=1, /, *c: 0, contextlib.contextmanager(lambda x: (yield)), "".join, object, range):
    try:
        print(getattr(thing, "__name__", thing), inspect.signature(thing))
    except (ValueError, TypeError) as error:
        print(getattr(thing, "__name__", thing), type(error).__name__)
print(inspect.signature(lambda a, *, b: 0).bind(1, b=2).arguments, inspect.getsource(inspect.unwrap).splitlines()[0], inspect.isgeneratorfunction(lambda: (yield)), [name for name, _ in inspect.getmembers(Exception("x"), inspect.ismethod)], inspect.cleandoc("  a\n    b"), type(inspect.getattr_static(type("D", (), {"p": property(len)}), "p")), inspect.currentframe().f_lineno > 10)
table = symtable.symtable("x = 1\ndef f(a):\n global x\n y = a\n return lambda: y\n", "s", "exec")
f = next(child for child in table.get_children() if child.get_name() == "f")
print(f.get_globals(), f.get_parameters(), f.get_children()[-1].get_frees(), table.lookup("f").is_namespace())
print([(tokenize.tok_name[t.exact_type], t.string) for t in tokenize.generate_tokens(io.StringIO("x=f'{a:.2f}'#c\n").readline)], tokenize.detect_encoding(io.BytesIO(b"# coding: iso-8859-2\n").readline)[0], tokenize.untokenize(tokenize.generate_tokens(io.StringIO("a  = ( 1,\n2)\n").readline)))
