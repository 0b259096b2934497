"""Integers of thousands of digits: arithmetic, conversion both ways, the limit of digits, bit operations, modular powers."""
import sys

n = 3**5000 + 7
print(n.bit_length(), n % 10**20, hash(n), n >> 7900, (n * n) // n == n, divmod(-n, 10**2000)[1] % 1000, pow(7, n, 10**15), pow(3, -1, 10**9 + 7), n.bit_count())
try:
    str(10**5000)
except ValueError as error:
    print(str(error)[:70])
sys.set_int_max_str_digits(0)
text = str(n * n)
print(len(text), text[:20], text[-20:], int(text) == n * n, int("z" * 50, 36) % 10**10, len(bin(n)), hex(n)[-16:], oct(-n)[:12])
print(int.from_bytes(n.to_bytes(1000, "little", signed=True), "little", signed=True) == n, (-2).to_bytes(3, "big", signed=True), int.from_bytes(b"\xff\0", "big"), (2**64 - 1) ^ -1, ~0 << 70, -1 >> 1000, -(2**70) // 3, -(2**70) % 3)
for call in (lambda: 1 << -1, lambda: 5 // 0, lambda: int("12", 1), lambda: int("0b2", 0), lambda: (300).to_bytes(1), lambda: pow(2, -1, 4), lambda: 2**70 / 3**50, lambda: 10**400 / 3, lambda: int(float("inf")), lambda: float(10**309), lambda: range(10**20)[10**19], lambda: len(range(10**20)), lambda: [1][2**70], lambda: "x" * 2**63):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:70])
print(f"{10**25:,} {2**70:x} {255:#010b} {-5:+06d} {10**20:e} {97:c} {1234567:_}", int(" -12_3 "), int("０１２"), True + True, int.__format__(3, ".2f"), round(12345, -2), round(15, -1), (7).__index__(), (2**100).as_integer_ratio())
