"""contextvars: contexts that are copied and run in, tokens used twice, generators that share, reset in another context."""
import contextvars

v = contextvars.ContextVar("v", default=0)
w = contextvars.ContextVar("w")
token = v.set(1)
context = contextvars.copy_context()


def inside():
    v.set(v.get() + 10)
    w.set("inner")
    return v.get()


print(context.run(inside), context[v], v.get(), v in context, w in contextvars.copy_context(), len(context), context.get(w))
for call in (lambda: w.get(), lambda: context.run(lambda: context.run(int)), lambda: contextvars.Context().run(lambda: v.reset(token)), lambda: v.reset(token), lambda: v.reset(token), lambda: context["x"]):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error).split(" at 0x")[0].split("<")[0])
print(v.get(), token.old_value is contextvars.Token.MISSING, token.var is v)
with v.set(7):
    print(v.get())
print(v.get())


def generator():
    while True:
        v.set(v.get() + 1)
        yield v.get()


g = generator()
print(next(g), next(g), v.get(), contextvars.Context().run(next, g))
