"""`auditor change verify`: what is now (stored, in a folder, or read from the targets) against what was foretold."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.domain import Target
    from auditor.service.changing.verifying import Key
    from auditor.store.changes import Foretold
    from auditor.store.engine import Store


def perform(
    name: str,
    inventory: Path | None,
    captures: Path | None,
    series: int | None,
    by: str | None,
    database: str | None,
) -> dict[str, Any]:
    """The result, which is kept with the change. Raises InputError."""
    from auditor.cli.saving import open_database, who
    from auditor.pipeline import now
    from auditor.service.changing.checking import Rules, plan_of
    from auditor.service.changing.others import explained
    from auditor.service.changing.verifying import verify
    from auditor.store import changes

    store = open_database(database)
    try:
        with store.reading() as connection:
            change = changes.find(connection, name)
            targets = changes.targets_of(connection, change)
            request = changes.request_of(connection, change)
        found = _now(store, targets, inventory, captures, series)
        rules = Rules(request.get("baselines", ()), request.get("goldens", ()), request.get("tailoring"))
        result = verify(change, targets, found, plan_of(rules, store), now(), by or who())
        with store.writing() as connection:
            result = explained(connection, change, targets, result)
            changes.put_result(connection, change, result, by or who(), who())
    finally:
        store.close()
    return result


def _now(
    store: "Store", targets: list["Foretold"], inventory: Path | None, captures: Path | None, series: int | None
) -> "dict[Key, Target]":
    from auditor.cli.change_check import gathered
    from auditor.service.changing.grounds import stored_targets

    if inventory is None and captures is None:
        with store.reading() as connection:
            wanted = {(one.platform, one.source, one.own) for one in targets}
            found = stored_targets(connection, series, datetime.now(UTC), wanted)
    else:
        if series is not None:
            raise InputError("--series goes with the database", mend="Leave it out, or -i and --from.")
        patterns = sorted({one.source for one in targets})
        found = [one for result in gathered(inventory, captures, patterns).sources for one in result.targets]
    return {(one.platform, one.source, one.own_name): one for one in found}
