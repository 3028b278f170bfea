"""What commands print: JSON for machines, plain aligned columns for people."""

import sys
from collections.abc import Sequence
from typing import Any


def as_json(data: Any) -> None:
    """Print `data` as indented JSON."""
    import orjson

    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")


def one_line(text: str, limit: int = 160) -> str:
    """Text of a device for a terminal: nothing that moves the cursor or reorders, on one line, bounded."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= limit else plain[: limit - 3] + "..."


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print left-aligned columns; numbers (text of digits) are right-aligned."""
    every = [tuple(head), *[tuple(one_line(str(cell)) for cell in row) for row in rows]]
    widths = [max(len(row[n]) for row in every) for n in range(len(head))]
    numeric = [bool(rows) and all(str(row[n]).replace(".", "").isdigit() for row in rows) for n in range(len(head))]
    for row in every:
        cells = [c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
