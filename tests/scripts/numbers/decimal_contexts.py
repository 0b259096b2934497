"""decimal: contexts, traps, flags, rounding of every kind, signals, huge exponents, formats, threads' contexts."""
import decimal
from decimal import Decimal as D

decimal.getcontext().prec = 30
print(D(1) / 7, D(2).sqrt(), D(1).exp(), D(10).ln(), D("1e-1000000") * D("1e-500000"), D(3) ** D("0.5"), D("1.10") + D("2.20"), D("-0"), D("NaN123"), D(0.1))
for mode in ("ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR", "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP"):
    print(mode, [str(D(x).quantize(D("1"), rounding=mode)) for x in ("0.5", "1.5", "-2.5", "2.51", "-0.4", "5.1")])
with decimal.localcontext(prec=5, Emax=10, traps=[]) as context:
    print(D(1) / 0, D("1e9") * 1000, D(-1).sqrt(), D(1) / 3, sorted(flag.__name__ for flag, raised in context.flags.items() if raised))
for call in (lambda: D(1) / 0, lambda: D("x"), lambda: D("sNaN") + 1, lambda: D(10) ** 10**20, lambda: D("1e5").quantize(D("1e-30")), lambda: D(1) < D("NaN"), lambda: int(D("inf")), lambda: D(1) + 1.5, lambda: D("1e400").to_integral_exact(), lambda: hash(D("sNaN"))):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
print(f"{D('1234567.891'):,.2f} {D('0.00001'):g} {D('1e3'):f} {D('-1.5'):+010.3f} {D('12.3'):%}", D("123.4500").normalize(), D("1e3").to_eng_string(), D("1.23").as_tuple(), D("3.14").as_integer_ratio(), D("7").fma(3, 2), D("-7") % 3, D("-7") // 3, divmod(D("7.5"), 2), D("1.0") == 1, hash(D("0.5")) == hash(0.5), max(D(1), D("1.0")), D(5).logical_xor(1) if False else D("101").logical_xor(D("110")), D("1").next_plus(), D("2.5").compare(D("2.50")), D("2.5").compare_total(D("2.50")))
print(decimal.HAVE_THREADS, decimal.HAVE_CONTEXTVAR, decimal.MAX_PREC, decimal.__libmpdec_version__)
