"""What stands in the outbox arrives: once, or twice and marked so, and never with a secret in it."""

import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from auditor.errors import InputError
from auditor.notify.backoff import ATTEMPTS, pause
from auditor.notify.subscriptions import Digest
from auditor.service.noticing import notice_runs
from auditor.service.telling import forget, keep_telling, send_due, send_test
from auditor.store.engine import Store, now
from auditor.store.notify import outbox, subscribers
from auditor.store.notify_tables import NotifyOutbox
from auditor.store.sql import table_of
from tests.notify.nights import night, states, subscribed, told
from tests.notify.peers import Mailbox, Receiver, mail_server, web_server
from tests.simulators.pki import Authority, Pair
from tests.store.filling import contents

CANARIES = ("canary-evidence", "canary-signing-key-0123456789", "canary-mail-password", "canary-url-token")
_OUTBOX = table_of(NotifyOutbox)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.issue("localhost", "127.0.0.1")


@pytest.fixture(autouse=True)
def _said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITOR_NOTIFY_SECRET", CANARIES[1])
    monkeypatch.setenv("AUDITOR_NOTIFY_PASSWORD", CANARIES[2])
    monkeypatch.setenv("AUDITOR_NOTIFY_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("AUDITOR_PUBLIC_URL", "https://audit.example.org")


def hook(receiver: Receiver, authority: Authority) -> dict[str, Any]:
    url = f"https://localhost:{receiver.port}/"
    return {"kind": "webhook", "url": url, "secret": "env:AUDITOR_NOTIFY_SECRET", "ca_file": str(authority.ca_file)}


def events(receiver: Receiver) -> list[list[str]]:
    """The kinds of events in each message that came."""
    return [[one["kind"] for one in orjson.loads(got.body)["data"]["events"]] for got in receiver.got]


def later(store: Store, **values: Any) -> None:
    """Let time pass for what waits in the outbox."""
    with store.writing() as connection:
        connection.execute(update(_OUTBOX).values(not_before=now(connection) - timedelta(seconds=1), **values))


def test_an_event_arrives_at_once_with_a_link(store: Store, authority: Authority, pair: Pair) -> None:
    """From a night to a receiver: one message for each event, in order, with where to look; then nothing is left."""
    receiver = Receiver()
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority), events=["findings.new", "run.finished"])
        night(store, 1, {"web01": "good"})
        night(store, 2, {"web01": "bad"})
        notice_runs(store)
        assert send_due(store) == 3
        assert send_due(store) == 0
    assert events(receiver) == [["run.finished"], ["findings.new"], ["run.finished"]]
    (event,) = orjson.loads(receiver.got[1].body)["data"]["events"]
    assert event["url"] == "https://audit.example.org/runs/night-2"
    assert states(store) == [("sent", 1, False)] * 3
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 3


def test_what_could_not_be_sent_is_tried_again_and_given_up_at_last(
    store: Store, authority: Authority, pair: Pair
) -> None:
    """With the same id each time, later and later; when it is given up, that stands in the journal."""
    receiver = Receiver(503)
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
        night(store, 1, {"web01": "good"})
        notice_runs(store)
        send_due(store)
        assert states(store) == [("failed", 1, False)]
        assert send_due(store) == 0, "not before its time"
        for _ in range(ATTEMPTS - 1):
            later(store)
            send_due(store)
        later(store)
        assert send_due(store) == 0
    assert states(store) == [("given up", ATTEMPTS, False)]
    assert len(receiver.got) == ATTEMPTS
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    with store.reading() as connection:
        (row,) = outbox.listed(connection)
        journal = contents(connection)["journal"]
    assert row.error == "it answered 503"
    assert [one["action"] for one in journal][-1] == "notification given up"


def test_a_receiver_that_comes_back_gets_what_it_missed(store: Store, authority: Authority, pair: Pair) -> None:
    """Nobody listens, then somebody does: nothing was lost."""
    receiver = Receiver()
    with web_server(pair, receiver):
        pass
    subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
    night(store, 1, {"web01": "good"})
    notice_runs(store)
    send_due(store)
    assert (states(store), receiver.got) == ([("failed", 1, False)], [])
    with web_server(pair, receiver):
        later(store)
        send_due(store)
    assert (states(store), events(receiver)) == ([("sent", 2, False)], [["run.finished"]])


def test_one_channel_that_is_dead_does_not_keep_another_waiting(store: Store, authority: Authority, pair: Pair) -> None:
    """Each subscriber has its own rows and its own attempts."""
    receiver = Receiver()
    with web_server(pair, receiver):
        dead = hook(receiver, authority) | {"url": "https://127.0.0.1:1/"}
        subscribed(store, channel="dead", definition=dead, events=["run.finished"])
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
        night(store, 1, {"web01": "good"})
        notice_runs(store)
        send_due(store)
    assert events(receiver) == [["run.finished"]]
    assert sorted(states(store)) == [("failed", 1, False), ("sent", 1, False)]


KILLED = """
import sys, threading
from auditor.notify.senders import webhook
from auditor.service.telling import send_due
from auditor.store.engine import open_store
real = webhook.post
def post(*arguments):
    {before}
    real(*arguments)
    sys.stdout.write("sent\\n"); sys.stdout.flush()
    threading.Event().wait()
webhook.post = post
send_due(open_store(sys.argv[1]))
"""
WAIT = 'sys.stdout.write("holds\\n"); sys.stdout.flush(); threading.Event().wait()'


@pytest.mark.parametrize(("before", "word", "arrived"), [(WAIT, "holds", 1), ("", "sent", 2)])
def test_a_sender_killed_in_the_middle_loses_nothing(
    store: Store, database_url: str, authority: Authority, pair: Pair, before: str, word: str, arrived: int
) -> None:
    """SIGKILL before the message went out, or after it did and before that was written down: it arrives, with one id.

    Whoever may get it twice is told so; while the lease of the dead one lasts, nobody else sends it.
    """
    receiver = Receiver()
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
        night(store, 1, {"web01": "good"})
        notice_runs(store)
        code = KILLED.format(before=before or "pass")
        process = subprocess.Popen([sys.executable, "-c", code, database_url], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == f"{word}\n"
        process.kill()
        process.communicate()
        assert send_due(store) == 0, "its lease lasts"
        with store.writing() as connection:
            connection.execute(update(_OUTBOX).values(lease=now(connection) - timedelta(seconds=1)))
        assert send_due(store) == 1
    assert len(receiver.got) == arrived
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert receiver.got[-1].headers["auditor-repeated"] == "true"
    assert states(store) == [("sent", 2, True)]


def test_a_sender_that_was_too_slow_changes_nothing(store: Store) -> None:
    """Its lease ended and somebody else sent it: what it says of its own attempt is not kept."""
    subscribed(store, events=["run.finished"])
    night(store, 1, {"web01": "good"})
    notice_runs(store)
    with store.writing() as connection:
        slow = outbox.claim(connection)
        assert slow is not None
        connection.execute(update(_OUTBOX).values(lease=now(connection) - timedelta(seconds=1)))
        quick = outbox.claim(connection)
        assert quick is not None
        assert (slow.delivery, slow.again) == (quick.delivery, False)
        assert quick.again
        assert not outbox.failed(connection, slow, "late", 0.5)
        assert outbox.sent(connection, quick)
        assert not outbox.sent(connection, slow)
    assert states(store) == [("sent", 2, True)]


def test_many_senders_send_each_message_once(store: Store, authority: Authority, pair: Pair) -> None:
    """Four at the same time, twelve messages and a digest: nobody takes what another one has."""
    receiver = Receiver()
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
        subscribed(store, events=["run.finished"], digest={"at": "07:00", "zone": "UTC"})
        for number in range(12):
            night(store, number, {"web01": "good"})
        notice_runs(store)
        later(store)
        threads = [threading.Thread(target=send_due, args=(store,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        send_due(store)
    assert sorted(map(len, events(receiver))) == [1] * 12 + [12]
    assert set(states(store)) == {("sent", 1, False)}


def test_a_digest_is_one_message_a_day(store: Store, authority: Authority, pair: Pair) -> None:
    """Three nights wait for the hour, go out together, and the fourth waits for the next one."""
    receiver = Receiver()
    with web_server(pair, receiver):
        digest = {"at": "07:00", "zone": "Europe/Paris"}
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"], digest=digest)
        for number in range(3):
            night(store, number, {"web01": "good"})
        notice_runs(store)
        assert send_due(store) == 0
        later(store)
        assert send_due(store) == 1
        night(store, 3, {"web01": "good"})
        notice_runs(store)
        assert send_due(store) == 0
    assert events(receiver) == [["run.finished"] * 3]
    assert orjson.loads(receiver.got[0].body)["subject"] == "Auditor: digest: 3 run finished"


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2026-03-28T05:59:00", "2026-03-28T06:00:00"),
        ("2026-03-28T06:00:00", "2026-03-29T05:00:00"),  # the clock went forward in the night
        ("2026-10-24T05:30:00", "2026-10-25T06:00:00"),  # and back
    ],
)
def test_a_digest_keeps_to_the_wall_clock_of_its_zone(moment: str, due: str) -> None:
    """07:00 in Paris is 06:00 UTC in winter, 05:00 in summer; one that is due now goes with the next."""
    digest = Digest(at="07:00", zone="Europe/Paris")
    assert digest.after(datetime.fromisoformat(moment).replace(tzinfo=UTC)).replace(tzinfo=None).isoformat() == due


def test_attempts_come_later_and_later_and_not_together() -> None:
    """Doubled each time up to four hours, spread by half, ended after the last; in all, most of a day."""
    waits = [pause(number, 0.5) for number in range(1, ATTEMPTS)]
    seconds = [one.total_seconds() for one in waits if one is not None]
    assert seconds == sorted(seconds)
    assert (seconds[:3], seconds[-1], len(seconds)) == ([60, 120, 240], 14_400, ATTEMPTS - 1)
    assert timedelta(hours=15) < timedelta(seconds=sum(seconds)) < timedelta(hours=30)
    assert pause(1, 0.0) == timedelta(seconds=45)
    assert pause(1, 1.0) == timedelta(seconds=75)
    assert pause(ATTEMPTS, 0.5) is None


def test_what_was_settled_is_forgotten_after_a_year(store: Store) -> None:
    """Sent rows go, and what waits stays."""
    subscribed(store, events=["run.finished"])
    for number in range(2):
        night(store, number, {"web01": "good"})
    notice_runs(store)
    with store.writing() as connection:
        first = connection.scalar(select(_OUTBOX.c.id).order_by(_OUTBOX.c.id).limit(1))
        connection.execute(update(_OUTBOX).where(_OUTBOX.c.id == first).values(state="sent"))
        connection.execute(update(_OUTBOX).values(changed_at=now(connection) - timedelta(days=401)))
    assert forget(store) == 1
    assert [one.about for one in told(store)] == ["night-1"]


def test_a_removed_channel_sends_nothing_more(store: Store, authority: Authority, pair: Pair) -> None:
    """What waited for it is given up, and says why."""
    receiver = Receiver()
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
        night(store, 1, {"web01": "good"})
        notice_runs(store)
        with store.writing() as connection:
            assert subscribers.remove_channel(connection, "ops", "tester") == 1
        assert send_due(store) == 0
    assert (receiver.got, states(store)) == ([], [("given up", 0, False)])


def test_a_test_message_says_whether_it_arrived(store: Store, authority: Authority, pair: Pair) -> None:
    """It arrives, or the reason is an error of the command; the outbox knows nothing of it."""
    receiver = Receiver()
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority))
        send_test(store, "ops", "tester")
        receiver.status = 500
        with pytest.raises(InputError, match="it answered 500"):
            send_test(store, "ops", "tester")
    assert events(receiver)[0] == ["test"]
    assert states(store) == []


def test_no_secret_and_no_evidence_anywhere(
    store: Store,
    authority: Authority,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Canaries in an observed value, in keys, passwords and a URL: in no message, error, log or column of ours.

    The channels work, fail, and meet a receiver that says everything back.
    """
    caplog.set_level(logging.DEBUG)
    receiver, box = Receiver(500, {"X-Echo": CANARIES[1]}), Mailbox(password="another")
    token = tmp_path / "url"
    with web_server(pair, receiver), mail_server(pair, box):
        token.write_text(f"https://localhost:{receiver.port}/{CANARIES[3]}?key={CANARIES[3]}\n")
        subscribed(store, definition=hook(receiver, authority) | {"url": f"file:{token}"})
        mail = {
            "kind": "email",
            "host": "localhost",
            "port": box.port,
            "sender": "a@example.org",
            "to": ["b@example.org"],
        }
        login = {"username": "auditor", "password": "env:AUDITOR_NOTIFY_PASSWORD", "ca_file": str(authority.ca_file)}
        subscribed(store, channel="mail", definition=mail | login | {"to": ["b@example.org"]})
        night(store, 1, {"web01": "good", "web02": "good"})
        night(store, 2, {"web01": CANARIES[0], "web02": None}, roles={"web01": [CANARIES[0]]})
        notice_runs(store)
        send_due(store)
        for name in ("ops", "mail"):
            with pytest.raises(InputError) as caught:
                send_test(store, name, "tester")
            assert not any(canary in str(caught.value) for canary in CANARIES)
        assert {state for state, _, _ in states(store)} == {"failed"}
        receiver.status, box.password = 204, CANARIES[2]
        later(store)
        send_due(store)
    assert {state for state, _, _ in states(store)} == {"sent"}
    assert any("findings.new" in kinds for kinds in events(receiver))
    assert receiver.got[0].path.startswith(f"/{CANARIES[3]}"), "the URL was used"
    assert (("auditor", CANARIES[2]) in box.logins, len(box.mails) > 0) == (True, True)
    sent = b"".join(got.body for got in receiver.got) + b"".join(mail.as_bytes() for mail in box.mails)
    with store.reading() as connection:
        kept = {name: rows for name, rows in contents(connection).items() if name.startswith(("notify", "journal"))}
    said = capsys.readouterr()
    everything = sent.decode() + repr(kept) + said.out + said.err + caplog.text
    assert "web01" in everything
    assert [canary for canary in CANARIES if canary in everything] == []


def test_the_clock_notices_and_sends_by_itself(store: Store, authority: Authority, pair: Pair) -> None:
    """What the service runs beside its schedules, ended in order."""
    receiver, stop = Receiver(), threading.Event()
    with web_server(pair, receiver):
        subscribed(store, definition=hook(receiver, authority), events=["run.finished"])
        night(store, 1, {"web01": "good"})
        thread = threading.Thread(target=keep_telling, args=(store, stop))
        thread.start()
        while not receiver.got:
            assert thread.is_alive()
            stop.wait(0.05)
        stop.set()
        thread.join()
    assert events(receiver) == [["run.finished"]]
