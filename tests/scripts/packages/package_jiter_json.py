# packages: jiter
"""jiter, a JSON reader in Rust: partial input, numbers kept, duplicate keys, errors with their place."""
import jiter

for data in (b'{"a": [1, 2.5, null, true, "\xc5\xbc"]}', b"[1, 2", b'{"a": 1', b"", b"nan", b"[1e999]", b'"\\ud800"', b"{\"a\":1,\"a\":2}", b"123456789012345678901234567890", b"[1] 2", b"\xff"):
    for options in ({}, {"partial_mode": True}, {"float_mode": "decimal", "catch_duplicate_keys": True}):
        try:
            print(data[:20], ascii(jiter.from_json(data, **options)), end="; ")
        except Exception as error:
            print(type(error).__name__, error, end="; ")
    print()
jiter.cache_clear()
print(jiter.from_json(b'["abc"]', cache_mode="all"), jiter.cache_usage() > 0, len(jiter.from_json(b"[" + b"1," * 100_000 + b"1]")))
try:
    jiter.from_json(b"[" * 5000)
except ValueError as error:
    print(error)
