"""What vCenters show against the population that their sources declare. Pure but for the files of the population."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from auditor.domain import Member, Source
from auditor.errors import InputError, InputErrors
from auditor.inventory.load import default_platform
from auditor.inventory.population import read_population, write_population


@dataclass(frozen=True, slots=True)
class Shown:
    """A source and who it shows now."""

    source: Source
    members: tuple[Member, ...]

    @property
    def added(self) -> list[Member]:
        """Those that are not declared."""
        return [one for one in dict.fromkeys(self.members) if one not in set(self.source.population)]

    @property
    def gone(self) -> list[Member]:
        """Those that are declared and not shown."""
        return [one for one in self.source.population if one not in set(self.members)]

    @property
    def same(self) -> int:
        """How many are both."""
        return len(set(self.members) & set(self.source.population))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A Linux machine that could be a source, by what its own guest tools say."""

    name: str
    address: str
    hostname: str
    behind: str  # source/host


def write(shown: Sequence[Shown], *, remove_gone: bool) -> int:
    """Write the population files that change; how many did. What is gone stays in them unless `remove_gone`.

    Raises InputError, before anything is written, for a source that has no such file.
    """
    changed = [one for one in shown if one.added or (one.gone and remove_gone)]
    faults = [
        InputError(
            f"the source {one.source.name} has no population file",
            mend=f"Write `population: {{file: {one.source.name}.txt}}` at it; the names can then be taken over.",
        )
        for one in changed
        if not one.source.population_file
    ]
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)
    for one in changed:
        file, platform = Path(one.source.population_file), default_platform(one.source.kind)
        uncounted = [name for name in read_population(file, platform) if name not in one.source.population]  # machines
        kept = (*one.members, *uncounted, *(() if remove_gone else one.gone))
        write_population(file, kept, platform, one.source.name)
    return len(changed)


def shared(shown: Sequence[Shown], sources: Sequence[Source]) -> dict[str, list[str]]:
    """Hosts that stand behind more than one source, with those: two vCenters, or one and a source of its own."""
    behind: dict[str, list[str]] = {}
    for one in shown:
        for member in one.members:
            if member.platform == "esxi":
                behind.setdefault(member.name, []).append(one.source.name)
    for source in sources:
        if source.kind == "esxi":
            for name in dict.fromkeys((source.name, source.address)):
                if name in behind:
                    behind[name].append(source.name)
    return {name: found for name, found in behind.items() if len(found) > 1}


def proposals(found: Sequence[Proposal], sources: Sequence[Source]) -> list[Proposal]:
    """Those with an address that no source has, by name or address."""
    known = {text for source in sources for text in (source.name, source.address)}
    return [one for one in found if _is_address(one.address) and not {one.name, one.address, one.hostname} & known]


def _is_address(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified or found.is_link_local)
