"""doctest: the report of a failure, options, exceptions, text files, and the figures at the end."""
import doctest


def good(x):
    """
    >>> good(2)
    4
    >>> good("a")
    'aa'
    >>> good(None)
    Traceback (most recent call last):
        ...
    TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'
    """
    return x * 2


def bad():
    """
    >>> 1 + 1
    3
    >>> print("a  b")  # doctest: +NORMALIZE_WHITESPACE
    a b
    >>> [0.1, 123]  # doctest: +ELLIPSIS
    [0..., ...]
    >>> 1 / 0
    1
    """


result = doctest.testmod()
print(result)
with open("/tmp/doc.txt", "w") as file:
    file.write("Text.\n\n>>> x = 'ż'\n>>> x\n'ż'\n")
print(doctest.testfile("/tmp/doc.txt", module_relative=False, encoding="utf-8"), doctest.script_from_examples(">>> 1\n1\n").splitlines())
