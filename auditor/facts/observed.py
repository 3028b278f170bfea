"""An observed value as plain JSON data: absent, a gap and a value stay three different things."""

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.domain import ABSENT, GapValue


def plain_value(value: Any) -> Any:
    """An observed value as JSON: absent is {"absent": true}, a gap {"gap": reason}. Plain data stays as it is."""
    if value is ABSENT or value is None:
        return {"absent": True}
    if isinstance(value, GapValue):
        return {"gap": value.reason}
    if isinstance(value, Mapping):
        return {str(k): plain_value(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain_value(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(plain_value(v) for v in value)
    return value if isinstance(value, str | int | float | bool) else str(value)
