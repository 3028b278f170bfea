"""`auditor waiver` as people use it: asked for, looked at, approved, listed, taken along, taken back."""

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.waiver_forms import asked, drafted, scope_of
from auditor.errors import InputError
from tests.cli.running import auditor
from tests.docpages import SAMPLES

RULE = "nexus1000v-idle-sessions-end"
AUDIT = ("audit", "--from", SAMPLES / "vsm", "-f", "json", "--min-coverage", "0", "-b", "nexus-1000v")
ASK = (RULE, "--why", "The console stands in a locked room", "--until", "2099-01-31", "--zone", "Europe/Paris")


def test_a_waiver_through_the_command_line(tmp_path: Path) -> None:
    """From the request to an audit elsewhere with the exported file; each step says what it did."""
    first = auditor(tmp_path, *AUDIT, "-o", "one", "--save")
    assert first.status == 1
    ask = ("waiver", "request", *ASK, "--ticket", "CHG-4711")
    made = auditor(tmp_path, *ask, "--target", "vsm-synthetic", "--by", "Network team")
    assert (made.status, made.err) == (0, "")
    assert f"W-1 is requested by Network team: {RULE} on vsm-synthetic, until 2099-01-31 (Europe/Paris)" in made.out

    shown = auditor(tmp_path, "waiver", "show", "W-1")
    assert "would accept  vsm-synthetic, console: lines[console].exec_timeout_minutes = 0" in shown.out
    assert "CHG-4711" in shown.out
    refused = auditor(tmp_path, "waiver", "approve", "W-1", "--by", "network TEAM")
    assert refused.status == 2
    assert "somebody else has to approve it" in refused.err

    assert "nobody else withdraws it" in auditor(tmp_path, "waiver", "withdraw", "W-1").err
    done = auditor(tmp_path, "waiver", "approve", "W-1", "--by", "Security office")
    assert done.out.splitlines() == [
        "W-1 is approved by Security office until 2099-01-31 (Europe/Paris), "
        f"for what run {first.audit('one')['run']['id']} shows:",
        "  vsm-synthetic, console: lines[console].exec_timeout_minutes = 0",
        "  vsm-synthetic, vty: lines[vty].exec_timeout_minutes = 0",
    ]
    assert "W-1 is approved already" in auditor(tmp_path, "waiver", "approve", "W-1", "--by", "Security office").err
    saved = auditor(tmp_path, *AUDIT, "-o", "two", "--save")
    assert saved.audit("two")["score"]["waived"] == 1
    (listed,) = json.loads(auditor(tmp_path, "waiver", "list", "-f", "json").out)
    assert (listed["state"], listed["latest_run"]["covers"]) == ("approved", 2)
    assert json.loads(auditor(tmp_path, "waiver", "list", "--ending", "30", "-f", "json").out) == []
    assert json.loads(auditor(tmp_path, "waiver", "list", "--state", "expired", "-f", "json").out) == []

    assert auditor(tmp_path, "waiver", "export", "-o", "w.yaml").out == "w.yaml: 1 waivers\n"
    elsewhere = auditor(tmp_path, *AUDIT, "-o", "three", "--waivers", "w.yaml")
    assert elsewhere.audit("three")["score"] == saved.audit("two")["score"]

    taken = auditor(tmp_path, "waiver", "revoke", "W-1", "--why", "The room is open now")
    assert taken.out == f"W-1 is revoked by {getpass.getuser()}: The room is open now\n"
    last = auditor(tmp_path, *AUDIT, "-o", "four", "--save").audit("four")
    assert (last["score"]["waived"], last["waivers"]) == (0, [])
    assert auditor(tmp_path, "waiver", "export").out == "waivers: []\n"
    assert "3 entries hold" in auditor(tmp_path, "db", "journal").out


def test_a_draft_needs_no_database(tmp_path: Path) -> None:
    """A request as a file, bound to what an audit found; approved in the file by somebody else, it waives."""
    auditor(tmp_path, *AUDIT, "-o", "one")
    done = auditor(
        tmp_path, "waiver", "draft", "one/audit.json", *ASK, "--source", "vsm-synthetic", "--by", "Network team"
    )
    assert (done.status, done.err) == (0, "")
    (tmp_path / "w.yaml").write_text(done.out)
    before = auditor(tmp_path, *AUDIT, "-o", "two", "--waivers", "w.yaml").audit("two")
    assert (before["score"]["waived"], before["waivers"][0]["reason"]) == (0, "not approved")
    approval = "    approved_by: Security office\n    approved_at: 2099-01-01\n"
    (tmp_path / "w.yaml").write_text(done.out.replace("    bound:\n", approval + "    bound:\n"))
    later = auditor(tmp_path, *AUDIT, "-o", "three", "--waivers", "w.yaml").audit("three")
    assert later["waivers"][0]["reason"].startswith("approved only later")
    assert not (tmp_path / ".state" / "auditor.sqlite").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"targets": None}, "say where"),
        ({"source": "b"}, "say where"),
        ({"targets": None, "label": "site"}, "has no value"),
        ({"why": "short"}, "justification"),
        ({"by": " "}, "requested_by"),
        ({"until": "soon"}, "is no date"),
        ({"zone": "Moon"}, "is no IANA time zone"),
        ({"ident": "../x"}, "id: "),
        ({"targets": [""]}, "scope.targets"),
        ({"targets": ["half \udc80"]}, "cannot be written"),
    ],
)
def test_what_no_request_may_say_is_told(changed: dict[str, Any], words: str) -> None:
    """In words, before anything is kept."""
    said: dict[str, Any] = {
        "targets": ["a"], "label": None, "source": None, "subject": None, "ident": "",
        "why": "The console stands in a locked room", "by": "Network team", "until": "2099-01-31", "zone": "UTC",
    } | changed  # fmt: skip

    def request() -> None:
        scope = scope_of(said["targets"], said["label"], said["source"])
        asked(said["ident"], RULE, scope, said["subject"], said["why"], said["by"], said["until"], said["zone"])

    with pytest.raises(InputError) as problem:
        request()
    assert words in str(problem.value)


def test_a_rule_that_does_not_exist_is_told_with_a_near_one(tmp_path: Path) -> None:
    """Before anything is asked of the database."""
    done = auditor(tmp_path, "waiver", "request", RULE + "s", *ASK[1:], "--target", "a")
    assert done.status == 2
    assert f"Did you mean '{RULE}'?" in done.err


def test_a_file_that_is_no_audit_is_told(tmp_path: Path) -> None:
    """Not there, not JSON, JSON of something else, an audit without such a failure."""
    wished = asked("W-1", RULE, scope_of(["a"], None, None), None, "Because of it", "A", "2099-01-31", "UTC")
    file = tmp_path / "x.json"
    for text, words in (
        (None, "cannot be read"),
        ("{", "is no audit.json"),
        ("[]", "is no audit.json"),
        ('{"targets": [1]}', "is no audit.json"),
        ('{"targets": [], "findings": []}', "does not fail in this audit"),
    ):
        if text is not None:
            file.write_text(text)
        with pytest.raises(InputError, match=f"x.json: .*{words}"):
            drafted(wished, file)
