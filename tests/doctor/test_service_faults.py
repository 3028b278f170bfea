"""Faults planted in what the service hangs on: each is named, and what its mend says makes it well."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import update
from sqlalchemy.engine import make_url

from auditor.doctor import own, service
from auditor.doctor.database import database_checks
from auditor.doctor.model import well, within
from auditor.settings import settings
from auditor.store.engine import now, open_store
from auditor.store.figures import ALIVE
from auditor.store.migrate import FOLDER, VERSION_TABLE, script_config
from auditor.store.sql import table_of
from auditor.store.tables import WorkerRow
from auditor.store.workers import seen
from tests.doctor.looking import addressed, commands, follow, only, troubles
from tests.serve.processes import until
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.servers.tables import store_with_tables
from tests.sso.mock import provider_there


def older(url: str) -> None:
    """The tables of the release before this one, as its own steps make them."""
    steps = sorted(file.stem.removeprefix("rev_") for file in (FOLDER / "versions").glob("rev_*.py"))
    store, config = open_store(url), script_config()
    with store.engine.connect() as connection:
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, steps[-2])
        connection.commit()
    store.close()


def named(url: str, password: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings for the database, its password in a file."""
    file = folder / "database.password"
    file.write_text(password + "\n")
    said = make_url(url)
    monkeypatch.setenv("AUDITOR_DATABASE", f"postgresql://{said.username}@{said.host}:{said.port}/{said.database}")
    monkeypatch.setenv("AUDITOR_DATABASE_PASSWORD_FILE", str(file))
    return file


@contextmanager
def working(folder: Path, line: str) -> Iterator[None]:
    """A command that stays, such as `auditor worker`, of one process; ended by its own id."""
    command_ = [sys.executable, "-m", *line.split(), "--concurrency", "1"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command_, cwd=folder, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.needs_postgres
def test_a_database_that_lacks_ever_more(
    postgres: Postgres, empty_postgres_url: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password, older tables, read only, rights taken away, down: one after the other, each by its mend."""
    password = str(make_url(empty_postgres_url).password)
    file = named(empty_postgres_url, "wrong", place, monkeypatch)
    base = empty_postgres_url.rpartition("/")[2]
    found = only(addressed())
    assert (found.area, found.state) == ("database", "wrong")
    assert 'password authentication failed for user "auditor"' in found.says
    assert f"into the file {file}" in found.mend
    file.write_text(password)

    older(empty_postgres_url)
    found = only(addressed())
    assert "tables of an older release" in found.says
    assert commands(found.mend) == ["auditor db upgrade"]
    follow(found.mend, place, dict(os.environ))
    assert troubles(addressed()) == []

    with postgres.administrator(base) as administrator:
        for plant, words in (
            (f"ALTER DATABASE {base} SET default_transaction_read_only = on", "it is read only (database setting)"),
            (f"ALTER ROLE auditor IN DATABASE {base} SET default_transaction_read_only = on", "(database user setting"),
            ("REVOKE INSERT ON run, finding FROM auditor", "auditor may not write 2 of its tables"),
        ):
            administrator.execute(plant.encode())
            found = only(addressed())
            assert found.state == "wrong"
            assert words in found.says
            for line in found.mend.splitlines()[1:]:
                administrator.execute(line.encode())
            assert troubles(addressed()) == []

    postgres.stop()
    try:
        found = only(addressed())
        assert "refused" in found.says
        assert "Start it" in found.mend
        assert password not in str(found)
    finally:
        postgres.start()
    assert troubles(addressed()) == []


@pytest.mark.needs_postgres
def test_a_database_that_is_not_there(postgres_url: str) -> None:
    """Another name than any database has: said, with how one is made."""
    found = only(database_checks(make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)))
    assert 'database "nowhere" does not exist' in found.says
    assert "createdb" in found.mend


@pytest.mark.needs_redis
def test_a_broker_that_refuses_forgets_and_is_down(
    redis_server: RedisServer, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password, a memory policy that throws messages away, no server: each named, each by its mend."""
    password = str(make_url(redis_server.url).password)
    file = place / "broker.password"
    file.write_text("wrong")
    monkeypatch.setenv("AUDITOR_BROKER", f"redis://127.0.0.1:{redis_server.port}/0")
    monkeypatch.setenv("AUDITOR_BROKER_PASSWORD_FILE", str(file))
    found = only(addressed())
    assert (found.area, found.state) == ("broker", "wrong")
    assert "refuses the password" in found.says
    assert str(file) in found.mend
    file.write_text(password)
    assert troubles(addressed()) == []

    with redis_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    found = only(addressed())
    assert (found.name, found.state) == ("memory policy", "warn")
    assert "allkeys-lru" in found.says
    follow(found.mend, place, {**os.environ, "REDISCLI_AUTH": password})
    assert troubles(addressed()) == []

    redis_server.stop()
    found = only(addressed())
    assert "does not answer" in found.says
    assert "Start it" in found.mend
    assert password not in str(found)
    redis_server.start()
    assert troubles(addressed()) == []


def test_a_broker_that_accepts_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that takes the connection and never answers is named after a while, not waited for."""
    monkeypatch.setattr(service, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = only(service.broker_checks(f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
    assert (found.state, "does not answer" in found.says) == ("wrong", True)


def test_nobody_works(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces of a worker that died: each kind of work without one is named; the command of the mend starts one."""
    url = f"sqlite:///{place}/auditor.sqlite"
    store = store_with_tables(url)
    with store.writing() as connection:
        seen(connection, "worker-7", "collect,judge,render")
        seen(connection, "scheduler-1", "scheduler")
        connection.execute(update(table_of(WorkerRow)).values(seen_at=now(connection) - 4 * ALIVE))
    found = troubles(database_checks(url))
    kinds = ["worker that can collect", "worker that can judge", "worker that can render"]
    assert [one.name for one in found] == [*kinds, "scheduler"]
    assert {one.state for one in found} == {"wrong"}
    assert "worker-7" in found[0].says
    assert [commands(one.mend) for one in found] == [["auditor worker"]] * 3 + [["auditor scheduler"]]
    with store.writing() as connection:
        seen(connection, "scheduler-1", "scheduler")
    store.close()
    monkeypatch.setenv("AUDITOR_DATABASE", url)
    with working(place, commands(found[0].mend)[0]):
        until(lambda: not troubles(database_checks(url)), "a worker to be seen")


def test_a_key_that_others_may_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of fingerprints is open to all: the mend closes it, and doctor made no key by itself."""
    assert troubles(own.state_checks()) == []
    assert not (place / ".state").exists()
    (place / ".state").mkdir()
    key = place / ".state" / "hmac.key"
    key.write_bytes(b"x" * 32)
    key.chmod(0o644)
    found = only(own.state_checks())
    assert (found.name, found.state) == ("fingerprint key", "wrong")
    assert str(key) in found.says
    follow(found.mend, place)
    assert troubles(own.state_checks()) == []


def test_a_setting_with_a_slip_of_the_finger(place: Path) -> None:
    """A key that is none is named with file and line, and what it may have been meant for."""
    file = place / "auditor.toml"
    file.write_text('organisation = "Example"\nworkerz = 3\n')
    none, checks = own.settings_checks()
    assert none is None
    found = only(checks)
    assert f"{file}:2" in found.says
    assert "workerz" in found.says + found.mend
    assert "workers" in found.mend
    file.write_text(file.read_text().replace("workerz", "workers"))
    assert troubles(own.settings_checks()[1]) == []


@pytest.mark.needs_pango
def test_a_machine_without_fonts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A font set without a font makes PDFs without letters: named with the variable, which the mend takes away."""
    empty = place / "fonts.conf"
    (place / "none").mkdir()
    empty.write_text(f'<?xml version="1.0"?><fontconfig><dir>{place}/none</dir></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(empty))
    found = only(own.paper_checks())
    assert (found.area, found.state) == ("paper", "wrong")
    assert f"FONTCONFIG_FILE is {empty}" in found.says
    assert commands(found.mend) == ["unset FONTCONFIG_FILE"]  # followed in test_all_at_once


def test_a_provider_that_is_another_or_away(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that calls itself otherwise is named, with what it says; one that is away too."""
    (place / "roles.yaml").write_text("- {group: audit-team, role: auditor}\n")
    monkeypatch.setenv("AUDITOR_OIDC_CLIENT_ID", "auditor")
    monkeypatch.setenv("AUDITOR_OIDC_ROLES_FILE", str(place / "roles.yaml"))
    with provider_there() as provider:
        monkeypatch.setenv("AUDITOR_OIDC_ISSUER", provider.issuer + "/")
        found = only(service.sign_on_checks(settings()))
        assert (found.area, found.name, found.state) == ("sign-on", "provider", "wrong")
        assert found.mend.splitlines()[1:] == [provider.issuer]
        monkeypatch.setenv("AUDITOR_OIDC_ISSUER", found.mend.splitlines()[1])
        assert troubles(service.sign_on_checks(settings())) == []
    found = only(service.sign_on_checks(settings()))
    assert provider.issuer in found.says
    assert "does not answer" in found.says
    assert "start it" in found.mend


def test_whatever_hangs_or_breaks_is_a_check(place: Path) -> None:
    """A part that never answers, or a fault of ours, ends neither the doctor nor its process."""

    def hangs() -> list[object]:
        time.sleep(3600)
        raise AssertionError

    def breaks() -> object:
        yield well("broker", "broker", "it answered")
        raise RuntimeError("\x1b[31m" + "x" * 10_000)

    found = only(within(0.2, "database", "database", hangs))  # type: ignore[arg-type]
    assert "no answer within 0 s" in found.says
    first, second = (one.plain() for one in within(30, "broker", "broker", breaks))  # type: ignore[arg-type]
    assert (first.state, second.state) == ("well", "wrong")
    assert len(second.says) <= 500
    assert "\x1b" not in second.says
    hanging = (
        "import time; from auditor.doctor.model import within; print(within(.2, 'a', 'b', lambda: time.sleep(99)))"
    )
    done = subprocess.run([sys.executable, "-c", hanging], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "no answer" in done.stdout) == (0, True), done.stderr
