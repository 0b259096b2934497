"""Addresses as text and bytes, constants, and a socket that is opened, asked and closed; no network is needed."""
import errno
import select
import socket

print(socket.inet_aton("127.1"), socket.inet_ntoa(b"\x7f\0\0\1"), socket.htons(1), socket.ntohl(1))
for text in ("1.2.3.4", "256.1.1.1", "1.2.3", "::g", ""):
    try:
        print(text, socket.inet_pton(socket.AF_INET, text))
    except OSError as error:
        print(text, error)
print(socket.gethostname(), socket.getfqdn("x.invalid"), socket.AF_INET, socket.SOCK_STREAM, socket.has_ipv6, socket.getdefaulttimeout())
s = socket.socket()
print(s.family, s.type, s.fileno() > 2, s.gettimeout(), s.getblocking(), s.setblocking(False), s.gettimeout(), s.close(), s.fileno())
try:
    s.send(b"x")
except OSError as error:
    print(errno.errorcode[error.errno])
