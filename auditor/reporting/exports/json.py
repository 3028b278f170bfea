"""audit.json: the canonical bytes of an audit. Everything else is rendered from it, and prints its SHA-256.

Keys are sorted, UTF-8, LF, no blanks. Each entry of a top-level list or map stands on a line of its own, so that
`diff`, `grep` and `tail` work on it; the same audit always gives the same bytes.
"""

import math
from itertools import groupby
from typing import Any

import orjson

from auditor.reporting.words import encodable

_COMPACT = orjson.OPT_SORT_KEYS
_I64 = 2**63


def canonical(audit: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The audit with nothing in it that JSON cannot say, and its bytes.

    Broken text (lone surrogates) is spelled out, integers beyond 64 bits become text, NaN and infinity become text.
    Findings and drift stand in one order, so that an audit and the same audit out of the database are the same bytes.
    """
    try:
        orjson.dumps(audit)
    except (TypeError, orjson.JSONEncodeError):
        audit = writable(audit)
    audit = _ordered(audit)
    return audit, _lines(audit)


def _ordered(audit: dict[str, Any]) -> dict[str, Any]:
    """Findings by target as targets are listed, rule and subject; drift by target, golden profile and path."""
    places = {one["name"]: n for n, one in enumerate(audit.get("targets") or ())}
    keys = {"findings": ("rule", "subject"), "drift": ("golden", "path")}
    listed = {name: _sorted(audit[name], places, key) for name, key in keys.items() if audit.get(name)}
    return {**audit, **listed} if listed else audit


def _sorted(entries: list[Any], places: dict[str, int], key: tuple[str, str]) -> list[Any]:
    first, second = key
    keyed = [((places.get(one["target"], -1), one[first], one[second] or ""), one) for one in entries]
    keyed.sort(key=lambda pair: pair[0])
    out: list[Any] = []
    for _, group in groupby(keyed, lambda pair: pair[0]):
        equal = [one for _, one in group]
        out += sorted(equal, key=lambda one: orjson.dumps(one, option=_COMPACT)) if len(equal) > 1 else equal
    return out


def _lines(audit: dict[str, Any]) -> bytes:
    parts = [_key(name) + _value(audit[name]) for name in sorted(audit)]
    return b"{\n" + b",\n".join(parts) + b"\n}\n"


def _value(value: Any) -> bytes:
    if isinstance(value, list) and value:
        return b"[\n" + b",\n".join(orjson.dumps(v, option=_COMPACT) for v in value) + b"\n]"
    if isinstance(value, dict) and value:
        return b"{\n" + b",\n".join(_key(k) + orjson.dumps(value[k], option=_COMPACT) for k in sorted(value)) + b"\n}"
    return orjson.dumps(value, option=_COMPACT)


def _key(name: str) -> bytes:
    return orjson.dumps(name) + b":"


def writable(value: Any) -> Any:
    """Data with what JSON cannot say spelled out: broken text, large integers, NaN, sets."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(k if isinstance(k, str) else str(k)): writable(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [writable(v) for v in (sorted(value, key=repr) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -_I64 <= value < _I64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return encodable(str(value))
