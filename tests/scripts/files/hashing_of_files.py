"""hashlib: every algorithm that is there, of files and in pieces, keyed and salted, HMAC, what is refused."""
import hashlib
import hmac
import io
import zlib

print(sorted(hashlib.algorithms_guaranteed), "ripemd160" in hashlib.algorithms_available)
data = bytes(range(256)) * 300
for name in sorted(hashlib.algorithms_guaranteed):
    h = hashlib.new(name)
    h.update(data[:1000])
    other = h.copy()
    h.update(data[1000:])
    print(name, h.digest_size, h.block_size, (h.hexdigest(10) if name.startswith("shake") else h.hexdigest())[:32], (other.hexdigest(4) if name.startswith("shake") else other.hexdigest())[:8])
print(hashlib.blake2b(b"x", key=b"key", salt=b"salt", person=b"me", digest_size=10).hexdigest(), hashlib.file_digest(io.BytesIO(data), "sha256").hexdigest()[:16], hmac.new(b"k", b"m", "sha512").hexdigest()[:16], hmac.compare_digest(b"a", b"b"))
print(hasattr(hashlib, "pbkdf2_hmac"), zlib.crc32(data), zlib.adler32(data), zlib.crc32(b"more", zlib.crc32(b"some ")))
for call in (lambda: hashlib.new("nothing"), lambda: hashlib.sha256("text"), lambda: hashlib.scrypt(b"p", salt=b"s", n=16, r=1, p=1).hex()[:8], lambda: hashlib.md5(b"x", usedforsecurity=False).hexdigest()[:8], lambda: hmac.new(b"k", b"m"), lambda: hashlib.shake_128(b"x").hexdigest()):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
