# packages: pydantic
"""pydantic: what is refused and where, coercion or not, validators that raise, JSON both ways, schemas, unions, recursion."""
import datetime
import decimal
import enum
from typing import Annotated, Literal, Optional, Union

import pydantic as p


class Kind(enum.Enum):
    A = "a"


class Item(p.BaseModel):
    model_config = p.ConfigDict(extra="forbid", frozen=True)
    id: int
    price: decimal.Decimal = p.Field(gt=0, decimal_places=2)
    when: Optional[datetime.datetime] = None
    kind: Kind = Kind.A
    tags: Annotated[list[str], p.Field(max_length=2)] = []
    child: Optional["Item"] = None

    @p.field_validator("tags")
    @classmethod
    def no_x(cls, tags):
        if "x" in tags:
            raise ValueError("x is no tag")
        return tags


for data in ({"id": "5", "price": "1.10", "when": "2024-02-29T12:00:00Z"}, {"id": 1.5, "price": -1}, {"id": 1, "price": "1.234", "tags": ["x"]}, {"id": 1, "price": 1, "other": 1}, {"id": 2**70, "price": 1, "child": {"id": "z", "price": 1}}, {"price": "NaN"}, {"id": True, "price": 1, "when": "yesterday", "kind": "b", "tags": "ab"}):
    try:
        print(repr(Item(**data)))
    except p.ValidationError as error:
        print([(e["loc"], e["type"], e["msg"]) for e in error.errors()])
item = Item.model_validate_json('{"id": 1, "price": 2.50, "child": {"id": 2, "price": 3, "tags": ["ż"]}}')
print(item.model_dump_json(exclude_none=True), item.model_dump(mode="json")["child"]["tags"], item.model_copy(update={"id": 9}).id, Item.model_json_schema()["$defs"]["Item"]["properties"]["price"])
for call in (lambda: setattr(item, "id", 2), lambda: Item.model_validate_json('{"id": 1,'), lambda: p.TypeAdapter(Union[int, str]).validate_python("1"), lambda: p.TypeAdapter(Literal["a", 2]).validate_python(3), lambda: p.TypeAdapter(list[int]).validate_json("[1, null]"), lambda: p.TypeAdapter(p.EmailStr), lambda: p.TypeAdapter(datetime.timedelta).validate_python("P1DT2H"), lambda: p.TypeAdapter(p.AnyUrl).validate_python("http://ż.example/x y"), lambda: p.TypeAdapter(int).validate_python("1_000", strict=True), lambda: p.TypeAdapter(bytes).validate_json('"ż"')):
    try:
        print(call())
    except p.ValidationError as error:
        print([(e["loc"], e["type"], e["msg"]) for e in error.errors()])
    except Exception as error:
        print(type(error).__name__, str(error)[:60])
