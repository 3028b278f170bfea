"""Host ranges of Ansible: `web[01:10]`, `db-[a:f].example.org`, `n[1:9:2]`, several in one name."""

import re
from collections.abc import Iterator
from itertools import product

from auditor.errors import InputError, Place
from auditor.inventory.importers.entry import MOST, short

_RANGE = re.compile(r"\[([^\[\]]*)\]")
_BOUNDS = re.compile(r"(?:(\d{1,9}):(\d{1,9})|([a-z]):([a-z])|([A-Z]):([A-Z]))(?::(\d{1,6}))?\Z")


def hosts(pattern: str, place: Place) -> Iterator[str]:
    """The names that a pattern stands for, itself where it has no range. Raises InputError; for too many, too."""
    parts = _RANGE.split(pattern)
    if any("[" in part or "]" in part for part in parts):
        raise InputError(f"the range in {short(pattern)} does not close", where=place, mend=_MEND)
    choices = [[part] if n % 2 == 0 else _range(part, pattern, place) for n, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
        if count > MOST:
            raise InputError(f"{short(pattern)} stands for more than {MOST:,} hosts", where=place, mend=_MEND)
    return map("".join, product(*choices))


_MEND = "Write ranges like web[01:10] or db-[a:f]."


def _range(text: str, pattern: str, place: Place) -> list[str]:
    match = _BOUNDS.match(text)
    first, last = (
        (next(filter(None, (match[n] for n in ns)), "") for ns in ((1, 3, 5), (2, 4, 6))) if match else ("", "")
    )
    step = int(match[7] or 1) if match else 0
    if not first or step < 1:
        raise InputError(f"[{short(text)}] in {short(pattern)} is no range", where=place, mend=_MEND)
    if first.isdigit():
        if first.startswith("0") and len(first) != len(last) and len(first) > 1:
            raise InputError(f"[{text}]: both ends need as many digits", where=place, mend=_MEND)
        numbers = range(int(first), int(last) + 1, step)
        if not numbers or len(numbers) > MOST:
            raise InputError(f"[{text}] stands for none, or for too many", where=place, mend=_MEND)
        width = len(first) if first.startswith("0") else 0
        return [f"{number:0{width}d}" for number in numbers]
    letters = [chr(code) for code in range(ord(first), ord(last) + 1, step)]
    if not letters:
        raise InputError(f"[{text}] stands for none", where=place, mend=_MEND)
    return letters
