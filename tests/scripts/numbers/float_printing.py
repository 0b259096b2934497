"""repr, str, format and hex of floats at every edge: shortest forms, subnormals, rounding half to even, infinities."""
import math
import sys

values = [0.1, 1 / 3, 1e16, 1e15 + 0.3, 123456789012345680.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, float("inf"), float("nan"), 9007199254740993.0, 1e22, 1e23, 4.35, 0.3 + 0.6]
for x in values:
    print(repr(x), f"{x:.17g} {x:e} {x:.3f} {x:g} {x:%} {x:10.2e}|{x:<+12.4g}|{x:,.2f}" if abs(x) < 1e30 else f"{x:e} {x:g}", x.hex())
print([round(x, 2) for x in (2.675, 1.005, 0.125, 0.375, -2.5)], [round(x) for x in (0.5, 1.5, 2.5, -0.5)], round(1234.5678, -2), round(1e300, 5))
print(float("1e-400"), float("1" * 400 + "e-400"), float(" +1_0.5e1 "), float("0x1p0") if False else float.fromhex("0x1.8p-1074"), float.fromhex("-0x.1p4"), float("  infinity"), float("١٢"))
for text in ("", "1__0", "0x1", "1e", ".", "nan(1)", "1,5", "½"):
    try:
        print(text, float(text))
    except ValueError as error:
        print(error)
print((0.1).as_integer_ratio(), (2.5).is_integer(), math.ulp(1.0), math.nextafter(0, 1), math.frexp(-3.5), math.ldexp(0.5, 2000 - 977), sys.float_info.dig, hash(0.5), hash(float("inf")), complex("1+2j") * 1j, complex(0.0, -0.0), 1e308 * 10, f"{0.1 + 0.2!s:>25}")
print("%.0f %.1f %5.1e %g %#g %r" % (0.5, 0.25, 12345.678, 1e-5, 1.0, 1e100), "{:.50f}".format(0.1), format(1e20, "d") if False else format(2.0**70, ".0f"), "%a" % 1.5)
