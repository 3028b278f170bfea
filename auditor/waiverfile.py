"""Loads files of waivers; whatever is wrong in one is said with its line."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from auditor.errors import InputError, InputErrors
from auditor.waivers.form import WaiversForm
from auditor.waivers.model import Waiver
from auditor.yamlfile import read


def load_waivers(path: Path, rules: Iterable[str]) -> tuple[Waiver, ...]:
    """The waivers of a file. A rule that is none of `rules` is an error, a target that nobody knows is none.

    Raises InputError naming file and line.
    """
    document = read(path)
    if not isinstance(document.data, dict) or "waivers" not in document.data:
        raise InputError("this is no file of waivers", where=document.place(()), mend="Begin it with `waivers:`.")
    form, known = document.validate(WaiversForm), set(rules)
    faults: list[InputError] = []
    places: dict[str, int] = {}
    for n, one in enumerate(form.waivers):
        if one.rule not in known:
            near = get_close_matches(one.rule, known, 1)
            mend = f"Did you mean {near[0]!r}?" if near else "`auditor rules list` names them."
            faults.append(document.error(("waivers", n, "rule"), f"no rule is called {one.rule!r}", mend))
        if one.id in places:
            first = document.place(("waivers", places[one.id], "id"))
            faults.append(document.error(("waivers", n, "id"), f"the waiver {one.id} stands at {first} too"))
        places.setdefault(one.id, n)
    if faults:
        raise InputErrors(faults)
    return tuple(one.waiver() for one in form.waivers)
