"""A target whose facts are set by their paths: each place of its facts knows where in the evidence it stands."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from auditor.changes.vsphere.plan import UNREAD, NoSetter, NotRead, Plan, Refusal
from auditor.collectors.vsphere.draft import record, rows
from auditor.domain import EMPTY
from auditor.golden.places import steps

Keys = tuple[str, ...]
Set = Callable[[Any, Keys, Any], None]  # target, keys of the path, value
Get = Callable[[Any, Keys], Any]
Remove = Callable[[Any, Keys], None]


class Target:
    """Evidence of one target, by facts. Tables go from place (`services[*].running`) to what is done there."""

    SETS: ClassVar[Mapping[str, Set]] = EMPTY
    GETS: ClassVar[Mapping[str, Get]] = EMPTY
    REMOVES: ClassVar[Mapping[str, Remove]] = EMPTY

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.body = plan.body
        self.version = ""

    @property
    def props(self) -> dict[str, Any]:
        """Properties of the object."""
        found: dict[str, Any] = self.body["props"]
        return found

    def put(self, path: str, value: Any) -> None:
        """Sets a fact in the evidence. Raises Refusal where the target would, NoSetter where no place is known."""
        place, keys = split(path)
        act = self.SETS.get(place)
        if act is None:
            raise NoSetter(path)
        if self.plan.doubt:
            self.plan.vague(path, self.plan.doubt)
            return
        try:
            act(self, keys, value)
        except NotRead as section:
            self.plan.vague(path, UNREAD)
            self.plan.vague(str(section), UNREAD)

    def get(self, path: str) -> Any:
        """The value of a fact in the evidence as it is now; None where it is absent or not known of."""
        place, keys = split(path)
        look = self.GETS.get(place)
        return look(self, keys) if look else None

    def remove(self, path: str) -> None:
        """Takes away what is at a path. Raises Refusal, NoSetter."""
        place, keys = split(path)
        act = self.REMOVES.get(place)
        if act is None:
            raise NoSetter(path)
        if self.plan.doubt:
            self.plan.vague(path, self.plan.doubt)
            return
        try:
            act(self, keys)
        except NotRead as section:
            self.plan.vague(str(section), UNREAD)

    def settle(self) -> None:
        """After the last line: what follows from what is not foretold."""


def split(path: str) -> tuple[str, Keys]:
    """`services[TSM].running` -> (`services[*].running`, (`TSM`,))."""
    place, keys = "", []
    for name, key in steps(path):
        if key:
            place += "[*]"
            keys.append(name)
        else:
            place += f".{name}" if place else name
    return place, tuple(keys)


def members(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list in the evidence, to be changed; nothing where it does not have that form."""
    try:
        yield from (one for one in rows(value) if isinstance(one, dict))
    except TypeError:
        return


def inner(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The object at a way below `data`, made where it is not there."""
    for name in names:
        below = data.get(name)
        if not isinstance(below, dict):
            below = data[name] = {}
        data = below
    return data


def seen(value: Any) -> Mapping[str, Any]:
    """`value` as an object; an empty one where it is none."""
    try:
        return record(value)
    except TypeError:
        return {}


def boolean(value: Any, what: str) -> bool:
    """`value`, when it is true or false. Raises Refusal."""
    if not isinstance(value, bool):
        raise Refusal(f"{what} is true or false, not {str(value)[:40]!r}")
    return value


def choice(value: Any, what: str, *among: str) -> str:
    """`value`, when it is one of these words. Raises Refusal."""
    if value not in among:
        raise Refusal(f"{what} is one of {', '.join(among)}, not {str(value)[:40]!r}")
    return str(value)


def number(value: Any, what: str, least: int, most: int) -> int:
    """`value`, when it is a whole number within bounds. Raises Refusal."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refusal(f"{what} is a whole number from {least} to {most}, not {str(value)[:40]!r}")
    return value


def texts(value: Any, what: str) -> list[str]:
    """`value`, when it is a list of texts. Raises Refusal."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refusal(f"{what} is a list of texts")
    return list(value)
