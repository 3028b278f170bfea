"""The baseline for ESXi 8: every rule holds strictly, and the traps of the guides are not fallen into."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import Snapshot, Status
from auditor.facts import FoldedDict
from auditor.rulebook.compile import compile_rule
from auditor.rulebook.schema import Rule
from auditor.rulebook.selfcheck import check_rule
from tests.rules.shipped import shipped_rules

SHIPPED = shipped_rules("esxi", "dvs", "vcenter", "vm")
DEFAULTS = {name: value for _, parameters in SHIPPED.values() for name, value in parameters.items()}
RULES = {rule.id: rule for rule, _ in SHIPPED.values()}
LISTED = ("subset_of", "same_set", "contains_all", "split", "count")
PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN


def verdicts(rule: str, facts: dict[str, Any], version: str = "8.0.3", **settings: Any) -> dict[str | None, Status]:
    """What `rule` says of a snapshot with only these facts, by subject. `gaps` and parameters may be given."""
    gaps = dict.fromkeys(settings.pop("gaps", []), "not readable in this test")
    found = RULES[rule]
    if found.applies_to.role:
        facts = {"roles": found.applies_to.role, **facts}
    for name in ("advanced", "settings"):
        if name in facts:
            facts = {**facts, name: FoldedDict(facts[name])}
    platform = found.applies_to.platform[0]
    snapshot = Snapshot("esx-01", platform, "test", datetime(2026, 1, 1, tzinfo=UTC), facts, gaps=gaps, version=version)
    findings = compile_rule(found, {**DEFAULTS, **settings}).judge(snapshot)
    return {finding.subject: finding.status for finding in findings}


def option(rule: str, value: Any, **settings: Any) -> Status:
    """What `rule` says when the advanced option that it looks at has this value."""
    (path,) = RULES[rule].expect
    kind, key = path.removesuffix("]").split("[", 1)
    return verdicts(rule, {kind: {key: value}}, **settings)[None]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_holds_strictly(rule: Rule) -> None:
    """Each rule passes, fails and knows not, and one of its examples notices every small mistake in it."""
    found = check_rule(rule, DEFAULTS)
    assert found.ok, (found.problems, found.survivors)


def test_a_third_of_the_rules_needs_more_than_one_compared_value() -> None:
    """At least a third loops over subjects, knows a value that means unlimited, or compares sets."""
    rich = [
        rule
        for rule in RULES.values()
        if rule.for_each or any(word in repr((rule.expect, rule.any_of)) for word in ("unlimited", *LISTED))
    ]
    assert len(RULES) >= 45
    assert 3 * len(rich) >= len(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_references_are_numbers_and_ids_only(rule: Rule) -> None:
    """CIS and PCI DSS appear as numbers, NIST without its letters, and every rule names a control."""
    assert rule.references.get("nist-800-53")
    for name in ("cis", "pci-dss"):
        guide = r"(?:esxi-[78]:)?" if name == "cis" else ""
        assert all(re.fullmatch(rf"{guide}\d+(\.\d+){{1,3}}", one) for one in rule.references.get(name, []))
    assert all(re.fullmatch(r"[A-Z]{2}-\d+(\(\d+\))?", one) for one in rule.references["nist-800-53"])


@pytest.mark.parametrize(
    "rule",
    [
        "esxi-shell-interactive-timeout",
        "esxi-shell-timeout",
        "esxi-dcui-timeout",
        "esxi-host-client-timeout",
        "esxi-api-session-timeout",
        "esxi-password-max-days",
        "esxi-account-lockout",
        "vcenter-vpxuser-rotation",
    ],
)
@pytest.mark.parametrize("never", [0, -1])
def test_never_is_not_at_most(rule: str, never: int) -> None:
    """0 and -1 mean "never" or "without limit", so they fail where a naive "N at most" passes them."""
    assert option(rule, never) is FAIL
    assert option(rule, 1) is PASS


@pytest.mark.parametrize("value", ["0", "-1", "201", "5m", ""])
def test_ssh_that_never_asks_a_silent_client_fails(value: str) -> None:
    """Texts of esxcli are read as numbers: 0 is off, more than 200 too long, and no number fails."""
    assert option("esxi-sshd-alive-interval", value) is FAIL
    assert option("esxi-sshd-alive-interval", "200") is PASS


def test_a_timeout_as_text_is_not_a_number() -> None:
    """The API gives these options as integers: "600" is not 600 and fails instead of passing by luck."""
    assert option("esxi-shell-timeout", "600") is FAIL
    assert option("esxi-shell-timeout", 600) is PASS


def test_vlan_1_is_not_vlan_10() -> None:
    """VLANs are compared as integers; a regular expression on "1" would fail 10, 21 and 100."""
    groups = {name: {"vlan": int(name)} for name in ("1", "10", "21", "100", "0", "4095")}
    found = verdicts("esxi-portgroup-not-native", {"port_groups": groups})
    assert [name for name, status in found.items() if status is FAIL] == ["1"]
    distributed = {name: {"uplink": False, "vlan": {"kind": "id", "id": int(name)}} for name in ("1", "10", "21")}
    found = verdicts("dvs-portgroup-not-native", {"port_groups": distributed})
    assert [name for name, status in found.items() if status is FAIL] == ["1"]


def test_vlans_0_and_4095_have_their_own_meaning() -> None:
    """0 is untagged and 4095 hands every VLAN to the guest: each fails its own rule and is not reserved."""
    groups = {name: {"vlan": int(name)} for name in ("0", "4094", "4095", "110")}
    for rule, bad in (("tagged", "0"), ("no-vgt", "4095"), ("not-reserved", "4094")):
        found = verdicts(f"esxi-portgroup-{rule}", {"port_groups": groups})
        assert [name for name, status in found.items() if status is FAIL] == [bad]


@pytest.mark.parametrize("text", ["sslv3,tlsv1,tlsv1.1", "tlsv1.1, SSLv3 ,TLSv1", "tlsv1,tlsv1.1,sslv3,tlsv1.2"])
def test_comma_lists_have_no_order(text: str) -> None:
    """Switched-off protocols are a set: order, blanks, letter case and further members do not matter."""
    assert option("esxi-tls-protocols", text, version="8.0.2") is PASS
    assert option("esxi-tls-protocols", "sslv3,tlsv1", version="8.0.2") is FAIL


def test_console_users_are_a_set() -> None:
    """DCUI.Access is a comma list: blanks do not make another user, and nobody at all fails."""
    assert option("esxi-dcui-access", " root ") is PASS
    assert option("esxi-dcui-access", "rescue, root", dcui_access_users=["root", "rescue"]) is PASS
    assert option("esxi-dcui-access", "root,john") is FAIL
    assert option("esxi-dcui-access", "") is FAIL


def test_ciphers_in_any_order_and_fewer_pass() -> None:
    """A subset of the approved ciphers passes in any order; one other cipher fails."""
    assert option("esxi-sshd-ciphers", "aes128-ctr, aes256-gcm@openssh.com") is PASS
    assert option("esxi-sshd-ciphers", "aes128-ctr,3des-cbc") is FAIL


@pytest.mark.parametrize(
    ("rule", "key", "good"),
    [
        ("esxi-account-lockout", "security.ACCOUNTlockFailures", 3),
        ("esxi-issue-banner", "Config.Etc.Issue", "Staff only"),
        ("esxi-shell-timeout", "UserVars.ESXiShellTimeout", 600),
    ],
)
def test_option_keys_in_any_letter_case(rule: str, key: str, good: Any) -> None:
    """Releases spell keys differently; the option is found all the same."""
    assert verdicts(rule, {"advanced": {key: good}}) == {None: PASS}


def test_password_quality_is_judged_by_parts_not_by_text() -> None:
    """The order of passwdqc tokens cannot matter: a weak branch fails its rule, whatever stands around it."""
    good = {
        "retry": 3,
        "similar": "deny",
        "max": 64,
        "lengths": {"four_classes": 15},
        "disabled": ["three_classes", "passphrase", "two_classes", "one_class"],
        "shortest": 15,
        "fewest_classes": 4,
    }
    rules = ("esxi-password-length", "esxi-password-kinds", "esxi-password-retry-similar")
    assert [verdicts(rule, {"password_quality": good})[None] for rule in rules] == [PASS, PASS, PASS]
    shipped = {**good, "lengths": {"three_classes": 7, "four_classes": 7}, "shortest": 7, "fewest_classes": 3}
    assert verdicts("esxi-password-length", {"password_quality": shipped}) == {None: FAIL}
    assert verdicts("esxi-password-kinds", {"password_quality": {**good, "disabled": ["one_class"]}}) == {None: FAIL}
    assert verdicts("esxi-password-retry-similar", {"password_quality": {**good, "similar": "permit"}}) == {None: FAIL}


def test_unwritten_tokens_have_their_default_but_an_unread_option_has_none() -> None:
    """retry and similar default to 3 and deny; without the option itself nothing is concluded."""
    assert verdicts("esxi-password-retry-similar", {"password_quality": {"lengths": {}}}) == {None: PASS}
    assert verdicts("esxi-password-retry-similar", {}) == {None: UNKNOWN}


def test_policy_and_running_of_ssh_are_two_findings() -> None:
    """An audit that came by SSH sees it running: that finding fails, the policy does not."""
    facts = {"services": {"TSM-SSH": {"running": True, "policy": "off"}}}
    assert verdicts("esxi-ssh-stopped", facts) == {None: FAIL}
    assert verdicts("esxi-ssh-policy", facts) == {None: PASS}


def test_security_in_force_counts_per_subject() -> None:
    """Each port group is judged by the effective value; one that shows none fails, an unread one is unknown."""
    for name in ("promiscuous", "mac_changes", "forged_transmits"):
        rule = f"esxi-portgroup-{name.replace('_', '-')}"
        groups = {"good": {"security": {name: False}}, "bad": {"security": {name: True}}, "none": {}}
        assert verdicts(rule, {"port_groups": groups}) == {"good": PASS, "bad": FAIL, "none": FAIL}
        gap = f"port_groups[none].security.{name}"
        assert verdicts(rule, {"port_groups": groups}, gaps=[gap])["none"] is UNKNOWN


def test_uplink_groups_are_left_out() -> None:
    """Groups that carry the uplinks are trunks by design and give no finding."""
    groups = {
        "up": {"uplink": True, "security": {"promiscuous": True}, "vlan": {"kind": "trunk", "count": 4095}},
        "lab": {"uplink": False, "security": {"promiscuous": True}, "vlan": {"kind": "trunk", "count": 4095}},
    }
    for rule in ("dvs-portgroup-promiscuous", "dvs-portgroup-trunk-narrow"):
        assert verdicts(rule, {"port_groups": groups}) == {"lab": FAIL}


def test_a_key_missing_where_it_must_exist_is_unknown() -> None:
    """An option that the build must know is unknown when missing, and not applicable on a build that is older."""
    for rule, first in (
        ("esxi-account-lockout", "5.5.0"),
        ("esxi-audit-local", "7.0.0"),
        ("esxi-bmc-network-off", "8.0.2"),
    ):
        assert verdicts(rule, {"advanced": {}}) == {None: UNKNOWN}
        assert verdicts(rule, {"advanced": {}}, version=first) == {None: Status.NOTAPPLICABLE}


def test_hidden_vcenter_settings_are_unknown() -> None:
    """vCenter leaves out what the account may not see: a missing setting never passes."""
    for rule in (one for one in RULES.values() if one.id.startswith("vcenter-") and "settings[" in repr(one.expect)):
        assert verdicts(rule.id, {"settings": {}}) == {None: UNKNOWN}


def test_lockdown_is_for_managed_hosts() -> None:
    """A standalone host cannot be locked down by a vCenter: not applicable, whatever its mode reads."""
    facts = {"roles": ["standalone"], "lockdown": {"mode": "lockdownDisabled"}}
    assert verdicts("esxi-lockdown-mode", facts) == {None: Status.NOTAPPLICABLE}


def test_a_site_parameter_without_value_is_not_checked() -> None:
    """Rules that need the site's own list say so instead of guessing one."""
    for rule, facts in (("esxi-syslog-declared", {"syslog": {"hosts": []}}), ("esxi-ntp-declared", {"time": {}})):
        assert verdicts(rule, facts) == {None: Status.NOTCHECKED}


def test_log_servers_are_compared_as_a_set() -> None:
    """Order and letter case of parsed targets do not matter; one too few or too many fails."""
    wanted = ["ssl://a.example:1514", "ssl://b.example:1514"]
    for hosts, status in (
        (["ssl://B.example:1514", "ssl://a.example:1514"], PASS),
        (wanted[:1], FAIL),
        ([*wanted, "udp://c.example:514"], FAIL),
    ):
        assert verdicts("esxi-syslog-declared", {"syslog": {"hosts": hosts}}, syslog_hosts=wanted) == {None: status}


def test_disks_inside_the_host_need_one_path_only() -> None:
    """Shared disks need two live paths; local ones are left out, however the host names their plug-in."""
    disks = {
        "naa.shared": {"live_paths": 1, "local": False},
        "naa.local": {"live_paths": 1, "local": True, "storage_type": "HPP"},
        "mpx.local": {"live_paths": 1, "storage_type": "VMW_SATP_LOCAL"},
    }
    assert verdicts("esxi-multipath", {"multipath": disks}) == {"naa.shared": FAIL}


def test_releases_compare_as_versions() -> None:
    """8.0.10 is newer than 8.0.9, and 10 newer than 8: text order would say otherwise."""
    for version, status in (("8.0.10", PASS), ("8.0.8", FAIL), ("10.0.0", PASS)):
        facts = {"product": {"version": version}}
        assert verdicts("esxi-release-supported", facts, oldest_supported_version="8.0.9") == {None: status}
