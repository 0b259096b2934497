"""SystemExit on its way through finally, with and generators; one replaced by another; caught and thrown again."""
import contextlib
import sys


@contextlib.contextmanager
def manager():
    try:
        yield
    finally:
        print("manager left")


def generator():
    try:
        yield 1
    finally:
        print("generator closed")


kept = generator()
next(kept)
try:
    sys.exit("first")
except SystemExit as error:
    print("caught", error.code)
try:
    with manager():
        try:
            sys.exit(2)
        finally:
            print("inner finally")
            raise SystemExit(5)
except SystemExit as error:
    print(error.code, error.__context__.code)
    raise
