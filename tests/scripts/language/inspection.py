"""inspect, ast, dis, tokenize, symtable, code objects, compile flags, sys.settrace, annotations, sys.monitoring."""
import ast
import dis
import inspect
import io
import symtable
import sys
import tokenize
import types


def sample(a, /, b: int = 2, *args: str, c, d=None, **kw) -> list[int]:
    """A sample.

        Indented.
    """
    total = a + b
    for item in args:
        total += len(item)
    return [total for _ in range(2)]


class Thing:
    """A thing."""

    attribute = 1

    @classmethod
    def make(cls): return cls()

    @staticmethod
    def helper(x): return x

    @property
    def prop(self): return 5


signature = inspect.signature(sample)
print(signature, [str(p.kind) for p in signature.parameters.values()], signature.bind(1, 2, "x", c=3).arguments, inspect.getdoc(sample), inspect.getsource(Thing.make).strip(), inspect.getsourcelines(sample)[1])
print([n for n, _ in inspect.getmembers(Thing) if not n.startswith("_")], inspect.getattr_static(Thing, "make").__class__.__name__, inspect.ismethod(Thing.make), inspect.isfunction(Thing.helper), inspect.getmro(bool), inspect.signature(len), inspect.isbuiltin(print), inspect.getfile(inspect).endswith("inspect.py"))
try:
    signature.bind(1, e=5)
except TypeError as error:
    print(error)
print(sample.__code__.co_varnames, sample.__code__.co_argcount, sample.__code__.co_kwonlyargcount, sample.__annotations__, sample.__kwdefaults__, inspect.getclosurevars(lambda: signature).globals.keys(), inspect.currentframe().f_lineno, inspect.unwrap(sample) is sample)

print("-- ast")
tree = ast.parse("x: int = [f'{a!r:>{w}}', *b, lambda y=1: y] if c else (await_ := d @ e)\nmatch x:\n  case {'k': [1, *_]} if z: pass\n")
print(ast.dump(tree, indent=1)[:300], ast.unparse(tree), ast.literal_eval("{'a': (1, -2.5, b'x', None, {1})}"), sep="\n")


class Double(ast.NodeTransformer):
    def visit_Constant(self, node): return ast.copy_location(ast.Constant(node.value * 2), node)


print(eval(compile(ast.fix_missing_locations(Double().visit(ast.parse("3 + 4 * len('ab')", mode="eval"))), "<ast>", "eval")), [type(n).__name__ for n in ast.walk(ast.parse("a.b[0]"))], ast.get_source_segment("a + bc", ast.parse("a + bc").body[0].value.right))
for bad in ("__import__('os')", "1 +", "a"):
    try:
        ast.literal_eval(bad)
    except (ValueError, SyntaxError) as error:
        print(type(error).__name__, str(error).split(" at 0x")[0].split(": <")[0])

print("-- byte code")
dis.dis(lambda v, w=1: [v + i for i in w if i] or v.attr(w, k=2))
print([i.opname for i in dis.get_instructions(compile("try:\n  a\nexcept E as e:\n  raise", "s", "exec"))][:12], dis.stack_effect(dis.opmap["POP_TOP"]), compile("1+2", "c", "eval").co_consts)
code = sample.__code__.replace(co_name="renamed")
print(types.FunctionType(code, globals(), argdefs=(5,)).__name__, list(sample.__code__.co_lines())[-1][2] - sample.__code__.co_firstlineno, next(iter(code.co_positions()))[:2] is not None)

print("-- tokens and symbols")
print([(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("if x:\n  y = f'{z}' # c\n").readline)])
table = symtable.symtable("def f(a):\n  global g\n  def h(): return a, q\n  g = 1\n", "s", "exec").get_children()[-1]
print(type(table).__name__, table.get_name(), sorted(table.get_identifiers()), table.lookup("a").is_parameter(), table.lookup("g").is_global(), table.get_children()[-1].lookup("a").is_free())

print("-- tracing")
events = []


def traced(n):
    m = n + 1
    if m > 2:
        raise ValueError
    return m


def tracer(frame, event, argument):
    events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


sys.settrace(tracer)
try:
    traced(1), traced(2)
except ValueError:
    pass
sys.settrace(None)
print(events)
calls = []
sys.setprofile(lambda frame, event, argument: calls.append((event, getattr(argument, "__name__", None))))
len([]), sorted([2, 1])
sys.setprofile(None)
print(calls[:4])
sys.monitoring.use_tool_id(3, "test")
lines = []
sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, lambda code, offset: lines.append(code.co_name))
sys.monitoring.set_events(3, sys.monitoring.events.PY_START)
traced(0)
sys.monitoring.set_events(3, 0)
sys.monitoring.free_tool_id(3)
print(lines[0], sys._getframe().f_code.co_name, sys.getrefcount(object()) >= 1)
