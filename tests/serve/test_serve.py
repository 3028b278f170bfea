"""`auditor serve` on one machine: what it says, what it answers, what it audits, how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.schedules import checked_schedule
from auditor.store import phases, schedules, slots
from auditor.store.engine import Store
from auditor.store.reports import get_report
from tests.api.serving import ask, ready
from tests.cli.running import auditor
from tests.serve.processes import children, until
from tests.serve.service import service, state, until_over
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.service.nights import assert_whole, begun, estate_of

pytestmark = pytest.mark.usefixtures("simulated")


def test_a_service_without_set_up_audits_and_says_so(tmp_path: Path) -> None:
    """From an empty folder to a report: ready, a run of twelve hosts to its end, its figures, an end in order."""
    inventory, names = estate_of(tmp_path, 12)
    with service(tmp_path) as made:
        greeting = made.greeting()
        assert f"sqlite:///{tmp_path}/state/auditor.sqlite" in greeting
        assert "schedules  none: nothing is audited by itself. Add one:" in greeting
        made.until_ready()
        store, run = made.store(), 1
        begun = auditor(
            tmp_path,
            "run",
            "start",
            "-i",
            inventory,
            "-b",
            "linux-kernel",
            "-f",
            "json",
            "--watch",
            env=made.environment,
        )
        assert (begun.status, begun.err) == (0, "")
        assert "done: collect 1/1 judge 1/1 render 1/1; sources: 12 ok" in begun.out
        assert_whole(store, run, names)
        with store.reading() as connection:
            content, _ = get_report(connection, run, "json") or (None, "")
        assert len(json.loads(content or b"{}")["targets"]) == 12
        until(lambda: 'auditor_runs{state="done"} 1.0' in ask(made.port, "/metrics")[2], "the figures of the run")
        assert made.end() == 0
        store.close()
    assert "Traceback" not in made.log()
    assert "killed" not in made.log()


def test_a_due_schedule_is_run_by_itself(tmp_path: Path) -> None:
    """A schedule that is due is begun without anybody asking, and the next start tells when it is due again."""
    inventory, names = estate_of(tmp_path, 2)
    work = {"inventory": str(inventory), "baselines": ["linux-kernel"], "formats": ["json"]}
    plan = {"name": "each-minute", "cron": "* * * * *", "zone": "Europe/Paris", "work": work}
    with service(tmp_path, "--workers", "1") as made:
        store = made.store()
        with store.writing() as connection:
            number = schedules.add(connection, checked_schedule(plan), "a test")
            added = schedules.find(connection, "each-minute")
            schedules.set_decided(connection, number, added.decided_until - timedelta(minutes=1))
        until(lambda: _slots(store, number), "a slot of the schedule", 90)
        with store.reading() as connection:
            open_ = [run for run, _ in phases.open_runs(connection)] or [1]
        until_over(store, open_[0])
        assert_whole(store, open_[0], names)
        store.close()
        assert made.end(signal.SIGINT) == 0
    with service(tmp_path) as again:
        assert re.search(r"each-minute: .*Europe/Paris; next run ", again.greeting())


def _slots(store: Store, number: int) -> list[slots.Slot]:
    with store.reading() as connection:
        return [one for one in slots.slots_of(connection, number) if one.outcome == slots.BEGUN]


def test_a_worker_hands_back_what_it_holds_when_the_service_ends(tmp_path: Path) -> None:
    """SIGTERM while sources are being read: nobody waits for them, and the shard is free for the next start."""
    inventory, names = estate_of(tmp_path, 3, after=8.0)
    with service(tmp_path, env={"AUDITOR_LEASE": "1h"}) as made:
        store = made.store()
        run = begun(store, inventory)
        until(lambda: len((tmp_path / "ledger").read_text().splitlines()) == 3, "three sources to be asked")
        made.process.send_signal(signal.SIGTERM)  # some senders send each twice: that is no impatience
        assert made.end() == 0
        assert "killed" not in made.log()
        with store.reading() as connection:
            assert [one.state for one in phases.shards_of(connection, run, "collect")] == ["pending"]
        (tmp_path / "inventory.yaml").touch()
    with service(tmp_path, env={"AUDITOR_LEASE": "1h"}):
        until_over(store, run)
    assert_whole(store, run, names)
    store.close()


def test_a_second_service_on_the_same_file_does_no_harm(tmp_path: Path) -> None:
    """Two services, four workers, two schedulers, one SQLite file: every target once."""
    inventory, names = estate_of(tmp_path, 30, after=0.05)
    with service(tmp_path) as one, service(tmp_path) as other:
        one.until_ready()
        other.until_ready()
        store = one.store()
        runs = [begun(store, inventory) for _ in range(3)]
        for run in runs:
            until_over(store, run)
            assert_whole(store, run, names)
        store.close()


def test_a_port_in_use_is_one_message_and_status_2(tmp_path: Path) -> None:
    """Nothing is started and nothing is tried on another port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = auditor(tmp_path, "serve", "--port", port)
    assert done.status == 2
    lines = done.err.strip().splitlines()
    assert lines[0] == f"auditor: cannot listen on 127.0.0.1 port {port}: address already in use"
    assert len(lines) == 2
    assert done.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-i", "no.yaml"], "no.yaml: cannot be read"),
        (["-i", "empty.yaml"], "this is not an inventory"),
        (["--log", "xml"], "--log xml is not a form of log"),
        (["--database", "mysql://h/d"], "mysql is no database that is known here"),
        (["--database", "postgresql://u:hunter2@127.0.0.1:1/d"], "the database cannot be reached"),
        (["--host", "no.such.host.example.test"], "there is no address"),
        (["--broker", "amqp://u:hunter2@h"], "is no broker that is known"),
    ],
)
def test_bad_input_ends_it_before_it_begins(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Status 2 with the mend, no child was started, no password shown."""
    (tmp_path / "empty.yaml").write_text("[]\n")
    done = auditor(tmp_path, "serve", "--port", "0", *arguments)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "hunter2" not in done.err
    assert "child" not in done.err


def test_a_postgresql_password_is_seen_nowhere(tmp_path: Path, postgres: Postgres) -> None:
    """Given by a file, the password stands in no argument, no environment, no log, no answer: and the service works."""
    url = postgres.new_database()
    password = url.split(":")[2].split("@")[0]
    (tmp_path / "password").write_text(password + "\n")
    settings = {
        "AUDITOR_DATABASE": url.replace(f":{password}@", "@"),
        "AUDITOR_DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
    }
    inventory, names = estate_of(tmp_path, 2)
    assert auditor(tmp_path, "db", "upgrade", env=settings).status == 0
    with service(tmp_path, "--log", "json", env=settings) as made:
        made.until_ready()
        made.url = url
        store = made.store()
        run = begun(store, inventory)
        until_over(store, run)
        assert_whole(store, run, names)
        family = [made.process.pid, *children(made.process.pid)]
        seen = [Path(f"/proc/{pid}/{place}").read_bytes() for pid in family for place in ("cmdline", "environ")]
        seen += [made.greeting().encode(), ask(made.port, "/health/ready")[2].encode(), made.log().encode()]
        assert len(family) == 5
        assert not [one for one in seen if password.encode() in one]
        store.close()
    assert all(json.loads(line)["event"] for line in made.log().splitlines())


def test_postgresql_without_tables_is_refused_with_the_mend(tmp_path: Path, postgres: Postgres) -> None:
    """Others may use that database: it is brought up to date by a person, not by a start."""
    done = auditor(tmp_path, "serve", "--port", "0", env={"AUDITOR_DATABASE": postgres.new_database()})
    assert done.status == 2
    assert "auditor db upgrade" in done.err


def test_health_tells_of_workers_that_died(tmp_path: Path) -> None:
    """The service answers although every worker is stopped, and the run waits for them."""
    inventory, names = estate_of(tmp_path, 2)
    with service(tmp_path, "--workers", "1") as made:
        made.until_ready()
        (worker,) = made.workers()
        os.kill(worker, signal.SIGSTOP)
        store = made.store()
        run = begun(store, inventory)
        until(lambda: 'kind="collect",state="waiting"} 1.0' in ask(made.port, "/metrics")[2], "a waiting shard")
        assert ready(made.port)[1]["database"] == "well"
        assert state(store, run) == "collecting"
        os.kill(worker, signal.SIGCONT)
        until_over(store, run)
        assert_whole(store, run, names)
        store.close()


def test_a_service_that_others_reach_says_that_nobody_signs_in_in_plain_text(tmp_path: Path) -> None:
    """On another address than the loopback, the greeting warns."""
    with service(tmp_path, "--host", "0.0.0.0") as made:
        made.port_line = r"http://0\.0\.0\.0:(\d+) "
        assert "nobody signs in until public_url" in made.greeting()
    (tmp_path / "b").mkdir()
    with service(tmp_path / "b") as made:
        assert "public_url" not in made.greeting()


def test_a_deployment_with_a_broker_leaves_the_work_to_its_workers(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer
) -> None:
    """With --broker there is no worker here and health says so; with `auditor worker` the run goes through Celery."""
    inventory, names = estate_of(tmp_path, 3)
    where = {"AUDITOR_DATABASE": postgres_url, "AUDITOR_BROKER": redis_server.url}
    assert auditor(tmp_path, "db", "upgrade", env=where).status == 0
    with service(tmp_path, env=where) as made:
        assert "workers    `auditor worker`, through redis://:***@127.0.0.1" in made.greeting()
        until(lambda: ready(made.port)[1]["scheduler"] == "well", "the scheduler")
        assert ready(made.port)[1]["broker"] == "well"
        assert "no worker that can collect is there" in ready(made.port)[1]["workers"]
        assert made.workers() == set()
        store = made.store()
        run = begun(store, inventory)
        command = [sys.executable, "-m", "auditor", "worker", "--concurrency", "1"]
        with (tmp_path / "worker.log").open("wb") as log:
            worker = subprocess.Popen(command, env=made.environment, stdout=log, stderr=log)
        try:
            made.until_ready()
            until_over(store, run)
        finally:
            worker.terminate()
            assert worker.wait(60) == 0
        assert_whole(store, run, names)
        store.close()
