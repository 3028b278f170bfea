"""What an import cannot know, in a small YAML file of the user: kinds, credentials, keys of new entries."""

from pathlib import Path
from typing import Any

from pydantic import Field

from auditor.collectors import kinds as known_kinds
from auditor.inventory.model import Part
from auditor.yamlfile import read

IGNORE = "ignore"


class Mapping(Part):
    """`--mapping FILE`.

    `kinds`: kind of source by Ansible group, or NetBox platform, role or device type; `ignore` leaves such ones out.
    `credentials`: credential by `ansible_user`. `labels`: NetBox field or Ansible variable to label.
    `new`: keys by kind of source, for entries that are not in the inventory yet.
    """

    kinds: dict[str, str] = Field(default_factory=dict)
    credentials: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] | None = None
    new: dict[str, dict[str, Any]] = Field(default_factory=dict)


def read_mapping(path: Path | None) -> Mapping:
    """The mapping in `path`, or one that maps nothing. Raises InputError or InputErrors."""
    if path is None:
        return Mapping()
    document = read(path)
    found = document.validate(Mapping, document.data or {})
    known = known_kinds()
    for key, kind in found.kinds.items():
        if kind not in (*known, IGNORE):
            mend = f"Known kinds: {', '.join(known)}; {IGNORE!r} leaves them out."
            raise document.error(("kinds", key), f"unknown kind of source {kind!r}", mend)
    for kind, keys in found.new.items():
        if kind not in known:
            raise document.error(("new", kind), f"unknown kind of source {kind!r}", f"Known kinds: {', '.join(known)}.")
        for key in keys:
            if key in ("name", "kind", "address"):
                raise document.error(("new", kind, key), f"{key!r} is said by the import", "Leave it out.")
    return found
