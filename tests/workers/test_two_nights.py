"""Two scheduled nights of an estate through real Celery workers: a vCenter, a switch, Linux hosts; devices die between.

The schedule is due each minute, so that the nights are real and short: nobody tells the scheduler what time it is.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from auditor.schedules import checked_schedule
from auditor.service.asof import document_at
from auditor.service.stored import document_of
from auditor.store import schedules
from auditor.store.reports import get_report
from auditor.store.sql import table_of
from auditor.store.tables import RunRow, ScheduleSlot
from tests.servers.redis_server import RedisServer
from tests.simulators import estate
from tests.simulators.nxos.device import Device, running
from tests.simulators.vsphere.launch import vcsim
from tests.workers.deployment import Deployment

pytestmark = pytest.mark.needs_go
LINUX = {"web01": "", "web02": "", "db01": ""}
NIGHTLY = {"name": "nightly", "cron": "* * * * *", "zone": "Europe/Paris"}
Verdicts = dict[tuple[str, str, str | None], str]


@contextmanager
def switch() -> Iterator[Device]:
    """A switch that answers until the block ends, from a thread of its own."""
    device, loop = Device(), asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with running(device):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield device
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)


def inventory(folder: Path, device: Device, sim: Any) -> Path:
    """All sources of the estate; no population is declared: what stands behind the vCenter, only runs know."""
    (folder / "ssh").write_text(device.password)
    (folder / "vcenter").write_text(sim.password)
    (folder / "ca.pem").write_bytes(sim.ca_file.read_bytes())
    more = (
        f"  - {{name: vc01, kind: vcenter, address: 127.0.0.1, port: {sim.port}, credential: vc,\n"
        "     tls: {ca_file: ca.pem}, labels: {site: ams}}\n"
        "  - {name: vsm01, kind: nexus1000v, address: 127.0.0.1, labels: {site: ams},\n"
        f"     ssh: {{credential: ssh, port: {device.port}, known_hosts: '{device.known_hosts(folder)}'}}}}\n"
        f"credentials:\n  vc: {{username: '{sim.username}', password: {{file: vcenter}}}}\n"
        f"  ssh: {{username: {device.username}, password: {{file: ssh}}}}\n"
    )
    return estate.write_inventory(folder, LINUX, more)


def a_night(service: Deployment, number: int) -> Any:
    """The run of the schedule's next due time, when it is over; the schedule is paused again."""
    with service.store.writing() as connection:
        schedules.resume(connection, "nightly", "test")
    slots, runs = table_of(ScheduleSlot), table_of(RunRow)

    def begun() -> list[int]:
        with service.store.reading() as connection:
            return list(
                connection.scalars(select(slots.c.run).where(slots.c.run.is_not(None)).order_by(slots.c.due_at))
            )

    service.wait(lambda: len(begun()) >= number, f"begun {number} times")
    with service.store.writing() as connection:
        schedules.pause(connection, "nightly", "test")
    run = begun()[number - 1]
    service.wait_over(run)
    with service.store.reading() as connection:
        return connection.execute(select(runs).where(runs.c.id == run)).one()


def verdicts(document: dict[str, Any]) -> Verdicts:
    """Status per target, rule and subject."""
    return {(f["target"], f["rule"], f["subject"]): f["status"] for f in document["findings"]}


def unread(document: dict[str, Any]) -> set[str]:
    """The targets that were not read."""
    return {one["name"] for one in document["targets"] if one["status"] != "collected"}


@pytest.mark.parametrize(
    "database_url", ["postgresql"], indirect=True
)  # minutes; both databases stand in tests/service
def test_two_nights_with_devices_that_die(
    database_url: str, redis_server: RedisServer, simulated: Path, tmp_path: Path
) -> None:
    """The first night reads all. Then the vCenter and the switch die: in the second night's report each of their
    targets stands, red and with a reason, though nobody had declared them; the state as of the first night stays.
    """
    with ExitStack() as living, Deployment(tmp_path, database_url, redis_server.url, lease=20) as service:
        device, sim = living.enter_context(switch()), living.enter_context(vcsim(hosts=3))
        work = {
            "inventory": str(inventory(tmp_path, device, sim)),
            "baselines": ["linux-kernel", "nexus-1000v", "vsphere-vcenter", "vsphere-host"],
            "formats": ["html", "json", "csv"],
        }
        with service.store.writing() as connection:
            schedules.add(connection, checked_schedule({**NIGHTLY, "work": work}), "test")
            schedules.pause(connection, "nightly", "test")
        service.scheduler()
        service.worker()
        service.worker(1, "--queue", "judge,render")
        first = a_night(service, 1)
        living.close()  # the vCenter and the switch are no more
        second = a_night(service, 2)

        one, two = document_of(service.store, first.name), document_of(service.store, second.name)
        assert (first.state, first.message, unread(one)) == ("done", "", set())
        names = {target["name"] for target in one["targets"]}
        assert {"vc01", "vsm01", *LINUX} < names
        assert {target["name"] for target in two["targets"]} == names
        assert unread(two) == names - set(LINUX)
        listed = [*two["coverage"]["unreachable"], *two["coverage"]["stale"]]
        reasons = {target["target"]: target["reason"] for target in listed}
        assert set(reasons) == unread(two)
        assert all(reasons.values())
        assert second.message == f"{second.population - 3} of {second.population} targets were not read"
        by_target = {name: {status for (one, _, _), status in verdicts(two).items() if one == name} for name in names}
        assert all(by_target[name] <= {"unknown", "notchecked"} for name in unread(two))
        assert all("unknown" in by_target[name] for name in ("vc01", "vsm01"))
        hosts = {key: status for key, status in verdicts(two).items() if key[0] in LINUX}
        assert hosts == {key: status for key, status in verdicts(one).items() if key[0] in LINUX}

        then = document_at(service.store, second.series, first.finished_at + timedelta(seconds=0.5))
        assert verdicts(then) == verdicts(one)
        assert unread(then) == set()
        for run, document in ((first, one), (second, two)):
            for form in ("html", "json", "csv"):
                with service.store.reading() as connection:
                    report = get_report(connection, run.id, form)
                assert report is not None
                content, note = report
                assert content, note
                if form == "json":
                    assert verdicts(orjson.loads(content)) == verdicts(document)
