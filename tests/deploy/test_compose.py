"""The compose file. No engine runs it here; what its containers would be started with is run as it stands."""

import os
import re
import socket
import subprocess
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as NotThereError
from ruamel.yaml import YAML

from auditor.settings.load import load
from auditor.store.shards import KINDS
from tests.conftest import program
from tests.deploy.commands import KNOWN, ROOT, check

COMPOSE: dict[str, Any] = YAML(typ="safe").load(StringIO((ROOT / "deploy" / "compose.yaml").read_text()))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if "auditor" in one["image"]}


def test_containers_may_do_little() -> None:
    """None is root, gains rights, has a capability or writes to its image; only the API is called, from here alone."""
    for name, one in SERVICES.items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert int(one["user"].split(":")[0]) > 0, name
        assert not {"privileged", "cap_add", "network_mode", "pid"} & set(one), name
        assert re.fullmatch(r"\$\{\w+:-[a-z]+(/[a-z]+)?:[\w.-]+\}", one["image"]), name
    assert {name for name, one in SERVICES.items() if "ports" in one} == {"api"}
    assert SERVICES["api"]["ports"] == ["127.0.0.1:8000:8000"]
    assert COMPOSE["networks"]["inner"]["internal"] is True
    assert {name for name, one in SERVICES.items() if "outer" in one["networks"]} == {"api", "scheduler", "collect"}


def test_no_password_stands_in_it() -> None:
    """Secrets are files of their own that are not part of the project; no variable has a value that is one."""
    assert all(set(one) == {"file"} for one in COMPOSE["secrets"].values())
    assert not (ROOT / "deploy" / "secrets").exists()
    for one in SERVICES.values():
        for key, value in one.get("environment", {}).items():
            assert not re.search("PASSWORD|KEY|SECRET", key) or value.startswith("/run/secrets/"), key


def test_commands_and_variables_are_ours() -> None:
    """Commands are taken, variables are settings with values that hold, and every kind of work has a worker."""
    assert set(OURS) == {"migrate", "api", "scheduler", "collect", "judge"}
    queues = []
    for one in OURS.values():
        check(one["command"])
        said = {key: value for key, value in one["environment"].items() if "${" not in value}
        assert set(one["environment"]) <= KNOWN
        load(said)
        if "--queue" in one["command"]:
            queues += one["command"][one["command"].index("--queue") + 1].split(",")
    assert sorted(queues) == sorted(KINDS)


def script_of(one: dict[str, Any], secrets: Path) -> list[str]:
    """The entry point of a service as its engine starts it, with the secrets' folder elsewhere."""
    return [word.replace("$$", "$").replace("/run/secrets", str(secrets)) for word in one["entrypoint"]]


def test_the_key_reaches_the_service_and_arguments_stay_whole(tmp_path: Path) -> None:
    """The entry point hands the key of fingerprints over by the environment, and replaces itself by the command."""
    (tmp_path / "hmac-key").write_text("a key of this test alone\n")
    fake = tmp_path / "auditor"
    fake.write_text('#!/bin/sh\necho "$$ $AUDITOR_HMAC_KEY"; printf "[%s]" "$@"\n')
    fake.chmod(0o755)
    command = [*script_of(SERVICES["judge"], tmp_path), "worker", "--queue", "judge,render", "a b"]
    process = subprocess.Popen(
        command, env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}, stdout=subprocess.PIPE, text=True
    )
    out, _ = process.communicate(timeout=30)
    assert out == f"{process.pid} a key of this test alone\n[worker][--queue][judge,render][a b]"


@pytest.mark.needs_redis
def test_the_broker_wants_its_password(tmp_path: Path) -> None:
    """A server that is started with the script of the file refuses who has no password, and keeps a log of its data.

    The chart's script is the same one.
    """
    (tmp_path / "broker-password").write_text("of this test alone\n")
    server = program("valkey-server") or program("redis-server")
    assert server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shell, flag, text = script_of(SERVICES["valkey"], tmp_path)
    chart = (ROOT / "helm/auditor/templates/trial/valkey.yaml").read_text()
    plain = text.replace(f"{tmp_path}/broker-password", "/etc/auditor/secrets/broker/password")
    assert "\n".join(line.strip() for line in plain.splitlines()) in "\n".join(
        line.strip() for line in chart.splitlines()
    )
    text = text.replace("valkey-server -", f"{server} - --port {port} --bind 127.0.0.1").replace("/data", str(tmp_path))
    process = subprocess.Popen([shell, flag, text], stdout=subprocess.DEVNULL)
    try:
        with Redis(port=port) as stranger, Redis(port=port, password="of this test alone") as friend:
            end = time.monotonic() + 30
            while True:
                try:
                    assert friend.ping()
                    break
                except NotThereError:
                    assert time.monotonic() < end
                    time.sleep(0.05)
            assert friend.config_get("appendonly") == {"appendonly": "yes"}
            with pytest.raises(AuthenticationError):
                stranger.ping()
        assert b"alone" not in Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")[0]
    finally:
        process.terminate()
        process.wait(30)
