"""`auditor serve` tells people by itself."""

from pathlib import Path

import orjson
import pytest

from auditor.store.notify import outbox
from tests.notify.nights import subscribed
from tests.notify.peers import Receiver, web_server
from tests.serve.processes import until
from tests.serve.service import service, until_over
from tests.service.nights import begun, estate_of
from tests.simulators.pki import Authority

KEY = "canary-signing-key-0123456789"
pytestmark = pytest.mark.usefixtures("simulated")


def test_a_run_of_the_service_is_told_of(tmp_path: Path) -> None:
    """A host that is dead: coverage and end of the run arrive at a receiver, signed; the log holds no key."""
    inventory, _ = estate_of(tmp_path, 3, {"host-001": "dead"})
    authority, receiver = Authority(tmp_path / "pki"), Receiver()
    said = {"AUDITOR_NOTIFY_SECRET": KEY, "AUDITOR_NOTIFY_NETWORKS": "127.0.0.0/8"}
    with web_server(authority.issue("localhost"), receiver), service(tmp_path, env=said) as made:
        made.until_ready()
        store = made.store()
        hook = {"kind": "webhook", "url": f"https://localhost:{receiver.port}/", "ca_file": str(authority.ca_file)}
        definition = hook | {"secret": "env:AUDITOR_NOTIFY_SECRET"}
        subscribed(store, definition=definition, events=["coverage.low", "run.finished"])
        run = begun(store, inventory, tries=1)
        until_over(store, run)
        until(lambda: len(receiver.got) == 2, "both messages")
        until(lambda: "notification sent" in made.log(), "the log to say so")
        assert made.end() == 0
        with store.reading() as connection:
            assert {row.state for row in outbox.listed(connection)} == {"sent"}
        store.close()
        assert KEY not in made.log()
    kinds = [orjson.loads(one.body)["type"] for one in receiver.got]
    assert kinds == ["coverage.low", "run.finished"]
    (event,) = orjson.loads(receiver.got[0].body)["data"]["events"]
    assert (event["numbers"]["collected"], event["numbers"]["population"]) == (2, 3)
    assert [one["target"] for one in event["items"]] == ["host-001"]
    assert all(one.headers["webhook-signature"].startswith("v1,") for one in receiver.got)
