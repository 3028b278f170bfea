"""Inventory and notifications on pages: what is gone is confirmed, lists are looked at first, no secret is shown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update

from auditor.access import Role
from auditor.api.context import Context
from auditor.notify.channels import checked_channel
from auditor.notify.events import Kind
from auditor.notify.subscriptions import Told, checked_subscription
from auditor.store.access.acting import local_actor
from auditor.store.engine import Store
from auditor.store.notify import outbox, subscribers
from auditor.store.notify_tables import NotifyOutbox
from auditor.store.sql import table_of
from auditor.web.app import make_site
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import HOSTILE, people
from tests.api.test_inventory import CSV, INVENTORY, LABELS
from tests.service.test_gone import night
from tests.store.access.people import journal, person
from tests.web.browsing import Browser, browser

LIST = {"form": "csv", "kind": "linux", "name": "hosts.csv", "like": "ams-a", "text": CSV}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Store, Path]]:
    """Two vCenters of two sites, each of which shows one host less on the second night; and an inventory."""
    folder: Path = tmp_path_factory.mktemp("keeping")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_INVENTORY", str(folder / "inventory.yaml"))
        store = made(f"sqlite:///{folder}/a.sqlite")
        people(store)
        person(store, "zoe", Role.ADMIN, password=None)
        night(store, 0, {"v-ams": ["ams-1", "ams-2"], "v-fra": ["fra-1", "fra-2", f"fra-{HOSTILE}"]}, **LABELS)
        night(store, 1, {"v-ams": ["ams-1"], "v-fra": ["fra-1"]}, **LABELS)
        (folder / "inventory.yaml").write_text(INVENTORY)
        (folder / "keys").touch()
        with served(Context(store), make_site) as port:
            yield port, store, folder / "inventory.yaml"
        store.close()


def by(world: tuple[int, Store, Path], name: str) -> Browser:
    return browser(world[0], world[1], name)


def test_sources_are_counted_within_the_scope(world: tuple[int, Store, Path]) -> None:
    """Each with what is behind it; whoever may see no evidence sees no address."""
    operator, viewer, limited = by(world, "operator"), by(world, "viewer"), by(world, "auditor-ams")
    shown = operator.get("/inventory").text
    assert all(text in shown for text in ("v-ams", "v-fra", "fra-a", "10.0.1.1", "credential linux-audit"))
    assert "10.0.1.1" not in viewer.get("/inventory").text
    assert "v-fra" in viewer.page.text
    mine = limited.get("/inventory").text
    assert all(text not in mine for text in ("fra", "10.0.1.1"))
    assert "10.0.0.1" in mine
    assert "No source is called that." in operator.get("/inventory?q=zzz").text


def test_what_is_gone_is_told_and_confirmed_with_a_reason(world: tuple[int, Store, Path]) -> None:
    """By operators; without a reason nothing is done, and the form says so beside the field."""
    operator, viewer, limited = by(world, "operator"), by(world, "viewer"), by(world, "operator-ams")
    shown = viewer.get("/inventory/gone").text
    assert "It is gone for good" not in shown
    assert HOSTILE in unescape(shown)
    assert "<script>alert" not in shown
    assert "fra-2" not in limited.get("/inventory/gone").text
    (number,) = {part.split("/")[0] for part in limited.page.text.split("/inventory/gone/")[1:]}
    wrong = limited.send(f"/inventory/gone/{number}/retire", reason="x")
    assert (wrong.status, 'id="wrong-reason"' in wrong.text) == (422, True)
    operator.get("/inventory/gone")
    limited.send(f"/inventory/gone/{number}/retire", reason="decommissioned, CHG-4711")
    assert limited.path == "/inventory/gone?done=retired"
    late = operator.send(f"/inventory/gone/{number}/retire", reason="decommissioned too")
    assert (late.status, "it is retired already" in late.text) == (409, True)
    operator.get("/inventory/gone?source=v-fra")
    operator.send("/inventory/sources/v-fra/retire", reason="the site is closed")
    assert "Nothing is gone." in operator.page.text
    assert "ams-2" in viewer.get("/inventory/gone?retired=yes").text
    told = [(actor, about) for actor, action, about in journal(world[1]) if action == "inventory.retire"]
    assert ("operator-ams", "v-ams/ams-2") in told
    assert ("operator", "v-fra/fra-2") in told


def test_a_list_is_looked_at_before_it_is_applied(world: tuple[int, Store, Path]) -> None:
    """Looking writes nothing; faults have their lines; what was looked at is applied once, or not when it changed."""
    operator, file = by(world, "operator"), world[2]
    assert "Your scope is a part of it" in by(world, "operator-ams").get("/inventory/import").text
    operator.get("/inventory/import")
    wrong = operator.send("/inventory/import", **LIST | {"text": "name,address,labels\nweb 1,,x\n"})
    assert (wrong.status, "line 2" in wrong.text) == (422, True)
    assert "web 1,,x" in wrong.text
    hostile = operator.send(
        "/inventory/import", **LIST | {"text": f'name,address\n"{HOSTILE.replace(chr(34), "")}",h\n'}
    )
    assert "<script>alert" not in hostile.text
    looked = operator.send("/inventory/import", **LIST)
    assert (looked.status, "ams-b" in looked.text, "10.0.0.9" in looked.text) == (200, True, True)
    assert file.read_text() == INVENTORY
    form = operator.page
    file.write_text(INVENTORY + "# somebody else was here\n")
    fields = {"text": CSV}
    late = operator.send("/inventory/import/apply", **fields)
    assert (late.status, "not the one that was looked at" in late.text) == (409, True)
    file.write_text(INVENTORY)
    operator.page = form
    operator.send("/inventory/import/apply", **fields)
    assert operator.path == "/inventory?done=applied"
    assert "ams-b" in file.read_text()
    told = [actor for actor, action, _ in journal(world[1]) if action == "inventory.import"]
    assert told == ["operator"]


def test_notifications_are_shown_without_a_secret_and_tried_again(world: tuple[int, Store, Path]) -> None:
    """Channels, who is told of what, and why something was not sent; only for admins."""
    store, zoe = world[1], by(world, "zoe")
    assert "There is no channel yet" in zoe.get("/notifications").text
    hook = {
        "kind": "webhook",
        "url": "https://127.0.0.1/a/token-in-the-path",
        "secret": "env:AUDITOR_NOTIFY_HOOK",
    }
    with store.writing() as connection:
        actor = local_actor()
        subscribers.add_channel(connection, "team", checked_channel(hook), actor)
        wanted = checked_subscription({"events": ["findings.new"], "labels": {"site": "ams"}})
        number = subscribers.subscribe(connection, "team", wanted, actor)
        told = Told(
            key="k", kind=Kind.FINDINGS_NEW, at=datetime.now(UTC), about=HOSTILE, numbers={"items": 3, "targets": 2}
        )
        outbox.put(connection, number, wanted, [told])
        gone = {"state": "given up", "error": HOSTILE, "delivery": "msg_1", "attempts": 5}
        connection.execute(update(table_of(NotifyOutbox)).values(gone))
    shown = zoe.get("/notifications").text
    assert "https://127.0.0.1/…" in shown
    assert "token-in-the-path" not in shown
    assert "<script>alert" not in shown
    assert "Given up" in shown
    assert "Nothing is in that state." in zoe.get("/notifications?state=sent").text
    zoe.get("/notifications")
    zoe.send("/notifications/outbox/1/retry")
    assert "It is tried again now." in zoe.page.text
    assert ("zoe", "notification tried again", "msg_1") in journal(store)
    problem = zoe.send("/notifications/channels/team/test")
    assert (problem.status, 'role="alert"' in problem.text) == (422, True)
    assert by(world, "operator").get("/notifications").status == 403
