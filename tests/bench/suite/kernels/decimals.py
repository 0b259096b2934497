"""Products of decimal numbers."""
# setup: from decimal import Decimal; a = [Decimal(n) / 7 for n in range(1000)]; b = a[::-1]
# run: products(a, b)


def products(a, b):
    return [x * y for x, y in zip(a, b, strict=True)]
