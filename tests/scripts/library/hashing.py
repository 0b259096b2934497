"""hashlib, hmac, secrets, binascii, zlib checksums: known answers, incremental use, errors."""
import binascii
import hashlib
import hmac
import io
import secrets
import random

data = b"The quick brown fox jumps over the lazy dog"
print(sorted(hashlib.algorithms_guaranteed))
for name in sorted(hashlib.algorithms_guaranteed):
    h = hashlib.new(name, data)
    print(f"{name:10} {h.digest_size:3} {h.block_size:4} {h.hexdigest(16) if name.startswith('shake') else h.hexdigest()[:32]}")
h = hashlib.sha256()
for byte in data:
    h.update(bytes([byte]))
twin = h.copy()
h.update(b".")
print(twin.hexdigest() == hashlib.sha256(data).hexdigest(), h.hexdigest()[:16], hashlib.file_digest(io.BytesIO(data), "sha1").hexdigest())
print(hashlib.blake2b(data, digest_size=8, key=b"k", salt=b"s", person=b"p").hexdigest(), hashlib.blake2s(data, last_node=True).hexdigest()[:16], hashlib.sha3_256(b"").hexdigest()[:16])
print(hashlib.md5(b"a" * 1_000_000).hexdigest(), hashlib.sha512(bytes(range(256)) * 999).hexdigest()[:20])

print("-- keys")
print(hmac.new(b"key", data, "sha256").hexdigest(), hmac.digest(b"key", data, "md5").hex(), hmac.compare_digest(b"a", b"a"), hmac.compare_digest("a", "b"))
for name, call in (("pbkdf2", lambda: hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1000).hex()), ("scrypt", lambda: hashlib.scrypt(b"password", salt=b"NaCl", n=16, r=8, p=1, dklen=16).hex())):
    try:
        print(name, call())
    except Exception as error:
        print(name, type(error).__name__, error)
print(len(secrets.token_bytes(5)), len(secrets.token_hex(4)), secrets.randbelow(1), len({secrets.token_urlsafe() for _ in range(50)}), secrets.choice([3]), random.SystemRandom().random() < 1)

print("-- text forms")
print(binascii.hexlify(b"\x01\xab", ":"), binascii.unhexlify("01ab"), binascii.b2a_base64(b"abc", newline=False), binascii.a2b_base64("YWJj"), binascii.crc_hqx(data, 0), binascii.crc32(data), binascii.b2a_qp("é=".encode()), binascii.b2a_uu(b"abc"))
for call in (lambda: hashlib.new("nonsense"), lambda: hashlib.sha256("text"), lambda: binascii.unhexlify("abc"), lambda: binascii.a2b_base64("a"), lambda: hashlib.blake2b(digest_size=99), lambda: hmac.new(b"k", b"", None), lambda: binascii.a2b_base64(b"a===", strict_mode=True)):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
