"""Facts that are each host's own, and what to do instead of accepting one into a profile of many hosts. Pure."""

from collections.abc import Iterable

from auditor.golden.capture import name_for
from auditor.golden.meaning import Meaning, meaning_of
from auditor.golden.places import above, steps
from auditor.golden.profile import Unset

_SET = "Set {name} of {target} under `customisations` of its source in the inventory."


def is_own(platform: str, path: str) -> bool:
    """Whether a fact, or what it is a part of, is per host by nature: a name, an address, a serial number."""
    found: Meaning | None = meaning_of(platform)
    for name, key in steps(path):
        if found is None:
            return False
        owned = key and found.owns(name)
        found = found.item if key else found.fields.get(name)
        if owned or (found is not None and found.per_host):
            return True
    return False


def set_value(name: str, target: str) -> str:
    """How a host gets its value of a customisation, as a sentence."""
    return _SET.format(name=name, target=target)


def make_own(path: str, target: str) -> str:
    """How a fact of a profile becomes a customisation, and a host gets its value of it."""
    name = name_for(path, ())
    return f"Write `${name}` as its value, and `{name}: {path}` under `customisations`. {set_value(name, target)}"


def waits_for(unset: Iterable[Unset], path: str, target: str) -> tuple[str, str] | None:
    """(what, mend) where a fact is not compared because its customisation has no value for the host; None: it is."""
    for one in unset:
        if path and path in above(one.path):
            return f"{one.path} is a customisation, ${one.name}, without a value for {target}", set_value(
                one.name, target
            )
    return None
