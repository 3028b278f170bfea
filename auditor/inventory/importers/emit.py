"""Values as YAML on one line. Whatever is not plainly a word is quoted as JSON, which YAML reads as the same text."""

import json
import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z|\d{1,3}(\.\d{1,3}){3}\Z")
_NO_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}  # to some reader or other


def inline(value: Any) -> str:
    """A scalar, or a list or mapping in flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{inline(str(key))}: {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, str) and _WORD.match(value) and value.lower() not in _NO_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def block(data: Mapping[str, Any], indent: str, newline: str) -> str:
    """A mapping, one key a line, the first without its indent."""
    return (newline + indent).join(f"{inline(key)}: {inline(value)}" for key, value in data.items())
