"""Error handlers: each of the built-in ones both ways, one of one's own, and where an error says it is."""
import codecs

data, text = b"a\xff\xc5b\xe2\x82", "aż\ud800\U0001f40d\xe9"
for handler in ("strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass", "xmlcharrefreplace", "namereplace", "nothing"):
    for what, call in (("decode", lambda: ascii(data.decode("utf-8", handler))), ("ascii", lambda: text.encode("ascii", handler)), ("utf-8", lambda: text.encode("utf-8", handler)), ("cp1250", lambda: text.encode("cp1250", handler))):
        try:
            print(handler, what, call())
        except (UnicodeError, LookupError, TypeError) as error:
            print(handler, what, type(error).__name__, getattr(error, "start", ""), getattr(error, "reason", error))


def mine(error):
    return ("<%d-%d>" % (error.start, error.end), error.end)


codecs.register_error("mine", mine)
print(data.decode("utf-8", "mine"), text.encode("ascii", "mine"), data.decode("utf-16-le", "mine"))
codecs.unregister_error = getattr(codecs, "_unregister_error", None)
codecs.register_error("bad", lambda error: ("", 100))
try:
    data.decode("utf-8", "bad")
except IndexError as error:
    print(error)
