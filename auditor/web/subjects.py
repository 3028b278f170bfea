"""Subjects of findings and paths of drift in addresses: as they are, or by their hash where they are too long."""

import hashlib

from auditor.store.history import subject_key

LONGEST = 200  # characters
MARK = "sha256:"


def ref(subject: str | None) -> str:
    """What stands for a subject in an address; "" for none. Of a stored one and of the whole it is the same."""
    column = subject_key(subject)
    if len(column) <= LONGEST and not column.startswith(MARK):
        return column
    return MARK + hashlib.sha256(column.encode("utf-8", "surrogatepass")).hexdigest()[:24]
