"""Accepting a drift: the profile then says what the target has, and nothing else of its text or meaning changed."""

from typing import Any

import pytest

from auditor.domain import Drift, Snapshot
from auditor.golden.accept import NotAcceptedError, accepted
from auditor.golden.places import above
from auditor.golden.profile import golden
from auditor.golden.schema import GoldenProfile
from auditor.yamlfile import parse
from tests.golden.mutations import Mutation
from tests.golden.test_compare import esxi
from tests.golden.test_mutations import CASES, model

NOTE = "accepted 2026-01-01 by a person: because"


def drifts(text: str, snapshot: Snapshot) -> list[tuple[str, str]]:
    """(path, kind) of the drift from a profile in text."""
    found, _ = golden(parse(text).validate(GoldenProfile)).check(snapshot, {})
    return [(one.path, one.change) for one in found]


def accept(text: str, snapshot: Snapshot, path: str = "") -> str:
    """The text with all drift (or that at a path) accepted."""
    found, _ = golden(parse(text).validate(GoldenProfile)).check(snapshot, {})
    return accepted(text, [one for one in found if not path or one.path == path], snapshot, NOTE)


@pytest.mark.parametrize(("snapshot", "mutation"), CASES[::2])
def test_an_accepted_change_is_no_drift_any_more(snapshot: Snapshot, mutation: Mutation) -> None:
    """A single change of a host, accepted: its profile has no drift. Only values of customisations are refused."""
    written, loaded, values = model(snapshot.platform)
    changed = mutation.of(snapshot)
    before = {(one.path, one.change) for one in loaded.check(snapshot, values)[0]}
    wanted = [one for one in loaded.check(changed, values)[0] if (one.path, one.change) not in before]
    own = [path for path in loaded.profile.customisations.values() if path.path in set(above(mutation.path))]
    if own and _refused(written, wanted, changed):
        return
    new = accepted(written, wanted, changed, NOTE)
    still, _ = golden(parse(new).validate(GoldenProfile)).check(changed, values)
    assert {(one.path, one.change) for one in still} <= before
    assert (NOTE in new) is bool(wanted)


def _refused(written: str, wanted: list[Drift], changed: Snapshot) -> bool:
    """Whether it is told that it cannot be accepted."""
    try:
        accepted(written, wanted, changed, NOTE)
    except NotAcceptedError:
        return True
    return False


PROFILE = """\
# kept by hand
golden: mine
title: 'Mine'
for: {platform: esxi}
absent: [power_policy, snmp]   # not here
facts:
  dns:   # names
    servers:
    - 192.0.2.1   # first
    - "192.0.2.2"
    domain: example.test
  services:
    ntpd:
      running: true

    # the shell
    TSM: {running: false, policy: 'off'}
  lockdown: {exceptions: [a, b], mode: lockdownNormal}
"""
SEEN: dict[str, Any] = {
    "dns": {"servers": ["192.0.2.1", "192.0.2.2"], "domain": "example.test"},
    "services": {"ntpd": {"running": True}, "TSM": {"running": False, "policy": "off"}},
    "lockdown": {"exceptions": ["a", "b"], "mode": "lockdownNormal"},
}


@pytest.mark.parametrize(
    ("facts", "old", "new"),
    [
        (
            {"dns": {"servers": ["192.0.2.9"], "domain": "example.test"}},
            '    servers:\n    - 192.0.2.1   # first\n    - "192.0.2.2"\n',
            f'    # {NOTE}\n    servers: ["192.0.2.9"]\n',
        ),
        (
            {"services": {"ntpd": {"running": True}, "TSM": {"running": True, "policy": "off"}}},
            "    TSM: {running: false",
            f"    # {NOTE}\n    TSM: {{running: true",
        ),
        (
            {"services": {**SEEN["services"], "SSH": {"running": True}}},
            "policy: 'off'}\n",
            f"policy: 'off'}}\n    # {NOTE}\n    SSH: {{running: true}}\n",
        ),
        (
            {"services": {"TSM": SEEN["services"]["TSM"]}},
            "    ntpd:\n      running: true\n",
            f"    # {NOTE}\n",
        ),
        (
            {"lockdown": {"exceptions": ["a", "b", "c: d"], "mode": "lockdownNormal"}},
            "  lockdown: {exceptions: [a, b]",
            f'  # {NOTE}\n  lockdown: {{exceptions: [a, b, "c: d"]',
        ),
        (
            {"lockdown": {"exceptions": ["b"], "mode": "lockdownNormal"}},
            "  lockdown: {exceptions: [a, b]",
            f"  # {NOTE}\n  lockdown: {{exceptions: [b]",
        ),
        ({"power_policy": "low"}, "absent: [power_policy, snmp]", f"# {NOTE}\nabsent: [snmp]"),
    ],
)
def test_only_the_accepted_lines_change(facts: dict[str, object], old: str, new: str) -> None:
    """In a profile written by hand comments, quotes, blank lines and order stay; the note stands above the change."""
    seen = esxi({**SEEN, **facts})
    assert drifts(PROFILE, esxi(dict(SEEN))) == []
    changed = accept(PROFILE, seen)
    assert changed == PROFILE.replace(old, new)
    assert drifts(changed, seen) == []


def test_the_last_member_leaves_an_empty_list() -> None:
    """A list of which nothing is left stays there, empty."""
    seen = esxi({**SEEN, "lockdown": {"exceptions": [], "mode": "lockdownNormal"}})
    changed = accept(PROFILE, seen)
    assert "lockdown: {exceptions: [], mode" in changed
    assert drifts(changed, seen) == []


@pytest.mark.parametrize(
    ("profile_text", "seen", "words"),
    [
        (PROFILE, esxi({**SEEN, "dns": {}}, gaps={"dns": "refused"}), "nobody knows what is there"),
        (PROFILE.replace("dns:   # names", "dns: &x   # names"), esxi({**SEEN, "dns": {"domain": "y"}}), "of its own"),
    ],
)
def test_what_cannot_be_accepted_is_said(profile_text: str, seen: Snapshot, words: str) -> None:
    """What nobody could read, and what stands in several places at once, is an error, not a guess."""
    with pytest.raises(NotAcceptedError, match=words):
        accept(profile_text, seen)
