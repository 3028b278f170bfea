"""Ten faults at once in one set-up: one run of `auditor doctor` names all, and after its mends it finds none."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.engine import make_url

from auditor.store.engine import now, open_store
from auditor.store.figures import ALIVE
from auditor.store.migrate import upgrade
from auditor.store.sql import table_of
from auditor.store.tables import WorkerRow
from auditor.store.workers import seen
from tests.cli.running import auditor
from tests.doctor.looking import commands, switch
from tests.doctor.test_source_faults import REFUSAL, tree
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.simulators.linux.plain_sshd import PlainSshd
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device
from tests.simulators.vsphere.fake import FakeSim, FakeVCenter
from tests.sso.mock import MockProvider, provider_there

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_sshd, pytest.mark.needs_pango]


@dataclass
class Estate:
    """What runs, and what the service is told of it."""

    folder: Path
    postgres: Postgres
    url: str
    redis: RedisServer
    device: Device
    vcenter: FakeSim
    host: PlainSshd
    provider: MockProvider
    environment: dict[str, str]

    def inventory(self, tls: str) -> None:
        """A switch, a vCenter and a Linux host."""
        (self.folder / "inventory.yaml").write_text(
            f"credentials:\n  vsm: {{username: {self.device.username}, password: {{file: vsm.password}}}}\n"
            f"  vc: {{username: '{self.vcenter.username}', password: {{env: VC_PASSWORD}}}}\n"
            f"  spare: {{username: '{self.vcenter.username}', password: {{env: SPARE_PASSWORD}}}}\n"
            f"  key: {{username: {self.host.username}, key_file: {self.host.key}}}\nsources:\n"
            f"  - {{name: vsm01, kind: nexus1000v, address: 127.0.0.1, "
            f"ssh: {{credential: vsm, port: {self.device.port}, known_hosts: switches}}}}\n"
            f"  - {{name: vc01, kind: vcenter, address: 127.0.0.1, port: {self.vcenter.port}, credential: vc, {tls}}}\n"
            f"  - {{name: web01, kind: linux, address: 127.0.0.1, port: {self.host.port}, credential: key, "
            f"known_hosts: hosts}}\n"
            f"  - {{name: vc02, kind: vcenter, address: 127.0.0.1, port: {self.vcenter.port}, credential: spare, "
            f"tls: {{ca_file: '{self.vcenter.ca_file}'}}}}\n"
        )

    def doctor(self) -> tuple[int, dict[str, Any]]:
        """Status, and what is in trouble by name: (state, words, mend)."""
        done = auditor(self.folder, "doctor", "-i", "inventory.yaml", "-f", "json", env=self.environment)
        assert done.err == ""
        found = json.loads(done.out)
        assert all(list(one) == ["area", "name", "state", "says", "mend"] for one in found)
        bad = [one for one in found if one["state"] in ("wrong", "warn") and one["name"] != "clock"]
        names = {one["name"]: (one["state"], one["says"], one["mend"]) for one in bad}
        assert len(names) == len(bad)
        return done.status, names


@contextmanager
def estate(folder: Path, postgres: Postgres, url: str, redis: RedisServer) -> Iterator[Estate]:
    """All of it runs, and nothing is wrong yet but the clock of the machine."""
    with ExitStack() as stack:
        device = stack.enter_context(switch(Device()))
        vcenter = stack.enter_context(FakeVCenter(hosts=1))
        host = stack.enter_context(PlainSshd(Path(stack.enter_context(TemporaryDirectory()))))
        provider = stack.enter_context(provider_there())
        said = make_url(url)
        for name, text in (
            ("database.password", said.password),
            ("broker.password", make_url(redis.url).password),
            ("vsm.password", device.password),
            ("switches", device.known_hosts(folder).read_text()),
            ("roles.yaml", "- {group: audit-team, role: auditor}\n"),
        ):
            (folder / name).write_text(str(text))
        environment = {
            "AUDITOR_DATABASE": f"postgresql://{said.username}@{said.host}:{said.port}/{said.database}",
            "AUDITOR_DATABASE_PASSWORD_FILE": str(folder / "database.password"),
            "AUDITOR_BROKER": f"redis://127.0.0.1:{redis.port}/0",
            "AUDITOR_BROKER_PASSWORD_FILE": str(folder / "broker.password"),
            "AUDITOR_OIDC_ISSUER": provider.issuer,
            "AUDITOR_OIDC_CLIENT_ID": "auditor",
            "AUDITOR_OIDC_ROLES_FILE": str(folder / "roles.yaml"),
            "VC_PASSWORD": vcenter.password,
        }
        yield Estate(folder, postgres, url, redis, device, vcenter, host, provider, environment)


def plant(all_: Estate) -> None:
    """Ten faults."""
    all_.inventory("tls: {}")  # 1 a certificate that nobody vouches for; 2 SPARE_PASSWORD is not set
    (all_.folder / "hosts").write_text("")  # 3 a host key that is not known
    all_.device.answers["show feature"] = REFUSAL  # 4 a role that refuses
    store = open_store(all_.url)
    upgrade(store)
    with store.writing() as connection:  # 5 nobody has made reports for an hour
        seen(connection, "worker-7", "render")
        connection.execute(update(table_of(WorkerRow)).values(seen_at=now(connection) - 40 * ALIVE))
        seen(connection, "worker-8", "collect,judge")
        seen(connection, "scheduler-1", "scheduler")
    store.close()
    base = all_.url.rpartition("/")[2]
    with all_.postgres.administrator() as administrator:  # 6 a database that takes nothing
        administrator.execute(f"ALTER DATABASE {base} SET default_transaction_read_only = on".encode())
    with all_.redis.client() as client:  # 7 a broker that forgets
        client.config_set("maxmemory-policy", "allkeys-lru")
    key = all_.folder / ".state" / "hmac.key"  # 8 a key for everybody
    key.parent.mkdir()
    key.write_bytes(os.urandom(32))
    key.chmod(0o644)
    (all_.folder / "fonts.conf").write_text('<?xml version="1.0"?><fontconfig><dir>/nonexistent</dir></fontconfig>')
    all_.environment["FONTCONFIG_FILE"] = str(all_.folder / "fonts.conf")  # 9 no fonts
    all_.environment["AUDITOR_OIDC_ISSUER"] = all_.provider.issuer + "/"  # 10 another name than it has


def mend(all_: Estate, found: dict[str, Any]) -> None:
    """Do what the mends say: commands as they stand, other lines where they belong."""
    environment = {**os.environ, **all_.environment, "REDISCLI_AUTH": str(make_url(all_.redis.url).password)}
    for name, (_, _, words) in found.items():
        for command in commands(words):
            if command.startswith("unset "):
                del all_.environment[command.split()[1]]
            elif command != "auditor worker":
                subprocess.run(["sh", "-c", command], cwd=all_.folder, env=environment, check=True, capture_output=True)
        for line in words.splitlines():
            if line.startswith("ALTER DATABASE"):
                with all_.postgres.administrator() as administrator:
                    administrator.execute(line.encode())
            elif line.startswith("rule "):
                command = line.partition(" permit command ")[2]
                all_.device.answers[command] = texts.answers()[command]
            elif line.startswith("tls: "):
                all_.inventory(line)
            elif line.startswith("export "):
                all_.environment[line.removeprefix("export ").partition("=")[0]] = all_.vcenter.password
        if name == "provider":
            all_.environment["AUDITOR_OIDC_ISSUER"] = words.splitlines()[-1]
    store = open_store(all_.url)
    with store.writing() as connection:  # test_service_faults starts a worker by its mend; here a sign of one will do
        seen(connection, "worker-9", "collect,judge,render")
    store.close()


def test_ten_at_once(place: Path, postgres: Postgres, postgres_url: str, redis_server: RedisServer) -> None:
    """One run names all ten and changes no file; after their mends the next one finds nothing, with status 0."""
    with estate(place, postgres, postgres_url, redis_server) as all_:
        plant(all_)
        before = tree(place)
        status, found = all_.doctor()
        assert status == 1
        assert tree(place) == before
        wanted = {
            "fingerprint key": ("wrong", "hmac.key: the key file can be read by others"),
            "PDF": ("wrong", "there is no font"),
            "database": ("wrong", "it is read only"),
            "worker that can render": ("wrong", "the last (worker-7) was seen"),
            "memory policy": ("warn", "allkeys-lru"),
            "provider": ("wrong", "calls itself by another name than oidc_issuer"),
            "inventory": ("wrong", "the environment variable SPARE_PASSWORD is not set"),
            "vsm01": ("warn", "refuses show feature"),
            "vc01": ("wrong", "the TLS certificate was not accepted"),
            "web01": ("wrong", "its host key is not known"),
        }
        assert set(found) == set(wanted)
        for name, (state, words) in wanted.items():
            assert found[name][0] == state, name
            assert words in found[name][1], name
            assert found[name][2], name
        mend(all_, found)
        status, found = all_.doctor()
        assert (status, found) == (0, {})
