"""What Python's values mean as values of facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any


def line(row: Mapping[str, Any]) -> str:
    """A row as a line of JSON."""
    if not isinstance(row, Mapping):
        way = "`to_dict()` makes one" if hasattr(row, "to_dict") else "weir.decide takes whole tables"
        raise TypeError(f"a row is a mapping of facts to values, not {_type(row)}; {way}")
    return json.dumps(_object("", row), ensure_ascii=False, allow_nan=False)


def text(name: str, value: Any) -> str:
    """A value as it stands in a cell."""
    known = _value(name, value)
    if known is None:
        return ""
    if isinstance(known, bool):
        return "true" if known else "false"
    if isinstance(known, list):
        return ";".join(str(item) for item in known)
    if isinstance(known, float):
        return str(int(known))
    if isinstance(known, dict):
        raise TypeError(f"`{name}` has a value of type {_type(value)}, which no fact has")
    return str(known)


def _object(prefix: str, row: Mapping[str, Any]) -> dict[str, Any]:
    out = {}
    for key, value in row.items():
        if not isinstance(key, str):
            raise TypeError(f"facts have names, and {key!r} is no text")
        out[key] = _value(f"{prefix}{key}", value)
    return out


def _value(name: str, value: Any) -> Any:
    # A subclass of `str` may be an enumeration of texts, one of `int` is a truth or a number.
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        number = _number(name, Decimal(repr(float(value))))
        # It stays a float: to be a truth is for whole numbers alone.
        return float(value) if isinstance(number, int) and abs(number) < 10**15 else number
    if isinstance(value, Decimal):
        return _number(name, value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, datetime):
        aware = value if value.tzinfo is None else value.astimezone(timezone.utc)
        return aware.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _object(f"{name}.", value)
    if isinstance(value, (list, tuple)):
        return [_value(name, item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_value(name, item) for item in value)
    # Floats of NumPy count as the shortest decimal that stands for them, as they do in a table.
    if type(value).__name__ in ("float16", "float32"):
        return _value(name, float(str(value)))
    # Scalars and arrays of NumPy.
    for method in ("tolist", "item"):
        if callable(getattr(value, method, None)):
            plain = getattr(value, method)()
            if type(plain) is not type(value):
                return _value(name, plain)
    raise TypeError(f"`{name}` has a value of type {_type(value)}, which no fact has")


def _number(name: str, number: Decimal) -> int | str | None:
    """An exact number; what is not one is not known."""
    if number.is_nan():
        return None
    if number.is_infinite():
        raise ValueError(f"`{name}` is infinite, which no fact is")
    if number == number.to_integral_value():
        return int(number)
    # As a text it stays exact.
    return format(number, "f")


def _type(value: Any) -> str:
    of = type(value)
    return of.__name__ if of.__module__ == "builtins" else f"{of.__module__}.{of.__name__}"


def number(written: str | None) -> int | Decimal | None:
    """A number as weir writes it."""
    if written is None:
        return None
    return Decimal(written) if "." in written else int(written)
