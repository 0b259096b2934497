"""re: backtracking that must end, lookarounds, atomic groups, Unicode classes, flags, callbacks, errors with their place."""
import re

print(re.findall(r"(?<=a)b|(?<!x)c(?=d)", "ab xc cd"), re.match(r"(?>a+)ab", "aaab"), re.match(r"a++b", "aaab"), re.sub(r"(?P<x>\w)(\d)?", lambda m: f"<{m['x']}{m[2]}>", "a1 ż"), re.split(r"(\W)", "a b-c"), re.fullmatch(r"(?i:straße)", "STRASSE"), re.search(r"(?i)ß", "ẞ"), re.findall(r"\b\w+\b", "żółw 漢字 a_b"), re.findall(r"(?a)\w+", "żółw ab"))
print(re.sub("", "-", "abc"), re.findall(r"x*", "axb"), re.split(r"x*", "axb"), re.match(r"(a)|b", "b").groups("d"), re.match(r"(?:(a)|b)*", "ab").span(1), re.escape("a.b[ż]\n"), re.compile(r"(?x) a # c\n b").match("ab"), re.match(r"(.)\1(?(1)x|y)", "aax"), re.subn(r"(?m)^", "> ", "a\nb"), re.sub(r"(a)(b)?", r"\2|\g<1>", "a"), re.sub("a", r"\\n\n", "a"))
for pattern in ("(", "a**", "[z-a]", "(?P<1>a)", r"\1", "(?<=a+)b", "a{3,2}", "(?P<n>a)(?P<n>b)", "[", r"\x1", "(?i", "*a", "(?z)", r"\N{nothing}", "a{99999999999}", "(?(2)a)", r"\8"):
    try:
        re.compile(pattern)
        print(pattern, "compiles")
    except (re.error, OverflowError) as error:
        print(pattern, "|", error)
print(re.compile(b"\\xff[a-z]+").search(b"..\xffab").span(), re.match(r"(\d+)-(?P<y>\d+)", "12-34").expand(r"\g<y>/\1"), len(re.findall(r"(?:a|b|ab)*c", "ab" * 500 + "c")), re.match(r"^(a+)+$", "a" * 22 + "b"), re.match("(.*)(" * 40 + ")" * 40, "x" * 10) is not None if False else re.compile(r"(x?){50}y").search("x" * 20 + "y").end())
m = re.compile(r"(?P<a>.)(?P<b>.)?").match("q")
print(m.groupdict(), m.lastgroup, m.lastindex, m.regs, m.pos, m.endpos, m.re.groups, m.re.groupindex, repr(m), m["a"], m.start("b"))
scanner = re.Scanner([(r"\d+", lambda s, t: int(t)), (r"\w+", lambda s, t: t), (r"\s+", None)])
print(scanner.scan("12 ab !"), re.purge(), re.compile("x").flags, hasattr(re, "template"))
