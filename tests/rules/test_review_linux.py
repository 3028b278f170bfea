"""What a reading of the Linux rules against the facts found: each test is a false verdict or a false claim of once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.rules.shipped import shipped_rules
from tests.rules.test_reviewed import FAIL, NOTAPPLICABLE, PASS, UNKNOWN, verdict

RULES = shipped_rules("linux")
DEBIAN, RHEL = {"id": "debian", "family": "debian"}, {"id": "rhel", "family": "rhel"}
KERNEL = ["own-kernel"]
TAKEN = datetime(2026, 1, 1, tzinfo=UTC)


def judge(rule_id: str, facts: dict[str, Any], version: str = "12", gaps: tuple[str, ...] = ()) -> dict[str, Status]:
    """Verdicts by subject, "" for a rule without any."""
    rule, parameters = RULES[rule_id]
    snapshot = Snapshot(
        target="host",
        platform="linux",
        source="test",
        taken_at=TAKEN,
        facts={"roles": KERNEL, **facts},
        gaps=dict.fromkeys(gaps, "not readable in this test"),
        version=version,
    )
    return {one.subject or "": one.status for one in compile_rule(rule, parameters).judge(snapshot)}


def test_overlay_is_asked_of_the_releases_whose_guide_asks() -> None:
    """The guides for Debian 12 and RHEL 8 bar overlay, the one for RHEL 9 does not: it was failed there once."""
    facts = {"modules": {"overlay": {"barred": False}}}
    assert judge("linux-overlay-barred", {"os": DEBIAN, **facts})[""] is FAIL
    assert judge("linux-overlay-barred", {"os": RHEL, **facts}, "9.4")[""] is NOTAPPLICABLE
    assert judge("linux-overlay-barred-rhel", {"os": RHEL, **facts}, "8.10")[""] is FAIL
    assert judge("linux-overlay-barred-rhel", {"os": RHEL, **facts}, "9.4")[""] is NOTAPPLICABLE


@pytest.mark.parametrize("module", ["atm", "can"])
def test_modules_that_only_guides_for_rhel_name_are_not_asked_of_debian(module: str) -> None:
    """ATM and CAN stood in one list with those that every guide names."""
    facts = {"modules": {module: {"barred": False}}}
    assert judge("linux-odd-protocols-barred", {"os": DEBIAN, **facts}) == {"": NOTAPPLICABLE}
    assert judge("linux-device-protocols-barred", {"os": DEBIAN, **facts}) == {"": NOTAPPLICABLE}
    assert judge("linux-device-protocols-barred", {"os": RHEL, **facts}, "9.4") == {module: FAIL}


def test_a_rule_for_one_family_cites_no_guide_of_the_other() -> None:
    """A rule for Debian named ids of DISA's guide for RHEL, and one for RHEL a section of the guide for Debian."""
    for rule, _ in RULES.values():
        systems, references = rule.applies_to.os, rule.references
        cited = [*references.get("stig", []), *references.get("cis", [])]
        if systems and "rhel" not in systems:
            assert not [one for one in cited if one.upper().startswith("RHEL")], rule.id
        if systems and "debian" not in systems:
            assert not [one for one in cited if one.startswith("debian")], rule.id


def test_rules_with_an_id_of_disa_name_its_category() -> None:
    """Homes on their own (II) and old file systems (III) had ids of DISA's guides and no category."""
    for name, category, severity in (
        ("linux-home-separate", "II", "medium"),
        ("linux-old-filesystems-barred", "III", "low"),
    ):
        rule, _ = RULES[name]
        assert (rule.cat, rule.severity.value) == (category, severity)


def test_fixes_do_not_lock_out_who_follows_them() -> None:
    """A boot password without --unrestricted stops each boot; AllowGroups without members ends every SSH login."""
    assert "--unrestricted" in RULES["linux-boot-loader-password"][0].fix
    assert "your own account" in RULES["linux-ssh-access-named"][0].fix
    assert RULES["linux-coredump-keeps-nothing"][0].fix.startswith("mkdir -p")
