"""A change check, or what came of it, as a file: one module for each format."""

from collections.abc import Mapping
from typing import Any

import orjson


def content(document: Mapping[str, Any], form: str) -> bytes:
    """The document in a format: json. Raises KeyError for another one."""
    if form == "json":
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    raise KeyError(form)
