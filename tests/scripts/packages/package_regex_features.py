# packages: regex
"""regex, a C extension with its own engine: fuzzy matches, recursion, sets, named lists, possessive, timeouts, Unicode."""
import regex

print(regex.findall(r"(?:cats){e<=1}", "cat cuts dogs"), regex.fullmatch(r"\((?:[^()]|(?R))*\)", "(a(b)c)") is not None, regex.findall(r"[[a-z]--[aeiou]]+", "hello", regex.V1), regex.findall(r"\p{Script=Greek}+|\p{Lu}", "aΩμ Ż"), regex.findall(r"\X", "e\u0301🏳️‍🌈x"), regex.search(r"\L<words>", "one two", words=["two", "three"]), regex.match(r"(?|(a)|(b))\1", "bb").groups(), regex.findall(r"(?r)\d{2}", "12345"), regex.sub(r"(?V1)(?i)ß", "x", "SS ẞ"), regex.findall(r"\w+", "one two", overlapped=True)[:3], regex.match(r"(\w)+", "abc").captures(1), regex.split(r"(?V1)(?=b)", "abab"), regex.search(r"(?b)(?:hello){e}", "hxllo hello").fuzzy_counts)
for pattern in ("(", r"\p{Nothing}", "[a", "(?<n>a)(?<n>", "a{2,1}", r"\g<5>", "(?P>x)"):
    try:
        regex.compile(pattern)
        print(pattern, "compiles")
    except regex.error as error:
        print(pattern, error)
print(regex.match(r"(a+)+$", "a" * 25 + "b", partial=True), regex.fullmatch("abc", "ab", partial=True).partial, regex.escape("a b*", special_only=True), regex.subf("(a)(b)", "{2}{1}", "ab"), regex.DEFAULT_VERSION == regex.V0)
try:
    regex.match(r"(?:a?){30}a{30}x|(a|aa)+$", "a" * 60 + "b", timeout=0.000001)
    print("in time")
except TimeoutError:
    print("in time")
