"""Changes checked and verified over the store: what the command line does with the database, for the service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.access import Reach
from auditor.changes.candidate import Candidate
from auditor.changes.check import Asked, Checked, check
from auditor.domain import Severity, Target
from auditor.goldens import load_golden
from auditor.library import load_baselines
from auditor.pipeline import Plan, now, run_id
from auditor.selection import choose, reached_rules
from auditor.service.changing.grounds import MOST, stored_grounds, stored_targets
from auditor.service.changing.others import explained
from auditor.service.changing.verifying import Key, verify
from auditor.service.profiles import approved_names, for_run
from auditor.store import changes
from auditor.store.changes import Change
from auditor.store.engine import Store
from auditor.store.waivers import waivers_in_force
from auditor.tailorings import load_tailoring
from auditor.waiverfile import load_waivers


@dataclass(frozen=True, slots=True)
class Rules:
    """By what both sides are judged; `waivers` is a file beside those of the store."""

    baselines: Sequence[str] = ()
    goldens: Sequence[str] = ()
    tailoring: str | None = None
    waivers: Path | None = None

    def entry(self) -> dict[str, Any]:
        """As it is kept with the change."""
        return {"baselines": list(self.baselines), "goldens": list(self.goldens), "tailoring": self.tailoring}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A check over stored readings."""

    targets: Sequence[str]
    candidate: Candidate
    by: str
    rules: Rules = Rules()
    ticket: str = ""
    fail_on: Severity = Severity.HIGH
    max_age: timedelta = timedelta(hours=24)
    force: bool = False
    series: int | None = None


def check_stored(store: Store, wanted: Wanted, reach: Reach | None = None, most: int = MOST) -> Checked:
    """Check it for what lies in reach; nothing is kept. Raises InputError, ConflictError."""
    plan = plan_of(wanted.rules, store)
    with store.reading() as connection:
        grounds = stored_grounds(connection, wanted.series, wanted.targets, datetime.now(UTC), reach, most)
    at = now()
    more = (wanted.by, wanted.ticket, wanted.fail_on, wanted.max_age, wanted.force, __version__)
    sources = list({one.source.name: one.source for one in grounds.bases}.values())
    asked = Asked(run_id(at), at, *more)
    return check(grounds.bases, wanted.candidate, replace(plan, sources=sources), asked, grounds.estate)


def verify_stored(store: Store, change: Change, by: str) -> dict[str, Any]:
    """Hold a change against what was read last; nothing is kept. Raises InputError."""
    with store.reading() as connection:
        targets = changes.targets_of(connection, change)
        request = changes.request_of(connection, change)
        wanted = {(one.platform, one.source, one.own) for one in targets}
        those = stored_targets(connection, request.get("series"), datetime.now(UTC), wanted)
        found: dict[Key, Target] = {(one.platform, one.source, one.own_name): one for one in those}
    rules = Rules(request.get("baselines", ()), request.get("goldens", ()), request.get("tailoring"))
    result = verify(change, targets, found, plan_of(rules, store), now(), by)
    with store.reading() as connection:
        return explained(connection, change, targets, result)


def plan_of(rules: Rules, store: Store) -> Plan:
    """The rules, golden profiles and waivers of a check. Raises InputError."""
    tailored = load_tailoring(rules.tailoring) if rules.tailoring else None
    at = datetime.now(UTC)
    with store.reading() as connection:
        approved = approved_names(connection, rules.goldens)
        golden = {one.id: one for one in for_run(connection, sorted(approved), at)}
    profiles = tuple(golden[name] if name in golden else load_golden(name) for name in rules.goldens)
    library = load_baselines()
    chosen = choose(rules.baselines, tailored, library)
    known = {rule.id for one in library.values() for rule in one.baseline.rules} | reached_rules(chosen)
    accepted = load_waivers(rules.waivers, known) if rules.waivers else ()
    waivers = (*accepted, *waivers_in_force(store, at))
    return Plan((), chosen, chosen_by_name=bool(rules.baselines), tailoring=tailored, goldens=profiles, waivers=waivers)
