"""Values that differ from host to host, for golden profiles: by target in the inventory, or in a CSV or YAML file."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.errors import InputError, Place
from auditor.yamlfile import read

Values = Mapping[str, Mapping[str, Any]]  # by target and customisation


def read_customisations(path: Path) -> Values:
    """The values in a file: CSV with a column `target`, or YAML `{target: {name: value}}`. Raises InputError."""
    return _csv(path) if path.suffix.lower() == ".csv" else _yaml(path)


def _csv(path: Path) -> Values:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if "target" not in (rows.fieldnames or ()):
                raise InputError("the table has no column `target`", where=Place(str(path), 1), mend="Add it.")
            found: dict[str, dict[str, Any]] = {}
            for row in rows:
                target = (row.pop("target") or "").strip()
                if not target or target in found or None in row:
                    why = (
                        "no target"
                        if not target
                        else "the target stands twice"
                        if target in found
                        else "too many cells"
                    )
                    raise InputError(f"{why}: {target or 'empty cell'}", where=Place(str(path), rows.line_num))
                found[target] = {name: value for name, value in row.items() if value not in (None, "")}
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"cannot be read: {problem}", where=str(path), mend="Save it as CSV in UTF-8.") from None


def _yaml(path: Path) -> Values:
    document = read(path)
    if not isinstance(document.data, dict) or not all(isinstance(one, dict) for one in document.data.values()):
        raise InputError("values stand here by target and name", where=document.place(()), mend="target: {name: value}")
    return document.data
