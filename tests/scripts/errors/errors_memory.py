"""MemoryError for what can never fit, OverflowError for what cannot be counted, and that the program goes on."""
for what, call in (("bytes", lambda: bytes(2**31 - 100)), ("list", lambda: [0] * (2**31 - 1)), ("text", lambda: "x" * (2**31 - 50)), ("number", lambda: 1 << (2**34)), ("array", lambda: bytearray(2**40)), ("repeat", lambda: (1, 2) * 2**30), ("range", lambda: len(range(2**62))), ("power", lambda: "%*d" % (2**31, 1)), ("join", lambda: b"".join([b"x" * 2**20] * 3000)), ("format", lambda: format(1, "2147483640")), ("pad", lambda: "a".ljust(2**31 - 10))):
    try:
        print(what, len(call()) if what != "number" else call().bit_length())
    except (MemoryError, OverflowError, ValueError) as error:
        print(what, type(error).__name__)
kept = [bytes(1_000_000) for _ in range(50)]
print(len(kept), sum(len(k) for k in kept))
del kept
big = bytearray(200_000_000)
big[-1] = 7
print(len(big), big[-1])
