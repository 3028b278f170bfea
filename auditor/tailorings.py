"""Finds, loads and checks tailorings: a name that means nothing is an error, never an entry without effect."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor.errors import InputError, InputErrors
from auditor.library import LoadedBaseline, tailoring_file
from auditor.rulebook.schema import Baseline
from auditor.rulebook.tailoring import Tailoring
from auditor.yamlfile import Document, Loc, read


@dataclass(frozen=True, slots=True)
class LoadedTailoring:
    """A tailoring with its file. `digest` is the SHA-256 of the file's bytes."""

    tailoring: Tailoring
    document: Document
    digest: str


def load_tailoring(name: str) -> LoadedTailoring:
    """The tailoring in a file, or the one of that name in a content folder. Raises InputError naming file and line."""
    path = tailoring_file(name)
    document = read(path)
    if not isinstance(document.data, dict) or "tailoring" not in document.data:
        raise InputError("this is no tailoring", where=document.place(()), mend="Begin it with `tailoring: NAME`.")
    return LoadedTailoring(document.validate(Tailoring), document, hashlib.sha256(path.read_bytes()).hexdigest())


def verify(loaded: LoadedTailoring, baselines: Iterable[LoadedBaseline]) -> None:
    """Raises InputErrors for each name that means no rule, baseline or parameter, and each value of a wrong type."""
    known = {one.id: one.baseline for one in baselines}
    rules = [rule.id for one in known.values() for rule in one.rules]
    tailoring, document = loaded.tailoring, loaded.document
    named: list[tuple[str, Loc]] = [
        *((one, ("only", n)) for n, one in enumerate(tailoring.only)),
        *((one, ("rules", one)) for one in tailoring.rules),
    ]
    faults = [
        document.error(loc, f"no rule is called {pattern!r}", _close(pattern, rules))
        for pattern, loc in named
        if not any(fnmatchcase(rule, pattern) for rule in rules)
    ]
    for name, value in tailoring.parameters.items():
        faults += _parameter_faults(document, known, name, value)
    if faults:
        raise InputErrors(faults)


def _parameter_faults(document: Document, known: Mapping[str, Baseline], name: str, value: Any) -> list[InputError]:
    baseline, _, own = name.rpartition("/")
    if baseline and baseline not in known:
        return [document.error(("parameters", name), f"there is no baseline {baseline!r}", _close(baseline, known))]
    places = [known[baseline]] if baseline else list(known.values())
    declared = [one.parameters[own] for one in places if own in one.parameters]
    if not declared:
        names = [parameter for one in places for parameter in one.parameters]
        return [document.error(("parameters", name), f"no rule has a parameter {own!r}", _close(own, names))]
    try:
        for parameter in declared:
            parameter.check(value)
    except ValueError as problem:
        return [document.error(("parameters", name), f"{name}: {problem}", f"It means: {declared[0].title}.")]
    return []


def _close(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"Did you mean {near[0]!r}?" if near else "`auditor rules list` and `auditor rules show` name them."


def tailoring_entry(loaded: LoadedTailoring | None) -> dict[str, Any] | None:
    """What the audit document says of its tailoring; None without one."""
    if loaded is None:
        return None
    tailoring = loaded.tailoring
    return {
        "id": tailoring.tailoring,
        "title": tailoring.title,
        "file": Path(loaded.document.file).name,
        "sha256": loaded.digest,
        "only": tailoring.only,
        "parameters": tailoring.parameters,
        "rules": {name: one.model_dump(mode="json", exclude_unset=True) for name, one in tailoring.rules.items()},
    }
