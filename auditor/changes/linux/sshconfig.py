"""What sshd takes of its files: the first value outside Match blocks, and for a connection that of its blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.changes.linux.sshwords import ONE_EACH, canonical
from auditor.collectors.linux.config import Lines
from auditor.collectors.linux.sections.ssh_files import Place, walk

_ALL_COUNT = {
    *(ONE_EACH - {"setenv"}),
    "port",
    "listenaddress",
    "hostkey",
    "hostcertificate",
    "subsystem",
    "logverbose",
}
# OpenSSH 9.2 takes the last line of these, others take the first.
UNSURE = {"maxstartups", "persourcemaxstartups", "persourcenetblocksize"}
Values = dict[str, list[tuple[str, Place]]]  # by keyword: arguments of the lines that count, and where they stand


@dataclass(slots=True)
class Configuration:
    """The files of sshd, walked once."""

    lines: list[tuple[Place, Place | None, str, str]]
    criteria: dict[Place, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Mapping[str, Lines]) -> "Configuration":
        """All lines in the order of sshd. Raises NotFollowed."""
        found = cls([])
        for place, block, key, value in walk(texts):
            if key == "match":
                found.criteria[place] = value
            elif name := canonical(key):
                found.lines.append((place, block, name, value))
        return found

    def general(self) -> Values:
        """What counts outside Match blocks; of `Match all` a bare `sshd -T` knows as well."""
        return self._taken(lambda criteria: criteria.strip().lower() == "all")

    def of_connection(self, holds: Callable[[str], bool]) -> Values:
        """What counts for a connection that the blocks with these criteria hold for."""
        return self._taken(holds)

    def _taken(self, holds: Callable[[str], bool]) -> Values:
        asked = {place: holds(criteria) for place, criteria in self.criteria.items()}
        outside: Values = {}
        inside: Values = {}
        for place, block, key, value in self.lines:
            if block is None:
                _take(outside, key, value, place)
            elif asked.get(block, False):
                _take(inside, key, value, place)
        return outside | inside


def _take(values: Values, key: str, value: str, place: Place) -> None:
    if key in _ALL_COUNT or key in UNSURE:
        values.setdefault(key, []).append((value, place))
    else:
        values.setdefault(key, [(value, place)])
