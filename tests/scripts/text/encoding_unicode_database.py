"""unicodedata: names, categories, forms, numbers, widths of letters, case mapping, identifiers, grapheme edges."""
import unicodedata as u

print(u.unidata_version, u.name("ż"), u.lookup("SNAKE"), u.category("\u0301"), u.bidirectional("א"), u.combining("\u0327"), u.east_asian_width("漢"), u.mirrored("("), u.decomposition("ﬁ"), u.numeric("⅞"), u.digit("٣"), u.decimal("९"))
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    print(form, [ascii(u.normalize(form, s)) for s in ("é", "e\u0301", "ﬁ", "가", "Å", "ẛ̣")], u.is_normalized(form, "é"))
for letter in ("ß", "İ", "ŉ", "Σ", "ǆ", "ﬃ", "\u0345"):
    print(ascii(letter.upper()), ascii(letter.lower()), ascii(letter.title()), ascii(letter.casefold()), letter.isidentifier(), letter.isprintable())
print("ΑΣ ΣΑΣ".lower(), "①".isdigit(), "½".isnumeric(), "٣".isdecimal(), int("٣٤"), float("१.५"), "a\x1cb\u2028c\x85d".splitlines(), "\u3000x\u200b".strip() == "x\u200b", "ŻÓŁW".casefold(), "ªb".isalpha())
try:
    u.name("\x00")
except ValueError as error:
    print(error)
