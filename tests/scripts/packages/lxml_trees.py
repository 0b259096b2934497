# packages: lxml
"""lxml: parsing, XPath, XSLT, schemas, HTML, namespaces, incremental parsing, errors."""
import io

from lxml import etree, html, objectify

print(etree.LXML_VERSION, etree.LIBXML_VERSION[:1])
document = etree.fromstring("""<?xml version="1.0"?>
<library xmlns:m="urn:meta"><book id="b1" m:lang="en"><title>Dune</title><price>9.99</price></book>
<book id="b2" m:lang="pl"><title>Solaris — Łem</title><price>7.50</price></book><!-- end --></library>""")
print(document.xpath("//book[price > 8]/title/text()"), document.xpath("sum(//price)"), document.xpath("count(//comment())"))
print(document.xpath("//book/@m:lang", namespaces={"m": "urn:meta"}), [b.get("{urn:meta}lang") for b in document.iter("book")])
print(etree.tostring(document, pretty_print=True, encoding="unicode"))
print(etree.tostring(document[1][0], encoding="iso-8859-1", xml_declaration=True))

print("-- building")
E = etree.Element("root", nsmap={None: "urn:x"})
etree.SubElement(E, "{urn:x}child", a="1").text = "<&>"
E[0].tail = "tail"
E.append(etree.Comment("note"))
print(etree.tostring(E), etree.QName(E[0]).localname, E.getroottree().getpath(E[0]), etree.tostring(E, method="c14n"))

print("-- XSLT")
transform = etree.XSLT(etree.XML("""<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/><xsl:param name="unit"/>
<xsl:template match="/"><xsl:for-each select="//book"><xsl:sort select="price" data-type="number"/>
<xsl:value-of select="concat(title, ': ', format-number(price, '0.0'), $unit, '&#10;')"/></xsl:for-each></xsl:template>
</xsl:stylesheet>"""))
print(str(transform(document, unit=etree.XSLT.strparam(" EUR"))))
try:
    etree.XSLT(etree.XML("<notxslt/>"))
except etree.XSLTParseError as error:
    print("XSLTParseError:", error)

print("-- schemas")
schema = etree.XMLSchema(etree.XML("""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="n" type="xs:positiveInteger"/></xs:schema>"""))
print(schema.validate(etree.XML("<n>5</n>")), schema.validate(etree.XML("<n>-5</n>")), schema.error_log.last_error.message)
relax = etree.RelaxNG(etree.XML('<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><text/></element>'))
print(relax.validate(etree.XML("<a>x</a>")), relax.validate(etree.XML("<b/>")))
print(etree.DTD(io.StringIO("<!ELEMENT a (b*)><!ELEMENT b EMPTY>")).validate(etree.XML("<a><b/><c/></a>")))

print("-- HTML, objects, functions")
page = html.fromstring("<div><p class='x y'>One <b>two</b><p>three<br>four &eacute;</div>")
print([p.text_content() for p in page.findall("p")], html.tostring(page), page.xpath("//p[contains(@class, 'y')]")[0].get("class"))
tree = objectify.fromstring("<r><v>3</v><v>4.5</v><s>text</s></r>")
print(tree.v + tree.v[1], tree.s.text.upper(), [type(v).__name__ for v in tree.v])
etree.FunctionNamespace("urn:f")["twice"] = lambda context, value: float(value[0]) * 2
print(document.xpath("f:twice(//price/text())", namespaces={"f": "urn:f"}))

print("-- incremental, and errors")
for event, element in etree.iterparse(io.BytesIO(b"<a><b>1</b><b>2</b></a>"), events=("start", "end"), tag="b"):
    print(event, element.text, end="; ")
print()
pull = etree.XMLPullParser(events=("end",))
for piece in (b"<a><b", b"/><c>", b"</c></a>"):
    pull.feed(piece)
    print([e.tag for _, e in pull.read_events()], end=" ")
print(pull.close().tag)
for bad in ("<a><b></a>", "", "<a>&nope;</a>", "<a b=c/>", "<a\x00/>"):
    try:
        etree.fromstring(bad)
    except (etree.XMLSyntaxError, ValueError) as error:
        print(type(error).__name__, error)
print(etree.tostring(etree.fromstring("<a><b>x</a>", etree.XMLParser(recover=True))))
try:
    document.xpath("//[")
except etree.XPathError as error:
    print(type(error).__name__, error)
