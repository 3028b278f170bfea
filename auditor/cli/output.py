"""What commands print: JSON for machines, plain aligned columns for people."""

import sys
from collections.abc import Sequence
from typing import Any


def as_json(data: Any) -> None:
    """Print `data` as indented JSON."""
    import orjson

    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print left-aligned columns; numbers (text of digits) are right-aligned."""
    every = [tuple(head), *[tuple(str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[n]) for row in every) for n in range(len(head))]
    numeric = [bool(rows) and all(str(row[n]).replace(".", "").isdigit() for row in rows) for n in range(len(head))]
    for row in every:
        cells = [c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
