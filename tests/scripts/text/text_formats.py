"""csv, configparser, tomllib, plistlib, xml.etree, xml.dom, xml.sax, html, html.parser: reading, writing, errors."""
import configparser
import csv
import html
import html.parser
import io
import plistlib
import tomllib
import xml.dom.minidom
import xml.etree.ElementTree as ET
import xml.sax

print("-- csv")
rows = [["a", 1, None], ["with,comma", 'quo"te', "new\nline"], ["żółć", "", 2.5]]
for options in ({}, {"quoting": csv.QUOTE_NONNUMERIC}, {"delimiter": ";", "lineterminator": "\n"}, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"dialect": "excel-tab"}, {"quoting": csv.QUOTE_NOTNULL}):
    out = io.StringIO()
    csv.writer(out, **options).writerows(rows)
    print(repr(out.getvalue()))
print(list(csv.reader(io.StringIO('a,"b""c",d\r\n"multi\nline",,\n'))), list(csv.DictReader(io.StringIO("x,y\n1,2\n3,4,5\n6\n"), restkey="more")), csv.Sniffer().sniff("a;b\n1;2\n").delimiter, csv.Sniffer().has_header("n,m\n1,2\n3,4\n"))
try:
    list(csv.reader(["a\0b", '"x'], strict=True))
except csv.Error as error:
    print("csv.Error", error)

print("-- configuration")
config = configparser.ConfigParser(allow_no_value=True, interpolation=configparser.ExtendedInterpolation())
config.read_string("[DEFAULT]\nroot = /srv\n[web]\nport: 80\ndebug = yes\npath = ${root}/web\nlong = one\n  two\nflag\n[db]\nport = ${web:port}1\n")
print(config.sections(), config["web"].getint("port"), config["web"].getboolean("debug"), config["web"]["path"], repr(config["web"]["long"]), config["web"]["flag"], config["db"]["port"], config.has_option("db", "root"))
for text in ("no section", "[a]\n[a]", "[a]\nx=1\nx=2", "[a]\nv = ${nope}", "[a\n"):
    try:
        c = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
        c.read_string(text)
        print(c["a"]["v"])
    except configparser.Error as error:
        print(type(error).__name__, str(error).splitlines()[0])
print(tomllib.loads('title = "T\\u00e9"\nwhen = 2024-02-29T10:00:00Z\nn = [0x1F, 1_000, 1e3, inf]\n[a.b]\nx = {y = """m\nl"""}\n[[list]]\nk = 1\n[[list]]\n'))
for text in ("a = ", "a = 1\na = 2", "[x\n", 'a = "\\q"'):
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        print("TOML:", error)
print(plistlib.loads(plistlib.dumps({"n": 1, "b": b"x", "l": [True, 2.5]})), plistlib.loads(plistlib.dumps({"k": "é"}, fmt=plistlib.FMT_BINARY)))

print("-- XML")
tree = ET.fromstring('<r xmlns:n="urn:n"><a id="1">t<b/>tail</a><n:c>é&amp;&#x1F40D;</n:c><!-- c --></r>')
print([(e.tag, e.attrib, e.text, e.tail) for e in tree.iter()], tree.find(".//a[@id='1']").get("id"), tree.findtext("{urn:n}c"), ET.tostring(tree, "unicode"))
ET.indent(tree)
print(ET.tostring(tree, "us-ascii", xml_declaration=True).decode(), ET.canonicalize("<x b='2' a='1'/>"))
for text in ("<a>", "<a></b>", "", "<a>&x;</a>", "<a a='1' a='2'/>", "<a/><b/>", "\xff"):
    try:
        ET.fromstring(text)
    except ET.ParseError as error:
        print("ParseError", error, error.code, error.position)
pull = ET.XMLPullParser(["start", "end", "start-ns"])
pull.feed("<p xmlns='u'><q>")
print([(e, getattr(v, "tag", v)) for e, v in pull.read_events()])
dom = xml.dom.minidom.parseString("<d><e k='v'>text</e></d>")
dom.documentElement.appendChild(dom.createComment("added"))
print(dom.toprettyxml(indent=" "), dom.getElementsByTagName("e")[0].getAttribute("k"))


class Handler(xml.sax.ContentHandler):
    def startElement(self, name, attrs): print("start", name, dict(attrs), end="; ")
    def characters(self, content): print(repr(content), end="; ")
    def endElement(self, name): print("end", name)


xml.sax.parseString(b"<s x='1'>hi</s>", Handler())

print("-- HTML")
print(html.escape("<a href='x'>&\"</a>"), html.unescape("&eacute;&#233;&#x1F40D;&notit;&lt &bogus;"))


class Links(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs): print("<", tag, attrs, end=" ")
    def handle_endtag(self, tag): print(">", tag, end=" ")
    def handle_data(self, data): print(repr(data), end=" ")
    def handle_comment(self, data): print("comment", data)


Links().feed("<p class=x>Tom &amp; <b>Jerry</p><br/><!-- note --><script>if (a < b) {}</script>")
print()
