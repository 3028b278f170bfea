"""The document of what somebody chose, put together from the store."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from auditor.access import Reach
from auditor.service.asof import found_at
from auditor.service.downloads.choice import Choice, Period, State
from auditor.service.downloads.cut import Cut
from auditor.service.downloads.framework import by_framework
from auditor.service.downloads.period import period_of
from auditor.service.stored import Document
from auditor.service.within import chosen_of, closed, document_cut, population_of
from auditor.store import runs
from auditor.store.engine import Store
from auditor.store.listing.labels import allowed_of
from auditor.store.runs import Seen

Step = Callable[[str, int, int], None]


def document_for(store: Store, choice: Choice, reach: Reach, step: Step = lambda stage, done, of: None) -> Document:
    """The document: audit.json of a run, of the last run of a period with `period`, or of the state at a moment.

    `selection` says what part it is of, where it is one. `step` is told how far it is (stage, done, of). Raises
    InputError, StoreError, and what `step` raises.
    """
    cut = choice.cut(reach)
    if isinstance(choice.when, State):
        document = _state(store, choice.when, cut)
    else:
        with store.reading() as connection:
            run = runs.find_run(connection, choice.run)
        document = document_cut(store, run, cut)
    step("selecting", 0, 1)
    if isinstance(choice.when, Period):
        section = period_of(store, choice.when, choice.framework, cut, document, step)
        document = {**document, "period": section}
    if choice.framework:
        if "selection" not in document:
            population = document["coverage"]["population"]
            document = {**document, "selection": cut.entry(population, population)}
        document = by_framework(document, choice.framework)
    return document


def _state(store: Store, when: State, cut: Cut) -> Document:
    population = 0

    def only(connection: Connection, seen: Sequence[Seen]) -> Sequence[Seen]:
        nonlocal population
        within = allowed_of(connection, cut.reach, [one.target for one in seen])
        allowed = [one for one in seen if one.target in within]
        population = population_of(allowed)
        inside = chosen_of(connection, cut, allowed)
        return [one for one in allowed if one.target in inside]

    found = found_at(store, when.series, when.at, only=None if cut.everything else only)
    return found.document if cut.everything else closed(found.document, found.seen, cut, population)
