"""base64, urllib.parse, ipaddress, uuid, email, mimetypes, http cookies, quopri: data of the network, without a network."""
import base64
import email
import email.policy
import email.utils
import http
import http.cookies
import ipaddress
import mimetypes
import quopri
import socket
import urllib.error
import urllib.parse as up
import urllib.request
import uuid
from email.message import EmailMessage

data = bytes(range(0, 256, 5)) + "zażółć".encode()
for name in ("b64", "urlsafe_b64", "b32", "b32hex", "b16", "b85", "a85", "z85"):
    encoded = getattr(base64, f"{name}encode")(data)
    print(name, encoded[:24], len(encoded), getattr(base64, f"{name}decode")(encoded) == data)
for bad in (lambda: base64.b64decode("abc"), lambda: base64.b64decode("ab$=", validate=True), lambda: base64.b32decode("1"), lambda: base64.b16decode("0g"), lambda: base64.b85decode("~~~~~~")):
    try:
        print(bad())
    except ValueError as error:
        print(type(error).__name__, error)
print(quopri.encodestring("é=x".encode()), quopri.decodestring(b"=C3=A9"))

print("-- URLs")
url = up.urlsplit("https://us%20er:p@ss@Example.ORG:8443/a/b;c/../d?q=1&q=2&e=#frag")
print(url, url.hostname, url.port, url.username, up.parse_qs(url.query, keep_blank_values=True), up.urlunsplit(url._replace(query="", fragment="")))
print(up.urljoin("http://a/b/c/d?q", "../g;x?y#s"), up.quote("a b/ż&", safe=""), up.unquote("%C5%BC+%zz"), up.quote_plus("a b+c"), up.urlencode([("k", "v 1"), ("é", [1, 2])], doseq=True), up.urldefrag("x#y").fragment)
for bad in ("http://[::1", "http://h:port", "http://h:99999"):
    try:
        print(up.urlsplit(bad).port)
    except ValueError as error:
        print("ValueError", error)

print("-- addresses")
net = ipaddress.ip_network("10.1.0.0/22")
print(net.num_addresses, net.broadcast_address, ipaddress.ip_address("10.1.3.255") in net, list(net.subnets(new_prefix=24))[1], net.supernet(), ipaddress.ip_address("::ffff:1.2.3.4").ipv4_mapped, ipaddress.ip_address("2001:db8::1").exploded, ipaddress.ip_interface("192.168.1.5/24").network, ipaddress.ip_address(2**32).version, ipaddress.ip_address("127.0.0.1").is_loopback)
print(list(ipaddress.collapse_addresses([ipaddress.ip_network("10.0.0.0/25"), ipaddress.ip_network("10.0.0.128/25")])), list(ipaddress.summarize_address_range(ipaddress.ip_address("1.1.1.0"), ipaddress.ip_address("1.1.1.5"))))
for bad in ("256.1.1.1", "1.2.3", "10.0.0.1/8", "::g", "01.2.3.4"):
    try:
        ipaddress.ip_network(bad)
    except ValueError as error:
        print(error)
print(socket.inet_aton("1.2.3.4"), socket.htons(80), socket.AF_INET, socket.inet_pton(socket.AF_INET, "9.8.7.6"))

print("-- uuid")
fixed = uuid.UUID("12345678-1234-5678-9234-567812345678")
print(fixed.int, fixed.bytes.hex(), fixed.variant, fixed.version, uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.uuid3(uuid.NAMESPACE_URL, "x"), uuid.uuid4().version, uuid.uuid7().version, uuid.uuid8(1, 2, 3), uuid.UUID(int=5), uuid.NIL)

print("-- mail")
message = EmailMessage()
message["Subject"], message["From"], message["To"] = "Zażółć gęślą", "Ada <ada@example.org>", "b@x.io, Łukasz <l@y.pl>"
message.set_content("Hello\nżółw\n")
message.add_alternative("<p>Hello</p>", subtype="html")
message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="ł.bin")
text = message.as_bytes().replace(message.get_boundary().encode(), b"BOUNDARY")
print(text.split(b"\n")[:4], text.count(b"BOUNDARY"))
back = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
print(back["subject"], [a.display_name for a in back["to"].addresses], back.get_body(("plain",)).get_content(), [p.get_filename() for p in back.iter_attachments()], back.get_content_type())
print(email.utils.parsedate_to_datetime("Thu, 29 Feb 2024 10:00:00 +0200"), email.utils.parseaddr("A B <a@b>"), email.utils.formatdate(0), email.utils.quote('a"b'), mimetypes.guess_type("x.tar.gz"), http.HTTPStatus(404).phrase)
cookie = http.cookies.SimpleCookie('a=1; b="two words"')
cookie["a"]["path"] = "/"
print(cookie.output(), cookie["b"].value)

print("-- and the network itself")
for call in (lambda: urllib.request.urlopen("http://127.0.0.1:9/", timeout=1), lambda: urllib.request.urlopen("nonsense:x"), lambda: urllib.request.urlopen("data:text/plain,hi").read(), lambda: urllib.request.urlopen("file:///etc/nothing")):
    try:
        print(call())
    except (OSError, ValueError) as error:
        print(type(error).__name__)
