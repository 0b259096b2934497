# packages: lxml
"""lxml: parse errors with their place, recovery, XPath with Python functions that raise, XSLT, schemas, entities, targets."""
import io

from lxml import etree, html

for text in ("<a><b></a>", "<a>&nothing;</a>", "", "<a/><b/>", "<a x='1' x='2'/>", "<?xml version='1.0' encoding='latin-2'?><a>\xb1</a>", "<a>\x00</a>"):
    try:
        print(etree.tostring(etree.fromstring(text.encode("latin-1")), encoding="unicode"))
    except etree.XMLSyntaxError as error:
        print(error.lineno, error.offset, error.msg)
print(etree.tostring(etree.fromstring("<a><b>x</a>", etree.XMLParser(recover=True))), etree.tostring(html.fromstring("<p>one<p>two<td>")), html.fromstring("<a href='x'>ż</a>").text_content())
tree = etree.fromstring("<r xmlns:n='urn:n'><i k='1'>one</i><i k='2'>two</i><n:i>three</n:i></r>")
ns = etree.FunctionNamespace("urn:f")
ns["twice"] = lambda context, nodes: nodes[0].text * 2


def fails(context):
    raise LookupError("from xpath")


ns["fails"] = fails
for path in ("i[@k>1]/text()", "count(//i)", "n:i/text()", "string(i)", "f:twice(i)", "f:fails()", "i[", "f:no()", "//i/@k", "i[last()]/text()", "boolean(zzz)", "sum(i/@k)"):
    try:
        print(path, tree.xpath(path, namespaces={"n": "urn:n", "f": "urn:f"}))
    except Exception as error:
        print(path, type(error).__name__, error)
style = etree.XSLT(etree.XML('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:param name="p"/><xsl:template match="/"><out><xsl:for-each select="//i"><xsl:sort select="@k" order="descending"/><v><xsl:value-of select="concat(., $p)"/></v></xsl:for-each><xsl:message>told</xsl:message></out></xsl:template></xsl:stylesheet>'))
print(str(style(tree, p="'!'")), style.error_log)
schema = etree.XMLSchema(etree.XML('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="n" type="xs:int"/></xs:schema>'))
print(schema.validate(etree.XML("<n>5</n>")), schema.validate(etree.XML("<n>x</n>")), schema.error_log[0].message)


class Target:
    def start(self, tag, attributes):
        print("start", tag, dict(attributes), end=" ")

    def close(self):
        return "closed"


print(etree.fromstring("<a><b c='d'/></a>", etree.XMLParser(target=Target())), [(e, n.tag) for e, n in etree.iterparse(io.BytesIO(b"<a><b/></a>"), ("start", "end"))], etree.tostring(tree, method="c14n")[:20], etree.LIBXML_VERSION[0])
try:
    etree.parse("/no/such.xml")
except OSError as error:
    print(error)
