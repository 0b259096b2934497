"""locale: what there is, what setlocale takes, conventions, collation, formats with grouping, encodings."""
import locale

print(locale.setlocale(locale.LC_ALL), locale.getlocale(), locale.getencoding(), locale.getpreferredencoding())
for name in ("C", "", "C.UTF-8", "POSIX", "en_US.UTF-8", "de_DE", "xx_YY"):
    try:
        print(repr(name), locale.setlocale(locale.LC_ALL, name))
    except (locale.Error, ValueError) as error:
        print(repr(name), error)
conventions = locale.localeconv()
print({k: conventions[k] for k in sorted(conventions)})
print(locale.strcoll("a", "B") > 0, locale.strxfrm("ab"), sorted("bÄaBz", key=locale.strxfrm), locale.nl_langinfo(locale.CODESET), locale.nl_langinfo(locale.DAY_1), locale.nl_langinfo(locale.D_T_FMT), locale.nl_langinfo(locale.RADIXCHAR))
print(locale.format_string("%.2f|%d", (1234567.891, 12345678), grouping=True), locale.atof("1.5"), locale.str(1.1), f"{1234567.5:n}")
try:
    print(locale.currency(5))
except ValueError as error:
    print(error)
print(locale.normalize("de_DE"), locale.localize("1234.5"), locale.getlocale(locale.LC_CTYPE))
