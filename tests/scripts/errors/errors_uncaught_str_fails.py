"""An uncaught exception whose __str__ raises itself."""


class Bad(Exception):
    def __str__(self):
        raise ValueError


print("before")
raise Bad("x")
