"""csv dialects, quoting and errors; configparser with interpolation, fallbacks, odd files and what it writes back."""
import configparser
import csv
import io

rows = [["a", 'say "hi"', "line\nbreak"], [1, None, 2.5], ["", " space ", "ż;,"]]
for options in ({}, {"delimiter": ";", "quoting": csv.QUOTE_NONNUMERIC}, {"dialect": "excel-tab", "lineterminator": "\n"}, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"doublequote": False, "escapechar": "^", "quotechar": "'"}, {"quoting": csv.QUOTE_STRINGS}, {"quoting": csv.QUOTE_NOTNULL}):
    stream = io.StringIO()
    csv.writer(stream, **options).writerows(rows)
    print(repr(stream.getvalue()))
for text, options in (('a,"b\nc",d\r\n1,2\n', {}), ('"a"x,b', {}), ('"a"x,b', {"strict": True}), ("1.5,x", {"quoting": csv.QUOTE_NONNUMERIC}), ('"open', {"strict": True}), ("a  b", {"delimiter": " ", "skipinitialspace": True}), ("a\0b", {})):
    try:
        print(list(csv.reader(io.StringIO(text, newline=""), **options)))
    except (csv.Error, ValueError) as error:
        print(type(error).__name__, error)
print(csv.Sniffer().sniff("a;b;c\n1;2;3\n").delimiter, csv.Sniffer().has_header("name,n\nx,1\ny,2\n"), list(csv.DictReader(io.StringIO("a,b\n1,2,3\n4\n"), restval="-")), csv.field_size_limit(), csv.list_dialects())
c = configparser.ConfigParser(allow_no_value=True, interpolation=configparser.ExtendedInterpolation())
c.read_string("[DEFAULT]\nroot = /r\n[A]\nPath = ${root}/a\nflag\nmulti = one\n  two\n\n  three\n[B: ż]\nx = ${A:path}/b ; no comment\nloop = ${loop}\nyes = on\n")
print(c.sections(), c["A"]["path"], c.get("B: ż", "x"), c["A"]["multi"], c["A"]["flag"], c.getboolean("B: ż", "yes"), c.get("A", "none", fallback="f"), c["A"].getint("n", 5))
for call in (lambda: c.get("B: ż", "loop"), lambda: c.get("Z", "x"), lambda: c.getint("A", "path"), lambda: c.read_string("x = 1"), lambda: c.read_string("[A]\na=1\na=2"), lambda: c.read_string("[s\n"), lambda: c.read("missing")):
    try:
        print(call())
    except (configparser.Error, ValueError) as error:
        print(type(error).__name__, str(error).replace("\n", "|")[:70])
c["New"] = {"k": "v"}
out = io.StringIO()
c.write(out, space_around_delimiters=False)
print(out.getvalue())
