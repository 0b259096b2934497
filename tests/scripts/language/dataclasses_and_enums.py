"""dataclasses, typing, enum, abc, descriptors, metaclasses, slots, pattern matching, class machinery."""
import abc
import dataclasses as dc
import enum
import functools
import typing as t


@dc.dataclass(order=True, frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    tags: tuple = dc.field(default=(), compare=False, repr=False, kw_only=True)

    def __post_init__(self):
        if self.x < 0:
            raise ValueError("x must not be negative")


@dc.dataclass
class Shape:
    name: str
    points: list[Point] = dc.field(default_factory=list)
    scale: dc.InitVar[int] = 1
    count: t.ClassVar[int] = 0

    def __post_init__(self, scale):
        self.points = [Point(p.x * scale, p.y * scale) for p in self.points]


p = Point(3, 4)
print(p, p < Point(3, 5), hash(p) == hash(Point(3, 4)), dc.replace(p, y=9), dc.astuple(p), sorted([Point(2), Point(1, 5), Point(1, 2)]))
print(dc.asdict(Shape("s", [p], 2)), [f.name for f in dc.fields(Shape)], dc.make_dataclass("Made", [("a", int, 5)])(), Point.__match_args__)
for call in (lambda: setattr(p, "x", 1), lambda: Point(-1), lambda: Point(), lambda: p.__dict__, lambda: dc.dataclass(type("B", (), {"__annotations__": {"v": list}, "v": []}))):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)

print("-- enums")


class Colour(enum.Enum):
    RED = 1
    GREEN = enum.auto()
    CRIMSON = RED

    @property
    def lower(self):
        return self.name.lower()


class Perm(enum.Flag, boundary=enum.STRICT):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()
    RW = R | W


class Level(enum.IntEnum):
    LOW, HIGH = 1, 10


class Text(enum.StrEnum):
    ALPHA = enum.auto()


print(list(Colour), Colour.CRIMSON is Colour.RED, Colour(2), Colour["GREEN"].lower, Colour.__members__.keys(), Perm.R | Perm.X, ~Perm.R, Perm.RW in Perm(7), list(Perm.RW), Level.HIGH > 5, f"{Level.LOW} {Text.ALPHA}")
for call in (lambda: Colour(7), lambda: Colour["BLUE"], lambda: Perm(64), lambda: type("Sub", (Colour,), {}), lambda: enum.unique(enum.Enum("Dup", {"A": 1, "B": 1}))):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)

print("-- matching")


def describe(value):
    match value:
        case 0 | 1: return "bit"
        case int(n) if n < 0: return f"negative {n}"
        case Point(x, y=0): return f"on the axis at {x}"
        case Point(): return "a point"
        case [first, *_, last]: return f"from {first} to {last}"
        case {"kind": Colour.RED, **rest}: return f"red {rest}"
        case str() as s: return s.upper()
        case _: return type(value).__name__


print([describe(v) for v in (1, -4, Point(2), Point(2, 3), [1, 2, 3], (9, 8), {"kind": Colour.RED, "a": 1}, "s", None, {"kind": 2})])

print("-- typing and class machinery")
print(t.get_type_hints(Shape)["points"], t.Optional[int], int | None, t.get_args(dict[str, int]), t.Literal["a", 1], t.Annotated[int, "m"].__metadata__, t.Callable[[int], str])


class Stack[T](list[T]):
    type Pair = tuple[T, T]

    def top(self) -> T: return self[-1]


print(Stack[int].__args__, Stack.__type_params__, Stack([1, 2]).top(), Stack.Pair.__value__, isinstance([], t.Sequence))


class Named(t.Protocol):
    name: str


class Meta(type):
    def __new__(mcls, name, bases, space, **options):
        return super().__new__(mcls, name, bases, space | {"options": options})


class Base(metaclass=Meta, loud=True):
    def __init_subclass__(cls, /, **options): cls.seen = options

    def __set_name__(self, owner, name): print("set_name", owner.__name__, name)

    def __class_getitem__(cls, key): return (cls.__name__, key)


class Child(Base, extra=1):
    held = Base()

    @functools.cached_property
    def slow(self): return object()


c = Child()
print(Child.options, Child.seen, Base[3], c.slow is c.slow, Child.__mro__[1].__name__, t.runtime_checkable(Named) and isinstance(Shape("n"), Named), t.NamedTuple("NT", [("a", int)])(1), t.TypedDict("TD", {"k": int}).__annotations__)
try:
    type("Abstract", (abc.ABC,), {"f": abc.abstractmethod(lambda self: 1)})()
except TypeError as error:
    print(error)
