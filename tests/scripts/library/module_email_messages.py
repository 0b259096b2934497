"""email: parsing what is broken, headers in every encoding, attachments, addresses, policies, dates, line lengths."""
import email
import email.headerregistry
import email.message
import email.policy
import email.utils

raw = b"From: =?utf-8?q?=C5=BB=C3=B3=C5=82w?= <z@example.org>\r\nSubject: =?iso-8859-2?b?v/NzZOY=?= =?utf-8?q?_more?=\r\nDate: Thu, 29 Feb 2024 12:00:00 +0530\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\npreamble\r\n--B\r\nContent-Type: text/plain; charset=latin-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9=\r\n more\r\n--B\r\nContent-Disposition: attachment; filename*=utf-8''%C5%BC.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
m = email.message_from_bytes(raw, policy=email.policy.default)
print(m["from"], m["subject"], m["date"].datetime.isoformat(), m["from"].addresses[0].domain, [type(d).__name__ for d in m.defects])
for part in m.walk():
    print(part.get_content_type(), part.get_filename(), repr(part.get_content()) if not part.is_multipart() else part.preamble)
n = email.message.EmailMessage()
n["To"] = email.headerregistry.Address("Jeż Ż", "jez", "example.org")
n["Subject"] = "długi temat " * 12
n.set_content("żółw\n" + "x" * 1200 + "\n.\nFrom here")
n.add_alternative("<p>ż</p>", subtype="html")
n.add_attachment(b"\0\1", maintype="application", subtype="x", filename="ż.bin")
n.set_boundary("BB")
n.get_payload(0).set_boundary("CC")
text = n.as_bytes()
print(text.decode("ascii", "backslashreplace")[:700], max(map(len, text.splitlines())), email.message_from_bytes(text, policy=email.policy.default)["subject"] == n["subject"])
print(email.utils.parseaddr('"A, B" <a@b> (c)'), email.utils.getaddresses(["x@y, Z <z@y>"]), email.utils.format_datetime(email.utils.parsedate_to_datetime("1 Jan 2024 00:00:00 -0000")), email.utils.formataddr(("ż", "a@b")), email.utils.parsedate_tz("garbage"), email.utils.formatdate(0), email.utils.collapse_rfc2231_value(("utf-8", "", "ż")))
for header, value in (("Subject", "a\nb"), ("To", "not an address at all @@"), ("Date", "x")):
    try:
        n2 = email.message.EmailMessage()
        n2[header] = value
        print(n2[header], n2[header].defects)
    except ValueError as error:
        print(type(error).__name__, error)
