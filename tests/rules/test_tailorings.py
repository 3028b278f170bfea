"""Shipped tailorings: every name in them means something, and each turns verdicts where its guide is stricter."""

from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import Snapshot, Status
from auditor.facts import FoldedDict
from auditor.library import load_baselines
from auditor.resources import folder
from auditor.rulebook.compile import compile_rule
from auditor.rulebook.conflicts import conflicts, stated
from auditor.selection import Selection, choose
from auditor.tailorings import LoadedTailoring, load_tailoring, verify

LIBRARY = load_baselines([folder("rules")])
NAMES = sorted(path.stem for path in (folder("rules") / "tailorings").glob("*.yaml"))
PASS, FAIL = Status.PASS, Status.FAIL
SESSION = "Config.HostAgent.vmacore.soap.sessionTimeout"
QUALITY = {"in_use": True, "shortest": 14, "maxrepeat": 3, "dictcheck": 1, "enforcing": 1}
LOCK = {"in_use": True, "resets": True, "deny": 5, "unlock_time": 900}
SOURCE_CHECK = {"net.ipv4.conf.all.rp_filter": {"runtime": 2, "agrees": True}}
IDLE = {"timeout": 900, "timeout_readonly": True, "timeout_exported": True}
STRICTER = [  # tailoring, baseline, rule, facts: good by default, not by this guide
    ("disa-stig", "linux-access", "linux-lockout", {"pam": {"faillock": LOCK}}),
    ("disa-stig", "linux-access", "linux-password-quality", {"pam": {"pwquality": QUALITY}}),
    ("disa-stig", "linux-access", "linux-shell-timeout", {"session": IDLE}),
    ("disa-stig", "linux-access", "linux-umask-closed", {"session": {"umask": "0027"}}),
    ("disa-stig", "linux-access", "linux-ssh-logs-logins", {"sshd": {"effective": {"loglevel": "INFO"}}}),
    ("disa-stig", "linux-kernel", "linux-crypto-policy-modern", {"crypto": {"base": "DEFAULT"}}),
    ("disa-stig-7", "vsphere-host", "esxi-dcui-timeout", {"advanced": {"UserVars.DcuiTimeOut": 600}}),
    ("vendor-guide", "vsphere-host", "esxi-api-session-timeout", {"advanced": {SESSION: 30}}),
    ("cis", "linux-kernel", "linux-source-check-all", {"sysctl": SOURCE_CHECK}),
    ("cis", "linux-access", "linux-lockout", {"pam": {"faillock": LOCK}}),
    ("cis", "vsphere-vm", "vm-hardware-version", {"roles": ["guest"], "hardware_version": 17}),
    ("anssi", "linux-access", "linux-lockout", {"pam": {"faillock": LOCK}}),
    ("anssi", "linux-access", "linux-shell-timeout", {"session": IDLE}),
]
ROOMIER = [  # what the guide is content with, though the default is not
    ("disa-stig", "vsphere-vm", "vm-vmotion-encrypted", {"encryption": {"vmotion": "opportunistic"}}),
    ("vendor-guide", "vsphere-host", "esxi-password-max-days", {"advanced": {"Security.PasswordMaxDays": 9999}}),
    ("vendor-guide", "vsphere-host", "esxi-account-lockout", {"advanced": {"Security.AccountLockFailures": 5}}),
    ("cis", "vsphere-host", "esxi-account-lockout", {"advanced": {"Security.AccountLockFailures": 5}}),
]


def verdict(baseline: str, rule_id: str, facts: dict[str, Any], tailoring: LoadedTailoring | None) -> Status:
    """What the rule says of these facts, with the parameters of the tailoring or those it ships with."""
    loaded = LIBRARY[baseline]
    rule = next(one for one in loaded.baseline.rules if one.id == rule_id)
    facts = {"os": {"id": "rhel", "id_like": ["fedora"]}, "roles": rule.applies_to.role or [], **facts}
    if "advanced" in facts:
        facts["advanced"] = FoldedDict(facts["advanced"])
    platform = rule.applies_to.platform[0]
    version = "9.4" if platform == "linux" else "8.0.3"
    snapshot = Snapshot("target", platform, "test", datetime(2026, 1, 1, tzinfo=UTC), facts, version=version)
    (finding,) = compile_rule(rule, Selection(LIBRARY, tailoring).parameters(loaded)).judge(snapshot)
    return finding.status


@pytest.mark.parametrize("name", NAMES)
def test_every_name_and_value_means_something(name: str) -> None:
    """Each parameter is declared by its baseline, has the right type, and a rule there reads it."""
    loaded = load_tailoring(name)
    verify(loaded, LIBRARY.values())
    assert loaded.tailoring.tailoring == name
    for one in loaded.tailoring.parameters:
        baseline, _, own = one.partition("/")
        assert any(f"${own}" in repr((rule.expect, rule.any_of)) for rule in LIBRARY[baseline].baseline.rules), one


@pytest.mark.parametrize(("name", "baseline", "rule", "facts"), STRICTER)
def test_a_stricter_guide_fails_what_the_default_passes(
    name: str, baseline: str, rule: str, facts: dict[str, Any]
) -> None:
    """One host, one rule: good by default, a finding for whoever answers to this guide."""
    assert verdict(baseline, rule, facts, None) is PASS
    assert verdict(baseline, rule, facts, load_tailoring(name)) is FAIL


@pytest.mark.parametrize(("name", "baseline", "rule", "facts"), ROOMIER)
def test_a_guide_that_leaves_more_room_is_content(name: str, baseline: str, rule: str, facts: dict[str, Any]) -> None:
    """Where the default is that of a stricter guide, the other one does not blame its own hosts."""
    assert verdict(baseline, rule, facts, None) is FAIL
    assert verdict(baseline, rule, facts, load_tailoring(name)) is PASS


def test_no_tailoring_goes_untested() -> None:
    """Each shipped tailoring turns at least one verdict in the stricter direction above."""
    assert {name for name, *_ in STRICTER} == set(NAMES)


@pytest.mark.parametrize(
    ("name", "baseline"),
    [
        *(("disa-stig", baseline) for baseline in ("esxi-8", "rhel-9", "nxos", "nexus-1000v")),
        ("disa-stig-7", "esxi-7"),
        *(("vendor-guide", "esxi-8"), ("cis", "esxi-8"), ("cis", "debian-12"), ("anssi", "debian-12")),
    ],
)
def test_defaults_and_guide_can_both_be_met(name: str, baseline: str) -> None:
    """A target can be set up so that it is good by default and by the guide: no two demands exclude each other."""
    (plain,) = choose([baseline], None, LIBRARY)
    (tailored,) = choose([baseline], load_tailoring(name), LIBRARY)
    sides = [[one for rule in side.rules if (one := stated(rule.rule, rule.parameters))] for side in (plain, tailored)]
    assert not list(conflicts(*sides))
