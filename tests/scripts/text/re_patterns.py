"""re: groups, look-around, flags, substitution, splitting, scanning, possessive and atomic, bytes, errors, hard cases."""
import re

text = "2024-02-29 Łukasz <l.k@example.org> paid 1,234.50 EUR; 2023-12-01 Zoë <zoe@x.io> paid 7 USD"
pattern = re.compile(r"""
    (?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\s+
    (?P<name>\w+)\s+<(?P<mail>[^>]+)>\s+paid\s+(?P<sum>[\d,.]+)\s+(?P<unit>[A-Z]{3})""", re.VERBOSE)
for match in pattern.finditer(text):
    print(match.groupdict(), match.span("name"), match.start(), match.lastgroup, match["unit"])
print(pattern.groups, pattern.groupindex["mail"], re.sub(r"(\w+)@(\S+?)>", r"\g<2> at \1>", text)[:45], pattern.sub(lambda m: m["name"].upper(), text))
print(re.split(r"([;,])\s*", "a, b;c"), re.split(r"\b", "two words"), re.split(r"x*", "axbc", maxsplit=2), re.subn("", "-", "ab"), re.findall(r"(a)|(b)", "ab"))

print("-- look-around, conditionals, back-references, laziness")
print(re.findall(r"(?<=\$)\d+(?!\d|\.)", "$10 $20.5 $300"), re.findall(r"(?<!a)b", "ab bb"), re.findall(r"\b(\w+) \1\b", "the the cat sat sat"))
print([bool(re.fullmatch(r"(<)?\w+(?(1)>|$)", s)) for s in ("<a>", "a", "<a", "a>")], re.search(r"<.+?>", "<a><b>")[0], re.search(r"(?P<q>['\"]).*?(?P=q)", "say 'it \"is\"'")[0])
print(re.fullmatch(r"a++b", "aaab"), re.search(r"(?>a+)ab", "aaab"), re.search(r"a*+a", "aaa"), re.match(r"(?:a|ab)(?:c|bcd)(d*)", "abcd").groups())

print("-- flags")
print(re.findall(r"^\w+$", "one\ntwo three\nfour", re.M), re.findall(r"a.b", "a\nb", re.S), re.findall(r"straße|ΣΑΣ", "STRASSE Straße σας", re.I), re.findall(r"\w+", "ąb c1", re.A))
print(re.findall(r"(?i:A)b", "ab aB Ab"), re.sub(r"(?m)^", "> ", "x\ny"), re.compile("x", re.I | re.M).flags, repr(re.compile(r"a\n/", re.X)), re.findall(r"[[:alpha:]]" if False else r"[\]\-a]", "]-ab"))
print(re.findall(rb"\xff+|\w", b"\xff\xffa\xe9"), re.escape("a.b*[c] d-é"), re.match(r"\d+", "٣٤५")[0], re.findall(r"[^\W\d_]", "a1_é"), re.search("İ", "i̇", re.I))
print(re.match("", "").span(), re.search(r"(a)?b", "b").groups("none"), re.match(r"(\d+)\.?(\d+)?", "24").expand(r"<\1>"), pattern.match(text, 11), re.compile("b").search("abcb", 2).start())


print("-- scanner, speed, errors")
def number(scanner, token): return ("n", int(token))
scanner = re.Scanner([(r"\d+", number), (r"[a-z]+", lambda s, t: ("w", t)), (r"\s+", None)])
print(scanner.scan("abc 12 x9 !rest"))
print(len(re.findall(r"(\w)\w*\1", "level noon stats abc " * 500)), re.search(r"(?:x+x+)+y", "x" * 18) is None, re.match(r"(.*)(.*)(.*)z", "a" * 200 + "z").end())
print(len(re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", "1234567890" * 3)), bool(re.match("(?:a?){30}a{15}", "a" * 15)))
for bad in ("(", ")", "[a", "*a", "a{2,1}", "(?P<n>a)(?P<n>b)", "(?P=x)", r"\8", "(?<=a*)b", "(?z)", "[b-a]", r"\N{NO SUCH}", "(?P<1>a)", "a**", "\\", "(?i)x(?m)y", "(?(2)a)", r"\p"):
    try:
        re.compile(bad)
        print(bad, "compiled")
    except re.error as error:
        print(repr(bad), "|", error.msg, error.pos, error.colno)
try:
    re.match("a", b"a")
except TypeError as error:
    print(error)
