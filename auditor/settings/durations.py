"""Spans of time as people write them."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(value: Any) -> Any:
    """Seconds from "60s", "5m", "1h" or a bare number."""
    if isinstance(value, bool):
        raise ValueError("a duration is written like 60s, 5m or 1h")
    if isinstance(value, int | float):
        return float(value)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", str(value))
    if not found or float(found[1]) <= 0:
        raise ValueError("a duration is written like 60s, 5m or 1h")
    return float(found[1]) * _UNITS[found[2]]


Duration = Annotated[float, BeforeValidator(seconds), Field(gt=0, le=86_400)]
