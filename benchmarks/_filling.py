"""A large estate in a store, without asking anybody: targets, findings, drift, waivers, people, written by the
functions that a run writes with, and whatever the product derives from them by the product's own function.

Each target has six verdicts, three of which stand open (fail or unknown): 50,000 targets are 150,000 open findings.
One in fifty was not read, one failing finding in fifty has a waiver beside it, one target in ten differs from a
profile. The first run writes everything; in each later one a hundredth of the targets has other verdicts.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from auditor.access import EVERYTHING, Role, Scope
from auditor.domain import Snapshot
from auditor.service import outlook
from auditor.service.saving import no_fence
from auditor.store import blobs, journal, runs, waivers
from auditor.store.engine import Store, now
from auditor.store.history import TargetResult, Verdict, record_targets
from auditor.store.sql import insert_many, table_of
from auditor.store.tables import RunSource
from auditor.waivers import End, Waiver
from auditor.waivers import Scope as WaiverScope
from tests.store.access.people import person
from tests.web.estates import RULE, drifted, verdict

PLATFORMS = ("vm", "vm", "vm", "vm", "vm", "linux", "linux", "linux", "esxi", "nxos")
SITES = ("ams", "fra", "lon", "nyc", "sin", "syd", "tok", "par", "mad", "dub")
TEAMS = ("net", "virt", "unix", "shop", "pay")
SEVERITIES = ("high", "medium", "medium", "low", "critical", "info", "medium", "high", "low", "medium")
RULES = 60  # of each platform
VERDICTS, OPEN = 6, 3  # of each target
AT_ONCE = 500  # targets in a transaction
ACCEPTED = {
    "id": "W-1",
    "justification": "known",
    "approved_by": "approver",
    "expiration_date": "2030-01-01T00:00:00+00:00",
    "zone": "UTC",
}
LIMITED = Scope.of(site="ams")


def fill(store: Store, targets: int, nights: int = 3) -> list[str]:
    """The names of the runs, the first first. The store has its tables and nothing else."""
    people(store)
    with store.reading() as connection:
        first = now(connection) - timedelta(days=nights, hours=2)
    named = [_night(store, number, targets, first + timedelta(days=number)) for number in range(nights)]
    _paper(store)
    return named


def people(store: Store) -> None:
    """Somebody who sees all of it, and somebody who sees one site."""
    person(store, "lead", Role.AUDITOR, Role.OPERATOR, password=None, scope=EVERYTHING)
    person(store, "ams-lead", Role.AUDITOR, Role.OPERATOR, password=None, scope=LIMITED)


def severity_of(rule: int) -> str:
    """The severity of a rule by its number."""
    return SEVERITIES[rule % len(SEVERITIES)]


def _verdicts(number: int, night: int) -> Iterator[Verdict]:
    platform = PLATFORMS[number % 10]
    changed = night > 0 and number % 100 == night
    for place in range(VERDICTS):
        rule = (number // 10 * VERDICTS + place) % RULES
        status = "pass" if place >= OPEN else "unknown" if (number + place) % 20 == 0 else "fail"
        if changed and place in (0, VERDICTS - 1):
            status = "pass" if place == 0 else "fail"
        one = verdict(f"{platform}-rule-{rule:03d}", status, severity_of(rule), actual=f"{number % 7} of {rule}")
        if status == "fail" and (number + place) % 50 == 7:
            one = Verdict(one.rule, None, status, one.severity, {**one.body, "waiver": ACCEPTED})
        yield one


def result(number: int, night: int, began: datetime) -> TargetResult:
    """What a run of that night found at a target."""
    platform, name = PLATFORMS[number % 10], f"{PLATFORMS[number % 10]}-{number:05d}.example.org"
    read = (number + night // 2) % 50 != 49
    at = began + timedelta(seconds=number % 3000) if read else began
    verdicts = list(_verdicts(number, night))
    if not read:
        verdicts = [Verdict(v.rule, None, "unknown", v.severity, {**v.body, "reason": "not read"}) for v in verdicts]
    labels = {"site": SITES[number // 10 % len(SITES)], "team": TEAMS[number // 100 % len(TEAMS)]}
    facts = {"hostname": name, "kernel": {"release": f"6.1.{number % 40}", "panic": number % 3}, "sshd": {"port": 22}}
    counted = {name: sum(v.status == word for v in verdicts) for name, word in COUNTED}
    waived = sum(v.body["waiver"] is not None for v in verdicts)
    return TargetResult(
        f"source-{number % 400:03d}",
        platform,
        name,
        name,
        number,
        "collected" if read else "unreachable",
        "" if read else f"source-{number % 400:03d} does not answer",
        at,
        {"version": "8.0", "labels": labels, "gaps": [], "group": "", "synthetic": True, "part_of": None},
        Snapshot(name, platform, f"source-{number % 400:03d}", at, facts) if read else None,
        verdicts,
        [drifted(f"golden-{platform}", f"a.path-{number % 30}", str(number % 4))] if read and number % 10 == 3 else [],
        {**counted, "waived": waived if read else 0},
    )


COUNTED = (("passed", "pass"), ("failed", "fail"), ("unknown", "unknown"))


def _night(store: Store, night: int, targets: int, began: datetime) -> str:
    name = f"{began:%Y%m%d-%H%M%S}-{night:04x}"
    with store.writing() as connection:
        run = runs.new_run(connection, name, {"baselines": ["made-up"]}, {}, requested_by="lead", started_at=began)
        series = runs.series_of(connection, run)
    for start in range(0, targets, AT_ONCE):
        results = [result(number, night, began) for number in range(start, min(start + AT_ONCE, targets))]
        with store.writing() as connection:
            record_targets(connection, run, series, results)
    rules = {
        f"{platform}-rule-{rule:03d}": {**RULE, "title": f"Setting {rule} is as it should be", "severity": said}
        for platform in set(PLATFORMS)
        for rule in range(RULES)
        for said in [severity_of(rule)]
    }
    profiles = [{"id": f"golden-{platform}", "targets": []} for platform in sorted(set(PLATFORMS))]
    with store.writing() as connection:
        runs.add_counts(connection, run)
        head = blobs.put_json(connection, {"golden": profiles, "sources": [], "coverage": {"excluded": []}})
        about = {"name": "source", "kind": "linux", "warnings": []}
        given = blobs.put_json(connection, {"source": about, "failures": [], "again": False})
        ended = began + timedelta(hours=1)
        own = {"run": run, "status": "ok", "seconds": 1.0, "attempts": 1, "result": given, "finished_at": ended}
        sources = [{**own, "source": f"source-{number:03d}"} for number in range(min(400, targets))]
        insert_many(connection, table_of(RunSource), sources)
        read = sum((number + night // 2) % 50 != 49 for number in range(targets))
        shown = {"finished_at": ended, "state": "done", "population": targets, "collected": read}
        runs.change_run(connection, run, head=head, rules=blobs.put_json(connection, rules), **shown)
    outlook.remember(store, run, no_fence)
    return name


def _paper(store: Store) -> None:
    """Waivers that wait for a decision, and a journal as it is after months."""
    with store.writing() as connection:
        at = now(connection)
        for number in range(300):
            wanted = Waiver(
                f"W-{number + 1:03d}",
                f"vm-rule-{number % RULES:03d}",
                WaiverScope((f"vm-{number * 10:05d}.example.org",)),
                "It is known, and will be mended.",
                "lead",
                at,
                End(f"{at + timedelta(days=20 + number):%Y-%m-%d}", "UTC"),
            )
            waivers.request(connection, wanted, "lead")
        for number in range(5000):
            journal.append(connection, "lead", "report downloaded", f"run-{number}", {"format": "pdf"})
