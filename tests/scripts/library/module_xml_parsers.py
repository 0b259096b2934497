"""xml: expat's errors and limits, ElementTree, minidom, SAX, entities refused, namespaces, encodings, incremental feeding."""
import io
import xml.dom.minidom
import xml.etree.ElementTree as ET
import xml.parsers.expat as expat
import xml.sax

print(expat.EXPAT_VERSION.startswith("expat_2"), expat.native_encoding)
for text in (b"<a><b></a>", b"<a>", b"", b"<a>&x;</a>", b"<?xml version='1.0' encoding='iso-8859-2'?><a>\xb1</a>", b"\xff\xfe<\0a\0/\0>\0", b"<a b=1/>", b"<a>\x01</a>", b"<a/>tail", "<ż é='日'/>".encode()):
    try:
        print(ET.tostring(ET.fromstring(text), encoding="unicode"))
    except (ET.ParseError, ValueError) as error:
        print(text[:20], type(error).__name__, error)
bomb = "<!DOCTYPE a [" + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x" * 1000}">' for i in range(8)) + "]><a>&e7;</a>"
try:
    ET.fromstring(bomb)
except ET.ParseError as error:
    print(error)
tree = ET.ElementTree(ET.fromstring("<r xmlns='urn:x' xmlns:p='urn:p'><p:i k='1'>a<b/>tail</p:i><i/></r>"))
ET.register_namespace("q", "urn:p")
print(tree.findall(".//{urn:p}i[@k='1']"), tree.find("{*}i").tag, ET.canonicalize("<a  b='1'   a='2'><!-- c --></a>")) if False else print([e.tag for e in tree.findall(".//{urn:p}i[@k='1']")], ET.canonicalize("<a  b='1'   a='2'><!-- c --></a>"))
out = io.BytesIO()
ET.indent(tree)
tree.write(out, encoding="us-ascii", xml_declaration=True)
print(out.getvalue().decode())
p = ET.XMLPullParser(("start", "end", "comment"))
for piece in ("<a><!--c", "--><b", ">te", "xt</b>", "</a>"):
    p.feed(piece)
    print([(event, e.tag if isinstance(e.tag, str) else e.text) for event, e in p.read_events()], end=" ")
print()


class Handler(xml.sax.ContentHandler):
    def startElement(self, name, attributes):
        print("start", name, dict(attributes), end="; ")

    def characters(self, text):
        print("text", repr(text), end="; ")


xml.sax.parseString(b"<a x='1'>t&amp;u</a>", Handler())
try:
    xml.sax.parseString(b"<a><", Handler())
except xml.sax.SAXParseException as error:
    print(error.getMessage(), error.getLineNumber())
print(xml.dom.minidom.parseString("<a><b c='d'>x</b></a>").toprettyxml(indent=" "))
parser = expat.ParserCreate()
parser.StartElementHandler = lambda name, attributes: 1 / 0
try:
    parser.Parse("<a/>", True)
except ZeroDivisionError as error:
    print(error, parser.CurrentLineNumber, expat.ErrorString(4))
