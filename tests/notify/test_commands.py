"""`auditor notify`, as a person types it."""

import json
from pathlib import Path

import pytest

from auditor.cli.app import app
from auditor.errors import InputError
from auditor.service.noticing import notice_runs
from auditor.store.engine import open_store
from tests.cli.running import Done, auditor
from tests.notify.nights import night
from tests.notify.peers import Mailbox, mail_server
from tests.simulators.pki import Authority


def done(folder: Path, *arguments: object, status: int = 0) -> Done:
    found = auditor(folder, "notify", *arguments)
    assert found.status == status, found.err
    return found


def test_from_a_channel_to_the_outbox(tmp_path: Path) -> None:
    """Add, list, try, subscribe, look into the outbox, remove: each says what it did."""
    authority = Authority(tmp_path / "pki")
    box = Mailbox()
    with mail_server(authority.issue("localhost"), box):
        mail = ["--email", "ops@example.org", "--sender", "auditor@example.org", "--smtp", f"localhost:{box.port}"]
        done(tmp_path, "channel", "add", "team", *mail, "--ca-file", "pki/ca.pem")
        listed = json.loads(done(tmp_path, "channel", "list", "-f", "json").out)
        assert listed[0]["ca_file"] == str(authority.ca_file)
        assert "ops@example.org through localhost" in done(tmp_path, "channel", "list").out
        assert done(tmp_path, "channel", "test", "team").out == "team: sent\n"
    assert box.mails[0]["Subject"] == "Auditor: Test of channel team: messages arrive"
    assert "the conversation broke off" in done(tmp_path, "channel", "test", "team", status=2).err
    more = ["--label", "site=ams", "--digest", "07:00 Europe/Paris"]
    said = done(tmp_path, "subscribe", "team", "--event", "run.finished", "--event", "findings.new", *more).out
    assert said == "subscription 1: team is told of run.finished, findings.new\n"
    (one,) = json.loads(done(tmp_path, "list", "-f", "json").out)
    assert (one["labels"], one["digest"]) == ({"site": "ams"}, {"at": "07:00", "zone": "Europe/Paris"})
    assert "07:00 Europe/Paris" in done(tmp_path, "list").out
    store = open_store(f"sqlite:///{tmp_path / '.state' / 'auditor.sqlite'}")
    night(store, 1, {"web01": "good"})
    notice_runs(store)
    store.close()
    (row,) = json.loads(done(tmp_path, "outbox", "-f", "json").out)
    assert (row["kind"], row["state"], row["channel"]) == ("run.finished", "pending", "team")
    assert "Run night-1 finished: 1 of 1 targets read" in done(tmp_path, "outbox").out
    assert done(tmp_path, "remove", "1").out == "subscription 1 to team: removed\n"
    assert "the subscription was removed" in done(tmp_path, "outbox", "--state", "given up").out
    assert done(tmp_path, "channel", "remove", "team").out == "team: removed, with 0 subscriptions\n"
    assert done(tmp_path, "channel", "list").out.startswith("no channel")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["channel", "add", "a"], "one of --email, --webhook and --apprise"),
        (["channel", "add", "a", "--email", "a@example.org"], "mail needs a server"),
        (["channel", "add", "a", "--email", "a@example.org", "--smtp", "h:70000"], "no port"),
        (["channel", "add", "a", "--webhook", "https://h.example.org/", "--secret", "canary"], "never written down"),
        (["channel", "add", "a", "--webhook", "https://h.example.org/"], "never written down"),
        (["channel", "add", "a b", "--apprise", "file:/x"], "no name of a channel"),
        (["channel", "test", "nobody"], "there is no channel"),
        (["channel", "remove", "nobody"], "there is no channel"),
        (["subscribe", "nobody", "--event", "run.finished"], "there is no channel"),
        (["subscribe", "nobody", "--event", "canary"], "Events are run.finished"),
        (["subscribe", "nobody", "--event", "run.finished", "--digest", "now"], "digest.at"),
        (["subscribe", "nobody", "--event", "run.finished", "--label", "x"], "no label"),
        (["remove", "7"], "there is no subscription 7"),
        (["outbox", "--state", "lost"], "no state"),
    ],
)
def test_a_mistake_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    why: str,
) -> None:
    """What is wrong, and not the secret that was pasted into the wrong place; nothing is kept."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / ".state"))
    with pytest.raises(InputError) as caught:
        app(["notify", *arguments], standalone_mode=False)
    said = str(caught.value) + capsys.readouterr().out
    assert why in said
    assert arguments[-1] != "canary" or "canary" not in said
    app(["notify", "channel", "list"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("no channel")
