"""base64, binascii, quopri, uuid, ipaddress, colorsys, mimetypes, calendar, wave, plistlib, tomllib: small formats, both ways."""
import base64
import binascii
import calendar
import io
import ipaddress
import mimetypes
import plistlib
import quopri
import tomllib
import uuid
import wave

data = bytes(range(0, 256, 5))
for encode, decode in ((base64.b64encode, base64.b64decode), (base64.b32encode, base64.b32decode), (base64.b85encode, base64.b85decode), (base64.a85encode, base64.a85decode), (base64.b32hexencode, base64.b32hexdecode), (base64.z85encode, base64.z85decode), (binascii.hexlify, binascii.unhexlify), (quopri.encodestring, quopri.decodestring)):
    print(encode.__name__, encode(data)[:24], decode(encode(data)) == data)
for call in (lambda: base64.b64decode("abc"), lambda: base64.b64decode("ab==c", validate=True), lambda: base64.b64decode("ż"), lambda: binascii.unhexlify("abc"), lambda: base64.b32decode("a"), lambda: binascii.a2b_base64("YQ=", strict_mode=True), lambda: binascii.crc_hqx(b"x", 0), lambda: bytes.fromhex("0g"), lambda: binascii.b2a_hex(b"abc", ":", -2)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
print(uuid.uuid5(uuid.NAMESPACE_DNS, "żółw"), uuid.uuid3(uuid.NAMESPACE_URL, "x"), uuid.UUID(int=5).urn, uuid.uuid4().version, uuid.uuid7().version, uuid.uuid1().variant == uuid.RFC_4122, uuid.UUID("{12345678123456781234567812345678}").fields[:2])
for text in ("192.168.1.300", "10.0.0.0/8", "::ffff:1.2.3.4", "fe80::1%eth0", "10.0.0.1/8", "::/129", 2**32):
    try:
        print(repr(ipaddress.ip_network(text) if "/" in str(text) else ipaddress.ip_address(text)))
    except ValueError as error:
        print(error)
print(list(ipaddress.ip_network("10.0.0.0/29").subnets(1)), ipaddress.ip_address("::1").exploded, mimetypes.guess_type("a.tar.gz"), mimetypes.guess_extension("image/svg+xml"), calendar.monthcalendar(2024, 2)[-1], calendar.TextCalendar(6).formatmonth(2024, 9), calendar.isleap(1900), calendar.timegm((2000, 1, 1, 0, 0, 0)))
w = io.BytesIO()
with wave.open(w, "wb") as sound:
    sound.setparams((1, 2, 8000, 0, "NONE", ""))
    sound.writeframes(bytes(100))
with wave.open(io.BytesIO(w.getvalue())) as sound:
    print(sound.getparams(), w.getvalue()[:12])
for form in (plistlib.FMT_XML, plistlib.FMT_BINARY):
    packed = plistlib.dumps({"a": [1, 2.5, True, b"x", "ż"]}, fmt=form)
    print(len(packed), plistlib.loads(packed))
print(tomllib.loads('a.b = 0x_ff'.replace("x_", "x") + '\nd = 2024-02-29T12:00:00.5+01:00\n[[t]]\ns = """\n  ż\\\n  x"""\nf = [1e3, inf, -nan]\n'))
for text in ("a = 1\na = 2", "a =", "a = 2024-02-30", "[a]\n[a]", "a = 01", 'a = "\\q"'):
    try:
        print(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        print(error)
