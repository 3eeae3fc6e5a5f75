"""The fields of a record: text in; dates, rates, shares and names out; records that refuse what they do not know.

A rate is always written with a percent sign (`27.5%`), a share without one (`0.975`), a day as `2025-04-16`.
"""

import math
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from tradetalks.errors import nearest
from tradetalks.records import HIGHEST_RATE

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def fault(message: str, field: str | None = None) -> PydanticCustomError:
    """An error in one field, or in a field inside the record at hand."""
    return PydanticCustomError("record", "{message}", {"message": message, "field": field})


def _kind(value: object) -> str:
    return {"dict": "a mapping of fields", "list": "a list"}.get(type(value).__name__, "text")


def _text(value: object) -> object:
    if isinstance(value, str) and value.strip():
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", value):
            raise fault("holds a control character; write plain text")
        return value.strip()
    raise fault("is empty" if isinstance(value, str) else f"must be text, not {_kind(value)}")


def _name(value: object) -> object:
    text = str(_text(value))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise fault(f'"{text:.40}" is not a name; write letters, digits and hyphens, such as japan-us-2025-04')
    return text


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    text = str(_text(value))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise fault(f'"{text}" is not a day; write year-month-day, such as 2025-04-16')
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise fault(f'"{text}" is not a day of the calendar: {str(error).rstrip(".")}') from error


def _number(value: object) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    text = str(_text(value))
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise fault(f'"{text:.40}" is not a number; write it plainly, such as 148.2')
    return float(text)


def _rate(value: object) -> float:
    if isinstance(value, int | float):
        rate = float(value)
    else:
        text = str(_text(value))
        digits = text.removesuffix("%").strip()
        if not _NUMBER.fullmatch(digits):
            raise fault(f'"{text}" is not a rate; write it in percent, such as 27.5%')
        if not text.endswith("%"):
            raise fault(f'"{text}" could mean {digits} % or {float(digits) * 100:g} %; write the sign: {digits}%')
        rate = float(digits) / 100
    if not rate > -1:
        raise fault(f"{rate:.0%} is not above -100%")
    if rate > HIGHEST_RATE:
        raise fault(f"{rate:.0%} is above {HIGHEST_RATE:.0%}; surely a slip")
    return rate


def _share(value: object) -> float:
    share = _number(value)
    if not 0 <= share <= 1:
        raise fault(f"{share:g} is not a share; write a part of one, between 0 and 1")
    return share


def _names(value: object) -> object:
    if isinstance(value, str):
        found = re.fullmatch(r"([^,\[\]]+?)(?:\s*,\s*except\s*\[([^\[\]]*)\])?", value.strip())
        if not found:
            raise fault(f'"{value}": write one name, a list, or `all, except [CAN, MEX]`')
        left_out = [part.strip() for part in (found[2] or "").split(",") if part.strip()]
        return (found[1], *(f"!{name}" for name in left_out))
    if isinstance(value, list | tuple) and value:
        return tuple(str(_text(item)) for item in value)
    raise fault(
        "is empty; write one name or a list of names"
        if isinstance(value, list)
        else "must be a name or a list of names"
    )


Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
Name = Annotated[
    str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*$"})
]
"""A name that can also name a folder."""
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Number = Annotated[float, BeforeValidator(_number), WithJsonSchema({"type": ["number", "string"]})]
Rate = Annotated[
    float,
    BeforeValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?\s*%$", "description": "percent, such as 27.5%"}),
]
"""A fraction inside (0.275), percent in the file (27.5%); above −100 % and at most 1000 %."""
Share = Annotated[
    float, BeforeValidator(_share), WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": 1})
]
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""Codes, common names, groups or `all`; a leading `!` leaves one out (`all, except [CAN]` is `("all", "!CAN")`)."""
Basis = Literal["law", "published", "elicited", "assumption"]


class Record(BaseModel):
    """A frozen record of a file; a field it does not know is an error that names the nearest it has."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, data: Any) -> Any:
        if isinstance(data, cls):
            return data
        if not isinstance(data, dict):
            raise fault(f"must be a mapping of fields, not {_kind(data)}")
        known = [f.alias or name for name, f in cls.model_fields.items() if not f.exclude]
        for key in data:
            if key not in known:
                hint = nearest(str(key), known)
                raise fault(f"no such field; {hint + '  ' if hint else ''}known: {', '.join(known)}", str(key))
        return data


class Source(Record):
    """Where a figure or a rule comes from."""

    title: Text
    date: Day
    """The day it was published."""
    confidence: Literal["primary", "press", "unverified", "computed"]
    """Read in the legal text or by its author; in the press; not checked; our own computation from primary data."""
