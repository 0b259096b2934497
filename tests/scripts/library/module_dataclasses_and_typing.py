"""dataclasses, enum, typing and annotations that are evaluated late: errors, slots, replacement, protocols, generics."""
import annotationlib
import dataclasses as d
import enum
import typing as t


@d.dataclass(order=True, slots=True, kw_only=False)
class Point:
    x: int
    y: list = d.field(default_factory=list, compare=False, repr=False)
    z: d.KW_ONLY = None
    w: "Later" = 5

    def __post_init__(self):
        self.x *= 2


print(Point(1), Point(1) < Point(2), Point(1) == Point(1, [5]), d.asdict(Point(1, [Point(2)])), d.replace(Point(3), w=1), [f.name for f in d.fields(Point)], Point.__slots__, hasattr(Point(1), "__dict__"))
for call in (lambda: d.make_dataclass("A", [("x", int, []), "y"]), lambda: d.make_dataclass("B", [("x", list, [])]), lambda: d.make_dataclass("C", ["x"], frozen=True)(1).__setattr__("x", 2), lambda: Point(), lambda: hash(Point(1)), lambda: d.fields(int), lambda: t.get_type_hints(Point), lambda: annotationlib.get_annotations(Point, format=annotationlib.Format.FORWARDREF)["w"]):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:70])


class Color(enum.Flag, boundary=enum.KEEP):
    RED, GREEN = 1, 2
    BOTH = RED | GREEN


class Planet(enum.StrEnum):
    EARTH = enum.auto()
    Mars = "M"

    @classmethod
    def _missing_(cls, value):
        return cls.Mars


print(Color(3), Color.RED | Color(8), ~Color.RED, Color.BOTH in Color.BOTH, list(Color), Planet.EARTH, repr(Planet("x")), f"{Planet.EARTH:>7}", Planet.__members__.keys(), Color["RED"].value, enum.IntEnum("N", "a b").b + 1)
for call in (lambda: enum.unique(enum.Enum("U", {"a": 1, "b": 1})), lambda: setattr(Planet, "EARTH", 1), lambda: Color("x"), lambda: enum.Enum("E", "a a")):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)


@t.runtime_checkable
class Sized(t.Protocol):
    def __len__(self) -> int: ...


type Tree[T] = T | list[Tree[T]]


def generic[T: (int, str), *Ts, **P](x: T, *a: *Ts) -> undefined_name: ...


print(isinstance([], Sized), isinstance(1, Sized), Tree.__value__, Tree[int], generic.__type_params__, generic.__type_params__[0].__constraints__, t.get_origin(dict[str, int]), t.get_args(t.Callable[[int], str]), int | None, t.Optional[str], t.Literal["a", 1], t.Annotated[int, "x"].__metadata__, t.get_overloads(generic), annotationlib.get_annotations(generic, format=annotationlib.Format.STRING))
