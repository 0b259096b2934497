"""textwrap, difflib, pprint, string, string.templatelib, shlex, fnmatch, glob, gettext, locale, codecs, unicodedata."""
import codecs
import difflib
import fnmatch
import gettext
import locale
import pprint
import shlex
import string
import textwrap
import unicodedata

story = "The quick brown fox jumps over the lazy dog, then rests — for a very-long-hyphenated-word and http://example.org/some/long/path."
print(textwrap.fill(story, 30, initial_indent="* ", subsequent_indent="  "), textwrap.shorten(story, 40), textwrap.dedent("    a\n      b\n    c"), textwrap.indent("x\n\ny", "> "), textwrap.wrap(story, 12, break_long_words=False, max_lines=3), sep="\n")

print("-- differences")
a, b = "one\ntwo\nthree\nfour\n".splitlines(True), "one\ntwo!\nthree\nfive\nsix\n".splitlines(True)
print("".join(difflib.unified_diff(a, b, "old", "new", n=1)), "".join(difflib.ndiff(a, b)), difflib.get_close_matches("appel", ["ape", "apple", "peach"]), difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), difflib.SequenceMatcher(None, "qabxcd", "abycdf").get_opcodes())
print(list(difflib.context_diff(a, b))[4:7], len(difflib.HtmlDiff().make_table(a, b)) > 500, "".join(difflib.restore(difflib.ndiff(a, b), 2)) == "".join(b))

print("-- pretty printing")
data = {"name": "x" * 30, "list": list(range(30)), "nested": {"deep": {"deeper": {"deepest": [{"a": 1}, {"b": (1, 2)}]}}}, "set": {3, 1, 2}, "bytes": b"0123456789" * 8, "text": "word " * 20}
pprint.pprint(data, width=60, compact=True)
pprint.pprint(data, depth=2, indent=2, sort_dicts=False, width=100)
print(pprint.pformat([1_000_000, [2_000]], underscore_numbers=True), pprint.saferepr({"b": 1, "a": 2}), pprint.isreadable(data))

print("-- templates, formats, shells, globs")
t = string.Template("$name owes $$${sum} to ${who}")
print(t.substitute(name="A", sum=5, who="B"), t.safe_substitute(name="A"), t.get_identifiers(), string.capwords("hello wörld  x"), "{0!r:>8}|{1[k]}|{2.real:+}|{a:{w}}".format("s", {"k": "v"}, 3j, a="x", w=4), list(string.Formatter().parse("a{b!r:>{c}}d")))
for bad in (lambda: t.substitute(name=1), lambda: string.Template("$1").substitute(), lambda: "{".format(), lambda: "{} {0}".format(1), lambda: "{a}".format(), lambda: format("x", "d"), lambda: "{:q}".format(1), lambda: shlex.split("a 'b")):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error)
who = "B"
template = t"Hello {who!r:>5}, {1 + 1}"
print(template.strings, [(i.value, i.expression, i.conversion, i.format_spec) for i in template.interpolations])
print(shlex.split("a 'b c' \"d\\\"e\" f\\ g # no"), shlex.quote("it's"), shlex.join(["a b", "c"]), fnmatch.filter(["a.py", "b.txt", "C.PY"], "*.py"), fnmatch.translate("[!a]?*"), list(shlex.shlex("a=b;c&&d", punctuation_chars=True)))

print("-- locale and catalogues")
print(locale.setlocale(locale.LC_ALL, "C"), locale.localeconv()["decimal_point"], locale.getpreferredencoding(), locale.format_string("%.2f", 1234.5, grouping=True), locale.strxfrm("a") < locale.strxfrm("b"), locale.normalize("pl"), locale.getencoding(), locale.atof("1.5"))
for name in ("pl_PL.UTF-8", "de_DE", "C.UTF-8", "POSIX", ""):
    try:
        print(repr(name), locale.setlocale(locale.LC_ALL, name))
    except locale.Error as error:
        print(repr(name), error)
print(gettext.gettext("text"), gettext.ngettext("one", "many", 2), gettext.NullTranslations().gettext("x"))

print("-- codecs and characters")
print(codecs.encode("Hello", "rot13"), codecs.encode(b"ab", "hex"), codecs.encode(b"x", "base64"), codecs.decode("616263", "hex"), codecs.lookup("utf8").name, codecs.BOM_UTF8, codecs.escape_decode(rb"\x41\n"), list(codecs.iterdecode([b"\xc5", b"\xbc"], "utf-8")), codecs.getincrementaldecoder("utf-16")().decode(b"\xff\xfea\0"))
codecs.register_error("star", lambda error: ("*" * (error.end - error.start), error.end))
print("zażółć".encode("ascii", "star"), "a\udc80".encode("utf-8", "surrogateescape"), "é".encode("idna"), "bücher.de".encode("idna"), b"xn--bcher-kva.de".decode("idna"), "x".encode("utf-8-sig"))
for c in "Aß½€中🐍\u0301\u200d\n":
    print(ascii(c), unicodedata.name(c, "?"), unicodedata.category(c), unicodedata.bidirectional(c), unicodedata.east_asian_width(c), unicodedata.combining(c), unicodedata.decomposition(c), unicodedata.mirrored(c))
print(unicodedata.unidata_version, unicodedata.lookup("SNAKE"), unicodedata.ucd_3_2_0.unidata_version, unicodedata.decimal("٣"), unicodedata.digit("②"))
