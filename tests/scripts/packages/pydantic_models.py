# packages: pydantic
"""pydantic 2 (pydantic_core is Rust): validation, coercion, errors, serialisation, schemas, discriminated unions."""
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

import pydantic
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, computed_field, field_validator, model_validator

print(pydantic.VERSION, pydantic.__name__)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(min_length=2, pattern=r"^\w+$")
    price: Decimal = Field(gt=0, decimal_places=2)
    tags: set[str] = set()
    colour: Colour = Colour.RED
    made: date | None = None

    @field_validator("name")
    @classmethod
    def no_digits(cls, value):
        if any(c.isdigit() for c in value):
            raise ValueError("digits are not wanted")
        return value


class Order(BaseModel):
    id: UUID
    at: datetime
    items: list[Item] = Field(min_length=1)
    wait: timedelta = timedelta(0)

    @computed_field
    @property
    def total(self) -> Decimal:
        return sum((item.price for item in self.items), Decimal(0))

    @model_validator(mode="after")
    def cheap(self):
        if self.total > 100:
            raise ValueError("too dear")
        return self


good = {"id": "12345678-1234-5678-1234-567812345678", "at": "2024-02-29T12:30:00+02:00", "wait": "PT1H30M",
        "items": [{"name": " lamp ", "price": "9.90", "tags": ["a"], "colour": "blue", "made": "2023-01-02"}]}
order = Order.model_validate(good)
print(repr(order), order.total, order.model_dump_json(), sep="\n")
print(Order.model_validate_json(order.model_dump_json(exclude={"total"})) == order, order.model_copy(update={"wait": timedelta(1)}).wait)
bad = {"id": "x", "at": "yesterday", "items": [{"name": "a", "price": -1}, {"name": "x1", "price": "1.234", "colour": "green", "more": 1}], "wait": "soon"}
try:
    Order.model_validate(bad)
except ValidationError as error:
    print(error.error_count(), error)
    print([(e["loc"], e["type"]) for e in error.errors(include_url=False)])
for text in ("{", "[1, 2", '{"id": 1}', "null"):
    try:
        Order.model_validate_json(text)
    except ValidationError as error:
        print(error.errors(include_url=False)[0]["msg"])

print("-- adapters, unions, generics, strictness")
T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    content: T


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]
    bark: int = 1


pet = TypeAdapter(Annotated[Cat | Dog, Field(discriminator="kind")])
print(pet.validate_python({"kind": "dog", "bark": "3"}), Box[int](content="5"), TypeAdapter(list[int]).validate_json("[1, 2.0, \"3\"]"))
for call in (lambda: pet.validate_python({"kind": "cow"}), lambda: Box[int](content="five"), lambda: TypeAdapter(int).validate_python("1", strict=True),
             lambda: TypeAdapter(dict[str, int]).validate_python({"a": None})):
    try:
        call()
    except ValidationError as error:
        print(str(error).splitlines()[1:3])
print(json.dumps(Order.model_json_schema(), sort_keys=True)[:400], TypeAdapter(bytes).dump_json(b"ab"), Item.model_construct(name="?").name)
