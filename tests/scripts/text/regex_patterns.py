# packages: regex
"""The regex package: what it adds to re, on text with many scripts."""
import regex

print(regex.findall(r"\p{Lu}\p{Ll}+", "Żółw Ωmega Straße élan Éclair Ньютон"))
print(regex.findall(r"\X", "e\u0301🇵🇱👩‍👩‍👧a"), [len(c) for c in regex.findall(r"\X", "e\u0301🇵🇱👩‍👩‍👧a")])
print(regex.findall(r"\b\w+\b", "it's naïve"), regex.split(r"(?w)\b", "it's fine")[:4])
print(regex.findall(r"[[a-z]--[aeiou]]+", "version one"), regex.findall(r"[\p{Greek}&&\p{Lower}]", "αΒγ"), regex.V1.name)

print("-- fuzzy")
for text in ("colour", "color", "kolor", "clr"):
    match = regex.fullmatch(r"(?:colour){e<=2}", text)
    print(text, bool(match), match and match.fuzzy_counts)
print(regex.search(r"(?b)(?:needle){i<=1,s<=1,e<=2}", "hay neeedle hay")[0], regex.search(r"(?e)(dog){e<=1}", "cat and dig")[1])

print("-- recursion, conditionals, captures, branch reset, look-behind")
balanced = regex.compile(r"\((?:[^()]++|(?R))*\)")
print(balanced.findall("f(a(b)c)(d)((e)"), regex.fullmatch(r"(?<q>['\"])?x(?(q)\1)", "'x'") is not None)
m = regex.fullmatch(r"(?:(\w+)(?:,|$))+", "a,bb,ccc")
print(m.captures(1), m.spans(1), m.allcaptures())
print(regex.match(r"(?|(a)|(b))", "b").groups(), regex.findall(r"(?<=a+)b", "aab ab b"), regex.sub(r"(?<first>\w)(?<rest>\w*)", r"\g<rest>\g<first>", "one two"))
print(regex.findall(r"(?r)\d{1,2}", "12345"), regex.search(r"\d++\K\w", "12a")[0], regex.findall(r"\w+", "a b c", pos=2), regex.findall(r"(?:aa|a)b?+", "aab"))
print(regex.findall("ab", "abab", overlapped=True), regex.findall(r"..", "abc", overlapped=True))

print("-- options, partial, named lists, case folding")
print(regex.fullmatch(r"\d{4}-\d\d", "2024-", partial=True).partial, regex.fullmatch(r"\L<words>", "two", words=["one", "two"]) is not None)
print(regex.findall(r"(?if)STRASSE", "straße STRASSE"), regex.subf(r"(\w+) (\w+)", "{2} {1}", "hello world"), regex.expandf if hasattr(regex, "expandf") else "none")
print(regex.search(r"(?p)a|ab", "ab")[0], regex.escape("a.b c", special_only=True), list(regex.splititer(r"\s", "a b c")))
for bad in (r"(", r"[a", r"(?P<1>x)", r"\p{Nope}", r"a{3,1}", r"(?<=a)++*"):
    try:
        regex.compile(bad)
        print("compiled", bad)
    except regex.error as error:
        print(type(error).__name__, error.msg, error.pos)
try:
    regex.search(r"(a+)+$", "a" * 24 + "b", timeout=5)
    print("no timeout")
except TimeoutError as error:
    print("TimeoutError", error)
