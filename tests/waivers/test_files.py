"""Files of waivers: what is wrong in one is said with its line, and what is written is read back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain import ABSENT
from auditor.errors import InputError
from auditor.service.waiverfiles import written
from auditor.waiverfile import load_waivers
from auditor.waivers import End, Scope, State, Waiver
from auditor.waivers.form import WaiverForm, WaiversForm, plain
from auditor.yamlfile import parse
from tests.docpages import DOCS, FENCE
from tests.waivers.making import NOW, RULE, approved, requested, seen

GOOD = """waivers:
  - id: W-1
    rule: linux-ssh-root-login
    scope: {targets: [web01]}
    justification: The vendor needs it until January
    requested_by: Web team
    requested_at: 2026-11-01
    zone: Europe/Paris
    expiration_date: 2027-01-31
    approved_by: Security office
    approved_at: 2026-11-02T08:00:00+01:00
    bound:
      - target: web01
        source: lab
        rule_version: "0123"
        observed: a = 1
        observed_sha256: 0000000000000000000000000000000000000000000000000000000000000000
        expected: "a: 2"
        expected_sha256: 0000000000000000000000000000000000000000000000000000000000000000
"""


def load(folder: Path, text: str) -> tuple[Waiver, ...]:
    file = folder / "waivers.yaml"
    file.write_text(text)
    return load_waivers(file, [RULE])


def test_a_file_is_read(tmp_path: Path) -> None:
    """A date is the end of its day in its zone, a day as a time is its beginning in UTC."""
    (waiver,) = load(tmp_path, GOOD)
    assert waiver.state is State.APPROVED
    assert waiver.end.last_second == "2027-01-31T22:59:59Z"
    assert str(waiver.requested_at) == "2026-11-01 00:00:00+00:00"
    assert str(waiver.approved_at) == "2026-11-02 07:00:00+00:00"
    assert waiver.bound[0].rule_version == "0123"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("approved_by: Security office", "approved_by: ' WEB  team'", 10, "whoever requested a waiver"),
        ("rule: linux-ssh-root-login", "rule: linux-ssh-root-logins", 3, "Did you mean 'linux-ssh-root-login'?"),
        ("rule: linux-ssh-root-login", "rule: linux-*", 3, "rule"),
        ("2027-01-31", "2027-02-30", 9, "is no date"),
        ("2027-01-31", "never", 9, "is no date"),
        ("Europe/Paris", "Mars/Base", 8, "is no IANA time zone"),
        ("zone: Europe/Paris", "zon: Europe/Paris", 8, "Did you mean 'zone'?"),
        ("{targets: [web01]}", "{targets: [web01], source: lab}", 4, "one of the three"),
        ("{targets: [web01]}", "{targets: []}", 4, "at least 1"),
        ("{targets: [web01]}", "{label: {a: b, c: d}}", 4, "at most 1"),
        ("The vendor needs it until January", "'   ok   '", 5, "at least 8"),
        ("approved_at: 2026-11-02T08:00:00+01:00", "approved_at: 2026-10-02", 2, "before it was requested"),
        ("    approved_at: 2026-11-02T08:00:00+01:00\n", "", 2, "approved_by needs approved_at"),
        ("0123", "", 15, "at least 1"),
        ("0" * 64, "0" * 63, 17, "pattern"),
        ("    bound:\n", "    bund:\n", 12, "Did you mean 'bound'?"),
        ("W-1", "../W", 2, "pattern"),
        ("waivers:", "waiver:", 1, "no file of waivers"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    """File, line and mend, for whatever a person may write wrong."""
    assert old in GOOD
    with pytest.raises(InputError) as problem:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert f"waivers.yaml:{line}: " in str(problem.value)
    assert words in str(problem.value)


def test_an_id_stands_once(tmp_path: Path) -> None:
    """The second one is named, with the place of the first."""
    with pytest.raises(InputError, match=r"yaml:20: the waiver W-1 stands at .*yaml:2 too"):
        load(tmp_path, GOOD + GOOD.removeprefix("waivers:\n"))


def test_approval_without_what_it_was_for_is_refused(tmp_path: Path) -> None:
    """Nothing is accepted in general: an approved waiver names the values."""
    with pytest.raises(InputError, match="names what it was approved for"):
        load(tmp_path, GOOD.partition("    bound:")[0])


def test_expired_ones_and_unknown_targets_are_no_errors(tmp_path: Path) -> None:
    """They are listed in the report."""
    (waiver,) = load(tmp_path, GOOD.replace("2027-01-31", "2026-11-03").replace("web01", "gone"))
    assert waiver.not_in_force(NOW) == "expired on 2026-11-03 (Europe/Paris)"


@pytest.mark.parametrize("text", ["", "waivers: 1", "waivers: [1]", "[]", "waivers: [{}]", "waivers:\n- id: [a]", "\0"])
def test_what_is_no_such_file_is_told(tmp_path: Path, text: str) -> None:
    """Never a traceback."""
    with pytest.raises(InputError, match=r"waivers\.yaml"):
        load(tmp_path, text)


LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(LETTERS, min_size=8, max_size=40).filter(lambda text: text.strip() == text)


@given(
    TEXTS,
    st.sampled_from([Scope(("a", "b")), Scope(label=("site", "x")), Scope(source="lab")]),
    st.sampled_from([None, "", "a/b: <c>"]),
    st.sampled_from(["ask", "approve", "reject", "revoke"]),
    st.sampled_from([ABSENT, "yes", ["x"]]),
)
def test_what_is_written_is_read_back(why: str, scope: Scope, subject: str | None, step: str, value: Any) -> None:
    """Through JSON as in the store, and through the file that `export` writes, in every state."""
    common: dict[str, Any] = {"scope": scope, "subject": subject, "justification": why}
    waiver = requested(**common)
    if step in ("approve", "revoke"):
        waiver = approved(seen(value=value, subject=subject), end=End("2030-01-01T10:00", "Asia/Tokyo"), **common)
    if step in ("reject", "revoke"):
        waiver = getattr(waiver, step)("Security office", NOW, why)
    text = json.dumps(plain(waiver))
    assert WaiverForm.model_validate(json.loads(text)).waiver() == waiver
    document = parse(written([waiver, waiver]))
    assert [one.waiver() for one in document.validate(WaiversForm).waivers] == [waiver, waiver]


def test_the_page_shows_a_file_that_is_taken(tmp_path: Path) -> None:
    """The example of the how-to is a file of waivers, with a rule that exists."""
    page = (DOCS / "how-to" / "waivers.md").read_text()
    (text,) = [body for kind, body in FENCE.findall(page) if kind == "yaml"]
    (tmp_path / "w.yaml").write_text(text)
    from auditor.library import load_baselines

    rules = {rule.id for one in load_baselines().values() for rule in one.baseline.rules}
    assert load_waivers(tmp_path / "w.yaml", rules)[0].state is State.APPROVED


def test_the_page_names_every_key() -> None:
    """Each key of a waiver stands on the page of waivers."""
    page = (DOCS / "how-to" / "waivers.md").read_text()
    assert [name for name in WaiverForm.model_fields if f"`{name}`" not in page] == []
