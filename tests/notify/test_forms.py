"""What a channel and a subscription may say, and what a message is made of."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.notify.channels import Email, Webhook, checked_channel, checked_name, shown
from auditor.notify.events import Event, Item, Kind, Member
from auditor.notify.messages import render
from auditor.notify.secrets import read
from auditor.notify.senders.mail import made
from auditor.notify.subscriptions import SHOWN, checked_subscription, told

HOSTILE = st.text(
    st.sampled_from("a<>\"'&\r\n\t\0\x1b\u202e\u2066\u200b\u0301\ud800=@+-,;: é\U0001f512") | st.characters(),
    max_size=400,
)
TAG = '"><script src=//x>alert(1)</script><img onerror=x>\r\nBcc: a@example.org'
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
HOOK = {"kind": "webhook", "url": "https://hooks.example.org/in", "secret": "file:/run/secrets/hook"}
MAIL = {"kind": "email", "host": "mail.example.org", "sender": "auditor@example.org", "to": ["a@example.org"]}
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class _Tags(HTMLParser):
    """The tags and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for key, value in attrs if key == "href"]
        assert {key for key, _ in attrs} <= {"href", "lang", "charset"}


@example(name=TAG, title=TAG, about=TAG)
@given(name=HOSTILE, title=HOSTILE, about=HOSTILE)
def test_a_message_of_hostile_names_is_a_plain_message(name: str, title: str, about: str) -> None:
    """Names of hosts and runs with tags, line ends, bidi marks: one subject line, no foreign tag, no foreign header."""
    item = Item(name, {}, title, "high")
    event = Event("key", Kind.FINDINGS_NEW, AT, about, "/runs/x", (item,) * 3)
    one = told(event, checked_subscription({"events": ["findings.new"]}))
    assert one is not None
    message = render([one], "msg_1", "https://audit.example.org")
    assert HIDDEN.search(message.subject + message.text.replace("\n", "") + message.html) is None
    assert "\n" not in message.subject
    assert len(message.subject) <= 150
    assert len(message.text) < 1000
    page = _Tags()
    page.feed(message.html)
    assert page.tags <= {"html", "meta", "title", "p", "h2", "a", "ul", "li"}
    assert page.links == ["https://audit.example.org/runs/x"]
    mail = message_from_bytes(made(Email.model_validate(MAIL), message).as_bytes(), policy=policy.default)
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert mail["To"] == "a@example.org"


def test_a_message_is_bounded_whatever_happened() -> None:
    """Five thousand failures on as many hosts: twenty are named, the others are a number, the counts are whole."""
    items = tuple(Item(f"host-{n:04}", {}, "A rule", "high" if n % 2 else "critical") for n in range(5000))
    one = told(
        Event("key", Kind.FINDINGS_NEW, AT, "run", "", items), checked_subscription({"events": ["findings.new"]})
    )
    assert one is not None
    assert (len(one.items), one.more, one.numbers) == (
        SHOWN,
        5000 - SHOWN,
        {"items": 5000, "targets": 5000, "critical": 2500, "high": 2500},
    )
    message = render([one] * 300, "msg_1")
    assert len(message.text) < 300_000
    assert "and 200 more events" in message.text
    assert message.data["data"]["more"] == 200
    assert "http" not in message.text, "no link where no address of the service is known"


def test_a_finished_run_says_its_score_as_a_pair() -> None:
    """Unknown counts for and against; a share that is nearly whole is not rounded up to whole."""
    members = (Member("a", {}, True, passed=1998, failed=1, unknown=1), Member("b", {}, False))
    wanted = checked_subscription({"events": ["run.finished"]})
    one = told(Event("key", Kind.RUN_FINISHED, AT, "night", "", (), members), wanted)
    assert one is not None
    assert (one.numbers["lower"], one.numbers["upper"]) == (99.9, 99.9)
    assert "1 of 2 targets read" in render([one], "msg_1").text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "carrier-pigeon"}, "kind"),
        (HOOK | {"secret": "a-plain-canary-secret"}, "secret"),
        (HOOK | {"secret": "env:AUDITOR_DATABASE"}, "secret"),
        (HOOK | {"secret": "file:relative-canary"}, "secret"),
        (HOOK | {"url": "https://user:canary@hooks.example.org/"}, "url"),
        (HOOK | {"url": "https://hooks.example.org/?token=canary"}, "url"),
        (HOOK | {"url": "https://hooks.example.org/#canary"}, "url"),
        (HOOK | {"url": "file:///etc/passwd-canary\n"}, "url"),
        (HOOK | {"url": "ftp://canary.example.org/"}, "url"),
        (HOOK | {"url": "https://hooks.example.org\\@canary/"}, "url"),
        (HOOK | {"url": "https://hooks.example.org/\r\nX-Canary: 1"}, "url"),
        (HOOK | {"url": "https:///canary"}, "url"),
        (MAIL | {"to": ["a@example.org\r\nBcc: canary@example.org"]}, "to"),
        (MAIL | {"to": ["canary"]}, "to"),
        (MAIL | {"to": []}, "to"),
        (MAIL | {"sender": "Canary <a@example.org>"}, "sender"),
        (MAIL | {"host": "mail.example.org canary"}, "host"),
        (MAIL | {"username": "a", "password": "plain-canary"}, "password"),
        (MAIL | {"username": "a", "password": "env:AUDITOR_NOTIFY_P", "security": "none"}, "password"),
        (MAIL | {"username": "a"}, "username"),
        ({"kind": "apprise", "url": "slack://canary/canary/canary"}, "url"),
    ],
)
def test_a_channel_that_would_hold_a_secret_or_lead_astray_is_refused(said: dict[str, Any], field: str) -> None:
    """The complaint names the field and not its value: people paste secrets into the wrong place."""
    with pytest.raises(InputError) as caught:
        checked_channel(said)
    assert str(caught.value).startswith(field)
    assert "canary" not in str(caught.value).lower()


def test_where_a_channel_leads_is_shown_without_its_token() -> None:
    """The path of a webhook's URL may be its password."""
    assert shown(Webhook.model_validate(HOOK | {"url": "https://hooks.example.org/T/canary"})) == (
        "https://hooks.example.org/…"
    )
    assert shown(Email.model_validate(MAIL)) == "a@example.org through mail.example.org:587 (starttls)"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"events": ["nothing"]}, "events"),
        ({"events": ["test"]}, "events"),
        ({"events": []}, "events"),
        ({"events": ["run.finished"], "severity": "worst"}, "severity"),
        ({"events": ["run.finished"], "digest": {"at": "7:00", "zone": "UTC"}}, "digest.at"),
        ({"events": ["run.finished"], "digest": {"at": "07:00", "zone": "Europe/Nowhere"}}, "digest.zone"),
        ({"events": ["run.finished"], "labels": {"a\n": "b"}}, "labels"),
        ({"events": ["run.finished"], "days": 0}, "days"),
    ],
)
def test_a_subscription_that_means_nothing_is_refused(said: dict[str, Any], field: str) -> None:
    """With the field that is wrong."""
    with pytest.raises(InputError, match=f"^{re.escape(field)}"):
        checked_subscription(said)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "a" * 101, "é", "a\n"])
def test_a_name_of_a_channel_is_a_plain_word(name: str) -> None:
    """It stands in headers of tables, in URLs and in the journal."""
    with pytest.raises(InputError, match="no name of a channel"):
        checked_name(name)


def test_a_secret_in_a_file_loses_its_line_end_and_nothing_else(tmp_path: Any) -> None:
    """As editors and `echo` write it; a file that is empty, not text or not there is told by its name."""
    file = tmp_path / "secret"
    file.write_text(" a secret \n")
    assert read(f"file:{file}") == " a secret "
    for content in (b"", b"\xff\xfe"):
        file.write_bytes(content)
        with pytest.raises(InputError, match=re.escape(str(file))):
            read(f"file:{file}")
    with pytest.raises(InputError, match="No such file"):
        read("file:/nowhere/at/all")
