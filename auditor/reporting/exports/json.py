"""audit.json: the canonical bytes of an audit. Everything else is rendered from it, and prints its SHA-256.

Keys are sorted, UTF-8, LF, no blanks. Each entry of a top-level list or map stands on a line of its own, so that
`diff`, `grep` and `tail` work on it; the same audit always gives the same bytes.
"""

import math
from typing import Any

import orjson

from auditor.reporting.words import encodable

_COMPACT = orjson.OPT_SORT_KEYS
_I64 = 2**63


def canonical(audit: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The audit with nothing in it that JSON cannot say, and its bytes.

    Broken text (lone surrogates) is spelled out, integers beyond 64 bits become text, NaN and infinity become text;
    an audit without such values is returned as it came.
    """
    try:
        orjson.dumps(audit)
    except (TypeError, orjson.JSONEncodeError):
        audit = writable(audit)
    return audit, _lines(audit)


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
