r"""Labels in one cell: `site=ams;team=web`. In a key or value, `;`, `=` and `\` have a `\` before them."""

import re
from collections.abc import Mapping

from auditor.errors import InputError, Place
from auditor.inventory.importers.entry import short

_SPECIAL = re.compile(r"([\\;=])")
_PIECE = re.compile(r"((?:\\.|[^\\;=])*)(;|=|\Z)", re.DOTALL)


def written(labels: Mapping[str, str]) -> str:
    """The cell for these labels."""
    return ";".join(f"{_SPECIAL.sub(_ESCAPE, key)}={_SPECIAL.sub(_ESCAPE, value)}" for key, value in labels.items())


_ESCAPE = r"\\\1"


def parsed(cell: str, place: Place) -> dict[str, str]:
    """The labels of a cell. Raises InputError for one without a value, or one that stands twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(cell):
        key, at, end = _piece(cell, at, place)
        if not key.strip() and end != "=":
            continue  # `a=b;;c=d`, or a `;` in the end
        if end != "=":
            raise InputError(
                f"the label {short(key)} has no value", where=place, mend="Write labels as key=value;key=value."
            )
        value, at, end = _piece(cell, at, place)
        if end == "=":
            mend = r"Write `\=` for a `=` in a value, and `;` between two labels."
            raise InputError(f"the label {short(key)} has two values", where=place, mend=mend)
        key = key.strip()
        if key in found:
            raise InputError(f"the label {short(key)} stands twice", where=place, mend="Keep one of them.")
        found[key] = value.strip()
    return found


def _piece(cell: str, at: int, place: Place) -> tuple[str, int, str]:
    match = _PIECE.match(cell, at)
    if match is None:  # a lone backslash in the end
        raise InputError("the labels end with a lone backslash", where=place, mend=r"Write `\\` for one backslash.")
    return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), match.end(), match[2]
