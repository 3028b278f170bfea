"""Groups of an Ansible inventory, however they were written: who is in them, and whose variable holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.errors import InputError, Place
from auditor.inventory.importers.entry import MOST, short

BUILT_IN = ("all", "ungrouped")


@dataclass(slots=True)
class Group:
    """One group: its own hosts, the groups in it, its variables as text."""

    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, Place] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tree:
    """The whole of an inventory. `places` is where each host is named first."""

    groups: dict[str, Group] = field(default_factory=lambda: {"all": Group()})
    own: dict[str, dict[str, str]] = field(default_factory=dict)  # variables by host
    places: dict[str, Place] = field(default_factory=dict)

    def group(self, name: str) -> Group:
        """The group, new if need be."""
        return self.groups.setdefault(name, Group())

    def host(self, name: str, group: str, variables: dict[str, str], place: Place) -> None:
        """Put a host into a group; what is said of it later wins."""
        self.group(group).hosts[name] = None
        self.own.setdefault(name, {}).update(variables)
        self.places.setdefault(name, place)
        if len(self.own) > MOST:
            raise InputError(f"more than {MOST:,} hosts", where=place, mend="Import it in parts.")

    def variables(self, host: str, groups: Iterable[str], depth: dict[str, int]) -> dict[str, str]:
        """All that is said of a host: `all` first, then its groups from the outermost in, by name; its own last."""
        found = dict(self.group("all").variables)
        for name in sorted(groups, key=lambda one: (depth[one], one)):
            found.update(self.groups[name].variables)
        return found | self.own[host]

    def memberships(self) -> tuple[dict[str, set[str]], dict[str, int]]:
        """The groups of each host with those around them, and how deep each lies. Raises InputError for a ring."""
        above: dict[str, set[str]] = {name: set() for name in self.groups}
        depth = dict.fromkeys(self.groups, 0)
        for name in self._outermost_first():
            for child in self.groups[name].children:
                above[child] |= above[name] | {name}
                depth[child] = max(depth[child], depth[name] + 1)
        found: dict[str, set[str]] = {host: set() for host in self.own}
        for name, group in self.groups.items():
            for host in group.hosts:
                found[host] |= above[name] | {name}
        return found, depth

    def _outermost_first(self) -> Iterator[str]:
        parents = dict.fromkeys(self.groups, 0)
        for name, group in self.groups.items():
            for child, place in group.children.items():
                if child not in self.groups:
                    mend = f"Write the section [{child}], or take it out."
                    raise InputError(f"there is no group {short(child)}", where=place, mend=mend)
                parents[child] += 1
                if name == child:
                    raise _ring(name, place)
        ready = [name for name, count in parents.items() if not count]
        done = 0
        while ready:
            name = ready.pop()
            done += 1
            yield name
            for child in self.groups[name].children:
                parents[child] -= 1
                if not parents[child]:
                    ready.append(child)
        if done < len(parents):
            name = next(name for name, count in parents.items() if count and self.groups[name].children)
            raise _ring(name, next(iter(self.groups[name].children.values())))


def _ring(name: str, place: Place) -> InputError:
    return InputError(
        f"the group {short(name)} stands inside itself", where=place, mend="Take one of its children out."
    )
