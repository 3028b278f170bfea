"""Logs of the service: one form, the work bound to every line, no secret in any."""

import json
import subprocess
import sys

import pytest
import structlog

from auditor.logging import MAX_TEXT, bound, without_secrets

SCRIPT = """
import logging, structlog, warnings
from auditor.logging import bound, start_service_log
start_service_log("json")
with bound(run="r1", source="esx-1"):
    structlog.get_logger().info("source begun", password="hunter2", url="redis://:hunter2@h/0")
    logging.getLogger("uvicorn.error").warning("cannot reach %s", "postgresql://u:hunter2@h/d")
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logging.getLogger("celery").exception("task failed")
        structlog.get_logger().exception("ours failed")
logging.getLogger("sqlalchemy.engine").info("not told: below warning")
warnings.warn("old: token=hunter2")
"""


def test_every_log_takes_one_way() -> None:
    """Ours, uvicorn's, celery's and warnings' lines are JSON with time, level and bound work, without the secret."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"].partition(" ")[0] for line in lines][:4] == ["source", "cannot", "task", "ours"]
    assert len(lines) == 5
    assert all((line["run"], line["source"]) == ("r1", "esx-1") for line in lines[:4])
    assert all(line["level"] and line["timestamp"].endswith("Z") for line in lines)
    assert all("ValueError" in line["exception"] for line in lines[2:4])
    assert lines[1]["logger"] == "uvicorn.error"
    assert done.stderr.count("***") == 6
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    "event",
    [
        {"db_password": "hunter2"},
        {"detail": {"auth": [{"snmp_auth_key": "hunter2"}]}},
        {"event": "GET https://u:hunter2@example.org/x"},
        {"event": "Authorization: Bearer hunter2.abc-1="},
        {"event": 'body {"password": "hunter2"}'},
        {"event": "dsn user=a password=hunter2 host=b"},
        {"error": ValueError("secret: hunter2")},
        {"deep": [[[[[{"password": "hunter2"}]]]]]},
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(event: dict[str, object]) -> None:
    """Under a telling name, in a URL, in a header, in a text, in an exception, however deep."""
    assert "hunter2" not in str(without_secrets(None, "info", event))


def test_what_is_no_secret_stays() -> None:
    """Numbers, names and addresses are not touched; a text without end is cut and keeps its end."""
    event = {"event": "read http://h:80/x", "count": 3, "share": 0.5, "none": None, "list": ["a", 1]}
    assert without_secrets(None, "info", event) == event
    cut = without_secrets(None, "info", {"event": "a" * 10**6 + "END"})["event"]
    assert cut.endswith("END")
    assert len(cut) < MAX_TEXT + 10


def test_bound_work_ends_with_its_block() -> None:
    """What was bound does not stick to later events."""
    with bound(run="r1"):
        assert structlog.contextvars.get_contextvars() == {"run": "r1"}
    assert structlog.contextvars.get_contextvars() == {}
