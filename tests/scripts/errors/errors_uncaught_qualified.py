"""An uncaught exception of a class within a class, of a module that is not builtins."""
import decimal


class Outer:
    class Inner(decimal.InvalidOperation):
        __module__ = "some.module"


raise Outer.Inner("qualified")
