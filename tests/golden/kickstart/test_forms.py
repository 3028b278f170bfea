"""Every form of every family: its example is accepted, and each way of getting an option wrong is not."""

import shlex

import pytest

from auditor.golden.kickstart import forms as forms_module
from auditor.golden.kickstart.catalogue import FAMILIES
from auditor.golden.kickstart.draft import Draft
from auditor.golden.kickstart.forms import Form, Option
from auditor.golden.kickstart.interpret import NO_FACT, NOTHING, PARTLY, TAKEN, UNREAD, Imported, follow
from auditor.golden.kickstart.values import KINDS, LISTS
from auditor.golden.meaning import meaning_at
from auditor.golden.places import steps

CASES = [(family, form) for family, forms in FAMILIES.items() for form in forms]
NAMES = [f"{form.words} {form.mode}".strip() for _, form in CASES]
WRONG = "@wrong value!"  # fits no kind but text
FREE = {"text", "anything"}


def outcome(family: str, words: list[str]) -> tuple[str, Draft]:
    """What becomes of one command."""
    found = Imported()
    kind, _, _ = follow(found, words, installer=family == "Installer")
    return kind, found.draft


def accepted(form: Form) -> list[str]:
    return [*form.words.split(), *shlex.split(form.example.replace("\\", "\\\\"))]


def written(form: Form) -> list[tuple[int, Option]]:
    """The options of the example with their place in its words."""
    named = {name: option for option in form.declared for name in option.names}
    words = accepted(form)
    return [(n, named[w.partition("=")[0]]) for n, w in enumerate(words) if w.partition("=")[0] in named]


def prepared(family: str, form: Form) -> bool:
    """Whether the example stands for itself: it needs no line before it."""
    return outcome(family, accepted(form))[0] in (TAKEN, PARTLY, NOTHING)


@pytest.mark.parametrize(("family", "form"), CASES, ids=NAMES)
def test_the_example_is_accepted(family: str, form: Form) -> None:
    """The example is read; a form without facts says why, one without setting takes nothing."""
    kind, draft = outcome(family, accepted(form))
    assert kind in (TAKEN, PARTLY, NO_FACT, NOTHING)
    assert (kind == NOTHING) == form.nothing
    assert not (form.nothing or form.why) or not (draft.values or draft.absent)


@pytest.mark.parametrize(("family", "form"), CASES, ids=NAMES)
def test_paths_and_kinds_exist(family: str, form: Form) -> None:
    """Every path that a form names is a fact of the platform, and every kind of value is defined."""
    for path in form.paths:
        way = "".join(f"[{name}]" if key else f".{name}" for name, key in steps(path)).lstrip(".")
        found = meaning_at("esxi", way)
        assert found is not None, path
        assert not found.ignored
    assert {option.kind for option in form.declared} <= {"", *KINDS, *LISTS}
    assert len({option.key for option in form.declared}) == len(form.declared), family


@pytest.mark.parametrize(("family", "form"), CASES, ids=NAMES)
def test_an_option_that_is_wrong_makes_the_line_uninterpreted(family: str, form: Form) -> None:
    """Misspelt, doubled, without its value, with name and value swapped, with a value of another kind: each refused."""
    words, before = accepted(form), outcome(family, accepted(form))
    for n, option in written(form):
        name, equals, _ = words[n].partition("=")
        value = 1 if option.kind and not equals and not option.optional else 0  # words of the value
        rest = words[:n], words[n + 1 + value :]
        changed = [
            [*rest[0], f"{name}x{equals}{words[n].partition('=')[2]}", *words[n + 1 :]],
            [*rest[0], f"--unheard-of={'x'}", *rest[1]],
        ]
        if not option.many:
            changed.append([*words[: n + 1 + value], *words[n:]])
        if value:
            changed += [[*rest[0], name, *rest[1]], [*rest[0], words[n + 1], name, *rest[1]]]
            if option.kind not in FREE:
                changed.append([*rest[0], name, WRONG, *rest[1]])
        if equals and option.kind not in FREE:
            changed.append([*rest[0], f"{name}={WRONG}", *rest[1]])
        if not option.kind or (equals and not option.optional and option.kind):
            changed.append([*rest[0], f"{name}=" if option.kind not in FREE else f"{name}", *rest[1], f"{name}=x=y"])
        for line in changed:
            kind, draft = outcome(family, line)
            assert kind == UNREAD, line
            assert draft.values == {}, line
        kind, draft = outcome(family, [*rest[0], *rest[1]])  # the option and its value are dropped
        if option.needed:
            assert kind == UNREAD, (name, "dropped")
        elif before[0] in (TAKEN, PARTLY) and option.key not in form.quiet.split():
            was = (before[0], before[1].values, list(before[1].absent))
            assert (kind, draft.values, list(draft.absent)) != was, (name, "dropped")


@pytest.mark.parametrize(("family", "form"), CASES, ids=NAMES)
def test_an_argument_that_is_wrong_makes_the_line_uninterpreted(family: str, form: Form) -> None:
    """A word too many, a missing one, and an argument of another kind are refused."""
    words = accepted(form)
    places = [option for option in form.declared if not option.names]
    if any(option.many for option in places):
        return
    assert outcome(family, [*words, WRONG, WRONG, WRONG])[0] == UNREAD
    if places and places[-1].needed:
        assert outcome(family, words[:-1])[0] == UNREAD
        if places[-1].kind not in FREE:
            assert outcome(family, [*words[:-1], WRONG])[0] == UNREAD


def test_an_option_without_meaning_is_told() -> None:
    """What no fact shows is told, with the name of the option, though the rest of the line is taken."""
    found = Imported()
    kind, _, reason = follow(found, shlex.split("esxcli network ip interface set -i vmk1 -m 9000 -e true"))
    assert (kind, "--enabled" in reason) == (PARTLY, True)


def test_a_form_cannot_be_written_wrong() -> None:
    """An option that cannot be read is a fault of the table, found when it is used."""
    with pytest.raises(ValueError, match="cannot read"):
        forms_module._option("a b")
