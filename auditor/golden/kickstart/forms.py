"""What a command looks like that is understood, and how its line is read: option by option, or not at all.

A form's `options` are words like these, `!` behind one that must be there, `*` behind one that may come again:
`v|vswitch-name:text!` an option with a value of that kind (`values.KINDS`), `smart` a flag, `firstdisk:text?` a flag
that may have a value behind `=`, `<switch>:text!` an argument. `sets` maps paths of facts to the option that gives the
value, or to `Always(value)`; `{option}` in a path is the value of the option.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from auditor.golden.kickstart.marks import marked
from auditor.golden.kickstart.values import Refused, value

if TYPE_CHECKING:
    from auditor.golden.kickstart.draft import Draft

Given = Mapping[str, Any]  # values by the longest name of their option
_OPTION = re.compile(r"(?P<argument><)?(?P<names>[\w|?-]+)>?(?::(?P<kind>\w+))?(?P<signs>[!*?]*)")
_SHOWN = re.compile(r"--?[a-z][a-z-]{2,40}|-[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Always:
    """A value that does not come from an option."""

    value: Any


@dataclass(frozen=True, slots=True)
class Option:
    """An option, or an argument (`names` is empty). Without a kind it is a flag."""

    key: str
    names: tuple[str, ...]
    kind: str
    needed: bool
    many: bool
    optional: bool = False  # its value


@dataclass(frozen=True)
class Form:
    """A command. `mode`: the option that tells forms with the same words apart. `why`: why there is no fact for it.

    `handled` are options that `apply` sees to (nothing named: all), `quiet` those that are left out on purpose.
    `since` and `until` (exclusive) are the releases whose hosts know it. `example` holds arguments that are accepted.
    """

    words: str
    options: str = ""
    example: str = ""
    sets: Mapping[str, str | Always] = field(default_factory=dict)
    adds: Mapping[str, str | Always] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)
    removes: Sequence[str] = ()
    apply: "Callable[[Draft, Given], None] | None" = None
    why: str = ""
    nothing: bool = False
    handled: str = ""
    quiet: str = ""
    mode: str = ""
    since: str = ""
    until: str = ""

    @cached_property
    def declared(self) -> tuple[Option, ...]:
        """Its options, read."""
        return tuple(_option(one) for one in self.options.split())

    @property
    def paths(self) -> list[str]:
        """Every path of facts that it names."""
        return [*self.sets, *self.adds, *self.takes, *self.removes]

    def uses(self, key: str) -> bool:
        """Whether the value of an option goes anywhere."""
        sources = [*self.sets.values(), *self.adds.values(), *self.takes.values()]
        values = [one for one in sources if isinstance(one, str)]
        if self.apply and not self.handled:
            return True
        named = {*self.handled.split(), *self.quiet.split(), *values}
        return key in named or any(f"{{{key}}}" in path for path in self.paths)


def _option(written: str) -> Option:
    found = _OPTION.fullmatch(written)
    if found is None:
        raise ValueError(f"cannot read the option {written!r}")
    names, signs = found["names"].split("|"), found["signs"]
    options = () if found["argument"] else tuple(f"-{one}" if len(one) == 1 else f"--{one}" for one in names)
    return Option(max(names, key=len), options, found["kind"] or "", "!" in signs, "*" in signs, "?" in signs)


def read(form: Form, words: Sequence[str]) -> dict[str, Any]:
    """The values of the options of a line. Raises Refused with the reason."""
    named = {name: option for option in form.declared for name in option.names}
    places = [option for option in form.declared if not option.names]
    found: dict[str, Any] = {}
    at = 0
    while at < len(words):
        word, at = words[at], at + 1
        if not word.startswith("-") or len(word) == 1 or marked(word.partition("=")[0]):
            _place(places, found, word)
            continue
        if form.words.startswith("esxcfg-") and any(one.key in found for one in places):
            raise Refused("an option behind its arguments")
        name, equals, rest = word.partition("=")
        option = named.get(name)
        if option is None:
            shown = name if _SHOWN.fullmatch(name) else ""
            raise Refused(f"an unknown option {shown}".rstrip())
        if option.key in found and not option.many:
            raise Refused(f"{name} stands twice")
        if not option.kind or (option.optional and not equals):
            if equals:
                raise Refused(f"{name} takes no value")
            found[option.key] = True
            continue
        if not equals:
            if at == len(words) or (words[at].startswith("-") and len(words[at]) > 1):
                raise Refused(f"{name} has no value")
            rest, at = words[at], at + 1
        _keep(found, option, rest, name)
    missing = [option.names[-1] if option.names else f"its {option.key}" for option in form.declared
               if option.needed and option.key not in found]  # fmt: skip
    if missing:
        raise Refused(f"{missing[0]} is missing")
    return found


def _place(places: list[Option], found: dict[str, Any], word: str) -> None:
    option = next((one for one in places if one.many or one.key not in found), None)
    if option is None:
        raise Refused("a word too many")
    _keep(found, option, word, f"its {option.key}")


def _keep(found: dict[str, Any], option: Option, word: str, name: str) -> None:
    try:
        taken = value(option.kind, word)
    except Refused as problem:
        raise Refused(f"{name}: {problem}") from None
    if option.many:
        found.setdefault(option.key, []).append(taken)
    else:
        found[option.key] = taken
