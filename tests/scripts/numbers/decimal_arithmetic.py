"""decimal (the C accelerator): contexts, rounding, signals, special values, formatting, very long numbers."""
import decimal
from decimal import Decimal as D

print(decimal.__version__, decimal.HAVE_THREADS, decimal.MAX_PREC, D.__module__)
print(D("0.1") + D("0.2"), D(1) / D(7), D("1.10") * 3, D(0.1), D("1E+3").normalize(), D("1E+3").to_integral())
print(D(2).sqrt(), D(1).exp(), D(10).ln(), D("1000").log10(), D(2) ** D("0.5"), pow(D(3), 100, D(7)))

print("-- rounding")
for mode in ("ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR", "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP"):
    print(mode, [str(D(t).quantize(D("1"), rounding=mode)) for t in ("2.5", "-2.5", "1.1", "-1.9", "0.5")])
print(round(D("2.675"), 2), round(D("-0.5")), D("123.456").quantize(D("0.01")), D("-7") // D("2"), D("-7") % D("2"), divmod(D(7), D("1.5")))

print("-- contexts and signals")
with decimal.localcontext(prec=50) as context:
    print(D(1) / D(3), context.prec)
    context.Emax, context.Emin = 99, -99
    context.traps[decimal.Overflow] = False
    print(D(10) ** 99 * 10, context.flags[decimal.Overflow], context.flags[decimal.Inexact])
for call in (lambda: D(1) / 0, lambda: D("x"), lambda: D(-1).sqrt(), lambda: D(0) / 0, lambda: D("1e999999999999999999") * 10, lambda: D("sNaN") + 1, lambda: D("1").quantize(D("1e-99"))):
    try:
        print(call())
    except decimal.DecimalException as error:
        print(type(error).__name__, error)
print(decimal.getcontext())

print("-- special values, comparison, representation")
print(D("Infinity") > 10**100, D("NaN") == D("NaN"), D("-0") == 0, D("-0"), D("NaN").is_qnan(), D("1.0") == 1.0, hash(D("1.50")) == hash(D("1.5")))
print(sorted([D("1e2"), D("-inf"), D("0.5"), D(99)]), D("1.20").compare_total(D("1.2")), max(D("1"), D("NaN"), key=lambda d: d.is_nan()))
print(D("12.340").as_tuple(), D("12.340").as_integer_ratio(), D("-1.5E-10").adjusted(), D((1, (3, 1, 4), -2)), D.from_float(0.5))
print(f"{D('1234567.891'):,.2f} {D('0.00001234'):.3e} {D('0.5'):.0%} {D('42'):>8} {D('-1'):+}", D("1E-8"), D("1E-8").to_eng_string(), f"{D('0.1'):.30f}")
print(D("1.1").fma(2, D("0.05")), D("1").next_plus(), D("5").logical_xor(D("1")) if False else D("1100").logical_xor(D("1010")), D("12345").rotate(2), D("9").scaleb(3), D("1.23").shift(1))

try:  # only the pure Python version groups by "_", and the release does not have it
    print(f"{D('1234'):_}")
except ImportError as error:
    print(error)

print("-- long numbers")
with decimal.localcontext(prec=2000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN):
    a, b, p, t = D(1), 1 / D(2).sqrt(), D(1), D("0.25")
    for _ in range(11):  # Gauss and Legendre's iteration for pi
        m = (a + b) / 2
        b, t, p, a = (a * b).sqrt(), t - p * (a - m) ** 2, 2 * p, m
    pi = (a + b) ** 2 / (4 * t)
    digits = str(pi)
    print(digits[:30], digits[1000:1020], sum(map(int, digits[2:1900])))
    big = D(3) ** 4000
    print(len(str(big)), str(big)[-20:], int(big) == 3**4000)
