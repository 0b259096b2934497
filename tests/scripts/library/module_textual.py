"""textwrap, string, difflib, pprint, reprlib, shlex, gettext, html, stringprep: text in and out, wide letters and all."""
import difflib
import gettext
import html
import pprint
import reprlib
import shlex
import string
import textwrap

text = "Zażółć gęślą jaźń — a-very-long-hyphenated-word andanunbreakablewordthatistoolongtofit 日本語の文章 end."
print(textwrap.fill(text, 24, initial_indent="* ", subsequent_indent="  "), textwrap.shorten(text, 30), repr(textwrap.dedent("  a\n\tb\n   c\n")), textwrap.indent("a\n\nb", "> "), textwrap.wrap(text, 20, break_long_words=False, break_on_hyphens=False)[-3:], sep="\n")
print(string.Template("$a ${b} $$ $1").safe_substitute(a=1), string.Formatter().vformat("{0:>5}{x[k]!r}{y.real}", (1,), {"x": {"k": "v"}, "y": 2}), "{:*^9}|{:<5}|{!a}".format("ż", "x", "ż"), "%(a)-5s|%%|%5.1f" % {"a": "b"} if False else "%-5s|%%|%5.1f" % ("b", 2.25), string.capwords("a bC"))
for call in (lambda: string.Template("$").substitute(), lambda: "{} {0}".format(1, 2), lambda: "{:d}".format("x"), lambda: "{".format(), lambda: "%d" % "x", lambda: "%z" % 1, lambda: "{a}".format(b=1), lambda: f"{1:{'x' * 3}}", lambda: "{0.__class__.nope}".format(1)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
a, b = "one\ntwo\nthree\n".splitlines(1), "one\ntwö\nthree\nfour\n".splitlines(1)
print("".join(difflib.unified_diff(a, b, "a", "b", n=1)), "".join(difflib.ndiff(a, b)), difflib.get_close_matches("appel", ["ape", "apple", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 6), difflib.SequenceMatcher(None, "qabxcd", "abycdf").get_opcodes(), sep="\n")
pprint.pprint({"key": [list(range(30)), "text " * 20], "ż": {"nested": {"deep": ("tuple",)}}, 3: {1, 2}}, width=60, compact=True, sort_dicts=False, underscore_numbers=True)
print(reprlib.repr(list(range(100))), reprlib.repr("x" * 200), reprlib.Repr(maxlevel=1).repr([[[1]]]), shlex.split("a 'b c' \"d\\\"e\" f\\ g # h", comments=True), shlex.join(["a b", "'"]), list(shlex.shlex("a=1&&b|c", punctuation_chars=True)), html.escape("<a b='&'>"), html.unescape("&lt;&eacute;&#x1F40D;&#0;&notit;&nosuch;"))
try:
    shlex.split("'open")
except ValueError as error:
    print(error)
t = gettext.NullTranslations()
print(t.ngettext("%d file", "%d files", 2) % 2, gettext.find("none"), gettext.translation("none", fallback=True).gettext("x"))
