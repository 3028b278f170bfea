"""How a source ended, as plain data without secrets, and back: so much that a run can be judged without its inventory.

Schema 1: {schema, source: {name, kind, address, labels, warnings, accounts, population, customisations, deadline},
failures: [{target, platform, reason, kind}], again: whether it is to be asked once more in this run}.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.domain import Capture, Credential, Failure, Member, Source
from auditor.evidence.captures import canonical
from auditor.inventory.load import default_platform
from auditor.pipeline import distinct
from auditor.store.collected import SourceRow, fit
from auditor.store.sql import clean

SCHEMA = 1
HEALS = frozenset({"timeout", "lost", "unreachable"})  # what another try may mend; a refused login never is one


def result_of(source: Source, failures: Sequence[Failure], *, again: bool = False) -> dict[str, Any]:
    """A source and how it failed, as plain data."""
    return {
        "schema": SCHEMA,
        "source": {
            "name": source.name,
            "kind": source.kind,
            "address": source.address,
            "labels": dict(source.labels),
            "warnings": list(source.warnings),
            "accounts": list(dict.fromkeys(one.username for one in source.credentials.values() if one.username)),
            "population": [[one.name, one.platform] for one in source.population],
            "customisations": {target: dict(values) for target, values in source.customisations.items()},
            "deadline": source.deadline,
        },
        "failures": [
            {
                "target": None if one.target is None else fit(one.target),
                "platform": one.platform or (default_platform(source.kind) if one.target is not None else None),
                "reason": clean(one.reason),
                "kind": one.kind,
            }
            for one in failures
        ],
        "again": again,
    }


def source_of(result: Mapping[str, Any]) -> Source:
    """The source of a result: as it was when it was asked, without secrets and without options."""
    kept = result["source"]
    return Source(
        name=kept["name"],
        kind=kept["kind"],
        address=kept["address"],
        credentials={str(n): Credential("", account) for n, account in enumerate(kept["accounts"])},
        labels=kept["labels"],
        warnings=tuple(kept["warnings"]),
        population=tuple(Member(name, platform) for name, platform in kept["population"]),
        customisations=kept["customisations"],
        deadline=kept["deadline"],
    )


def failures_of(result: Mapping[str, Any]) -> list[Failure]:
    """The failures of a result."""
    name = result["source"]["name"]
    return [Failure(name, one["reason"], one["target"], one["platform"], one["kind"]) for one in result["failures"]]


def storable(captures: Iterable[Capture], source: str) -> tuple[list[Capture], list[Failure]]:
    """The captures under names that a key can hold, each once; one that is no JSON becomes a failure."""
    kept, failures = [], []
    for capture in distinct(replace(one, target=fit(one.target)) for one in captures):
        try:
            canonical(capture.body)
        except (TypeError, ValueError) as problem:
            reason = f"its answer cannot be kept: {clean(str(problem), 300)}"
            failures.append(Failure(source, reason, capture.target, capture.platform, "unreadable"))
        else:
            kept.append(capture)
    return kept, failures


def heals(failures: Iterable[Failure]) -> bool:
    """Whether asking the source again may help: it failed as a whole, by nothing that asking again makes worse.

    A login that was refused is never tried twice in one run: accounts lock.
    """
    listed = list(failures)
    general = [one for one in listed if one.target is None]
    return bool(general) and all(one.kind in HEALS for one in general) and all(one.kind != "refused" for one in listed)


def merged(before: Sequence[Failure], after: Sequence[Failure], captured: set[tuple[str, str]]) -> list[Failure]:
    """The failures of a source that was asked twice: what the last try says of the whole, and of each target the last
    word that was said, unless it was read in one of the tries (`captured`: platform and name of those). Both lists
    come from results, where every target has its platform.
    """
    last = {(one.platform, one.target): one for one in (*before, *after) if one.target is not None}
    general = [one for one in after if one.target is None]
    return [*general, *(one for key, one in last.items() if key not in captured)]


def status_of(failures: Sequence[Failure], captures: int) -> str:
    """ok | partial | failed, as in a report's table of sources."""
    if not failures:
        return "ok"
    return "partial" if captures else "failed"


def row_of(
    source: Source, failures: Sequence[Failure], captures: int, seconds: float, attempts: int, *, again: bool
) -> SourceRow:
    """The row of a source that ended so."""
    result = result_of(source, failures, again=again)
    return SourceRow(source.name, status_of(failures, captures), round(seconds, 3), attempts, result)
