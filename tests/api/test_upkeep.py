"""Notifications, the database and the journal's check over HTTP: for admins, without a secret, each told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from auditor.access import Role
from auditor.api.context import Context
from auditor.service.noticing import notice_runs
from auditor.service.telling import send_due
from auditor.store.engine import Store
from tests.api.caller import Caller, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.notify.nights import night
from tests.notify.peers import Mailbox, mail_server
from tests.store.access.people import journal, person

V1 = "/api/v1"
NOTIFY = f"{V1}/notify"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Caller, Store, Mailbox]]:
    """An admin, and a mail server on this machine."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    monkeypatch.setenv("AUDITOR_NOTIFY_NETWORKS", "127.0.0.0/8")
    store = made(f"sqlite:///{tmp_path}/a.sqlite")
    person(store, "admin", Role.ADMIN, password=None)
    with served(Context(store)) as port, mail_server(None, Mailbox()) as box:
        yield signed_in(port, store, "admin"), store, box
    store.close()


def mail(box: Mailbox, **more: Any) -> dict[str, Any]:
    said = {"kind": "email", "host": "127.0.0.1", "port": box.port, "security": "none"}
    return {"name": "team", "channel": {**said, "sender": "a@example.org", "to": ["b@example.org"], **more}}


def test_somebody_is_told_and_what_was_not_sent_is_tried_again(world: tuple[Caller, Store, Mailbox]) -> None:
    """A channel is added, tried, subscribed; what failed goes out when it is tried again; then all is removed."""
    caller, store, box = world
    added = caller.ask("POST", f"{NOTIFY}/channels", mail(box), Idempotency_Key="c1")
    assert added.status == 201, added.text
    assert caller.ask("POST", f"{NOTIFY}/channels", mail(box)).status == 409
    assert caller.ask("POST", f"{NOTIFY}/channels/team/test").json == {"sent": True, "problem": None}
    assert len(box.mails) == 1
    assert caller.ask("POST", f"{NOTIFY}/channels/nobody/test").status == 404
    wanted = {"channel": "team", "events": ["run.finished"]}
    made_ = caller.ask("POST", f"{NOTIFY}/subscriptions", wanted)
    assert (made_.status, made_.json["events"]) == (201, ["run.finished"]), made_.text
    night(store, 1, {"h1": "good"})
    notice_runs(store)
    box.refuse = "550 not here"
    assert caller.ask("POST", f"{NOTIFY}/channels/team/test").json["sent"] is False
    send_due(store)
    (failed,) = caller.ask("GET", f"{NOTIFY}/outbox?state=failed").json["items"]
    assert "night-1" in failed["headline"]
    scraped = caller.ask("GET", "/metrics").text
    assert 'auditor_notifications{state="failed"} 1.0' in scraped
    path = f"{NOTIFY}/outbox/{failed['id']}/retry"
    box.refuse = ""
    again = caller.ask("POST", path)
    assert again.json == {"delivery": failed["delivery"]}
    send_due(store)
    assert [one["state"] for one in caller.ask("GET", f"{NOTIFY}/outbox").json["items"]] == ["sent"]
    assert len(box.mails) == 2
    assert caller.ask("POST", path).status == 409
    assert caller.ask("POST", f"{NOTIFY}/outbox/99/retry").status == 404
    gone = caller.ask("POST", f"{NOTIFY}/channels/team/remove")
    assert gone.json == {"removed": "team", "subscriptions": 1}
    assert caller.ask("GET", f"{NOTIFY}/subscriptions").json["items"] == []
    acted = [action for actor, action, _ in journal(store) if actor == "admin" and action.startswith("notification")]
    assert acted == [
        "notification channel added",
        "notification channel tested",
        "notification subscribed",
        "notification channel tested",
        "notification tried again",
        "notification channel removed",
    ]


def test_no_file_of_the_server_is_sent_off_as_a_secret(world: tuple[Caller, Store, Mailbox]) -> None:
    """Over HTTP a secret is named by a variable of its own kind, and none is shown."""
    caller, _, box = world
    for wrong in (
        mail(box, username="a", password="file:/etc/shadow"),
        mail(box, username="a", password="plain"),
        mail(box, username="a", password="env:AUDITOR_DATABASE"),
        mail(box, ca_file="/etc/shadow"),
        {"name": "x", "channel": {"kind": "apprise", "url": "file:/etc/shadow"}},
        {"name": "x", "channel": {"kind": "webhook", "url": "file:/etc/shadow", "secret": "env:AUDITOR_NOTIFY_A"}},
    ):
        answer = caller.ask("POST", f"{NOTIFY}/channels", wrong)
        assert answer.status == 422, wrong
        assert "shadow" not in answer.text
    hook = {"kind": "webhook", "url": "https://hooks.example.org/T0KEN", "secret": "env:AUDITOR_NOTIFY_A"}
    assert caller.ask("POST", f"{NOTIFY}/channels", {"name": "hook", "channel": hook}).status == 201
    listed = caller.ask("GET", f"{NOTIFY}/channels").text
    assert "hooks.example.org" in listed
    assert "T0KEN" not in listed


def test_the_database_and_its_journal_are_looked_at(world: tuple[Caller, Store, Mailbox]) -> None:
    """Its schema and size without its place; retention by the settings only; a journal that was changed is told."""
    caller, store, _ = world
    shown = caller.ask("GET", f"{V1}/database")
    assert (shown.json["state"], shown.json["kind"]) == ("current", "sqlite")
    assert str(store.place) not in shown.text
    night(store, 1, {"h1": "good"})
    said = caller.ask("GET", f"{V1}/database/retention").json
    assert (said["only_said"], said["policy"]["captures"]) == (True, 30)
    assert caller.ask("POST", f"{V1}/database/retention").json["only_said"] is False
    assert ("admin", "retention", "database") in journal(store)
    good = caller.ask("GET", f"{V1}/journal/verify").json
    assert (good["good"], good["broken"]) == (True, None)
    assert caller.ask("GET", f"{V1}/journal/verify?head={good['head']}").json["good"] is True
    assert caller.ask("GET", f"{V1}/journal/verify?head={'0' * 63}1").json["good"] is False
    assert caller.ask("GET", f"{V1}/journal/verify?head=x").status == 422
    with store.writing() as connection:
        connection.execute(text("UPDATE journal SET object = 'other' WHERE id = 1"))
    bad = caller.ask("GET", f"{V1}/journal/verify").json
    assert (bad["good"], bad["broken"]) == (False, 1)
