"""Known traps of hardening checks, one by one: a naive comparison passes or blames these, the shipped rules do not.

docs/explanation/traps.md names what answers each trap; here stand those that no other test shows as verdicts.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.domain import Snapshot, Status, Target
from auditor.facts import FoldedDict
from auditor.relate import relate
from auditor.rulebook.compile import compile_rule
from auditor.rulebook.constraints import ParameterUnset, build, resolve
from tests.rules.shipped import shipped_rules

PASS, FAIL, UNKNOWN, NOTAPPLICABLE = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOTAPPLICABLE
RULES = shipped_rules()
NOON = datetime(2026, 1, 1, tzinfo=UTC)
LESS_IS_GOOD = {  # facts for which zero, or any number below the bound, is good and none means "never"
    "sysctl[vm.swappiness].runtime",
    "mac.apparmor_complain",
    "logging.console",
    "time.off_by_seconds",
    ".vlan",
    ".vlan.count",
    ".send_days",
    ".changed[maxauthtries]",
    ".changed[maxsessions]",
    "sshd.effective[maxauthtries]",
    "sshd.effective[maxsessions]",
    "pam.pwquality.dcredit",
    "pam.pwquality.ucredit",
    "pam.pwquality.lcredit",
    "pam.pwquality.ocredit",
}


def verdicts(rule_id: str, facts: Mapping[str, Any], version: str = "8.0.3", **more: Any) -> dict[str | None, Status]:
    """What the shipped rule says of these facts, by subject; `gaps`, `roles` and parameters may be given."""
    gaps = dict.fromkeys(more.pop("gaps", ()), "not readable in this test")
    rule, parameters = RULES[rule_id]
    given: dict[str, Any] = {"roles": more.pop("roles", rule.applies_to.role or []), **facts}
    for name in ("advanced", "settings", "extra_config"):
        if name in given:
            given[name] = FoldedDict(given[name])
    snapshot = Snapshot("target", rule.applies_to.platform[0], "test", NOON, given, gaps=gaps, version=version)
    return {one.subject: one.status for one in compile_rule(rule, {**parameters, **more}).judge(snapshot)}


def verdict(rule_id: str, facts: Mapping[str, Any], version: str = "8.0.3", **more: Any) -> Status:
    """The same of a rule with one finding."""
    (status,) = verdicts(rule_id, facts, version, **more).values()
    return status


def bounded() -> Iterator[tuple[str, str, Any]]:
    """(rule, path, constraint) wherever a shipped rule wants a number to be at most something."""
    for rule_id, (rule, parameters) in RULES.items():
        for entries in (rule.expect, *rule.any_of):
            for path, constraint in entries.items():
                if isinstance(constraint, dict) and "at_most" in constraint:
                    yield rule_id, path, resolve_or_none(constraint, parameters)


def resolve_or_none(constraint: Any, parameters: Mapping[str, Any]) -> Any:
    """The constraint with its parameters, None where the site must set one first."""
    try:
        return resolve(constraint, parameters)
    except ParameterUnset:
        return None


@pytest.mark.parametrize(("rule", "path", "constraint"), list(bounded()))
def test_zero_is_under_no_upper_bound_by_chance(rule: str, path: str, constraint: Any) -> None:
    """0 means never for every timeout: a rule with an upper bound refuses it, or the fact is one where less is good."""
    if constraint is not None and path not in LESS_IS_GOOD:
        assert not build(constraint).test(0), f"{rule}: 0 passes {path}"


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("linux-ssh-dead-sessions-end", {"sshd": {"effective": {"clientaliveinterval": 0, "clientalivecountmax": 3}}}),
        ("linux-ssh-dead-sessions-end", {"sshd": {"effective": {"clientaliveinterval": 60, "clientalivecountmax": 0}}}),
        ("linux-ssh-login-time-limited", {"sshd": {"effective": {"logingracetime": 0}}}),
        ("linux-sessions-idle-end", {"os": {"id": "rhel"}, "session": {"stop_idle": 0}}),
        ("linux-sudo-forgets", {"sudoers": {"timestamp_timeout": -1}}),
        ("esx4-tech-support-timeout", {"advanced": {"UserVars.TSMTimeOut": 0}}),
        ("esx5-shell-timeout", {"advanced": {"UserVars.ESXiShellTimeOut": 0}}),
        ("esx5-console-idle", {"advanced": {"UserVars.DcuiTimeOut": 0}}),
    ],
)
def test_never_fails_on_linux_and_old_hosts_too(rule: str, facts: dict[str, Any]) -> None:
    """Idle limits of SSH, logind, sudo and of releases 4 and 5: the value that switches the limit off is a failure."""
    versions = {"esx4-tech-support-timeout": "4.1.0", "linux-sessions-idle-end": "9.4"}
    assert verdict(rule, facts, versions.get(rule, "5.1.0" if rule.startswith("esx5") else "12")) is FAIL


def test_a_lock_that_nobody_opens_is_the_strictest() -> None:
    """unlock_time 0 locks for good and passes, one second short of the limit does not; deny 0 locks nobody."""
    lock = {"in_use": True, "resets": True, "deny": 3, "unlock_time": 0}
    assert verdict("linux-lockout", {"pam": {"faillock": lock}}) is PASS
    assert verdict("linux-lockout", {"pam": {"faillock": {**lock, "unlock_time": 899}}}) is FAIL
    assert verdict("linux-lockout", {"pam": {"faillock": {**lock, "deny": 0}}}) is FAIL


@pytest.mark.parametrize(("seconds", "status"), [(899, FAIL), (900, PASS), (0, FAIL)])
def test_900_seconds_satisfy_every_guide(seconds: int, status: Status) -> None:
    """Some guides want at least 900 seconds, one at most: the default asks for a value that all of them accept."""
    assert verdict("esxi-account-unlock-time", {"advanced": {"Security.AccountUnlockTime": seconds}}) is status


@pytest.mark.parametrize(("days", "status"), [(-1, FAIL), (-2, FAIL), (0, PASS), (45, PASS), (46, FAIL)])
def test_inactive_accounts_never_lock_at_minus_one(days: int, status: Status) -> None:
    """INACTIVE -1 is off, though it is less than 45; 0 locks at once. New accounts and those in use alike."""
    assert verdict("linux-new-accounts-lock", {"useradd": {"INACTIVE": days}}) is status
    account = {"password": {"state": "hash", "inactive_days": days}}
    assert verdicts("linux-unused-accounts-lock", {"accounts": {"ann": account}}) == {"ann": status}


@pytest.mark.parametrize(
    ("rule", "path", "mode", "status"),
    [
        ("linux-passwd-files-mode", "/etc/passwd", "0644", PASS),
        ("linux-passwd-files-mode", "/etc/passwd", "0466", FAIL),
        ("linux-sudoers-mode", "/etc/sudoers", "0404", FAIL),
        ("linux-sudoers-mode", "/etc/sudoers", "0440", PASS),
        ("linux-audit-log-mode", "/var/log/audit/audit.log", "0604", FAIL),
        ("linux-audit-log-mode", "/var/log/audit/audit.log", "0600", PASS),
    ],
)
def test_modes_are_bits_not_numbers(rule: str, path: str, mode: str, status: Status) -> None:
    """0604 is less than 0640 as a number and readable by everybody."""
    found = verdicts(rule, {"files": {path: {"mode": mode, "owner": "root", "group": "root"}}})
    assert list(found.values()) == [status]


def test_no_rule_compares_modes_as_numbers() -> None:
    """Every constraint on a mode is about permission bits, or names whole modes."""
    for rule_id, (rule, _) in RULES.items():
        for entries in (rule.expect, *rule.any_of):
            for path, constraint in entries.items():
                if path.endswith("mode") and isinstance(constraint, dict) and "lockdown" not in path:
                    assert not {"at_most", "between", "at_least"} & set(constraint), f"{rule_id}: {path}"


def test_the_journal_is_static_not_enabled() -> None:
    """`systemctl is-enabled` says static for journald: that is in order, a masked one is not."""
    unit = {"load": "loaded", "enabled": "static", "running": True}
    assert verdict("linux-journald-runs", {"units": {"systemd-journald.service": unit}}) is PASS
    masked = {"load": "masked", "enabled": "masked", "running": False}
    assert verdict("linux-journald-runs", {"units": {"systemd-journald.service": masked}}) is FAIL


def test_builds_are_numbers() -> None:
    """As text 9.. is more than 24..: a build of seven digits would pass for newer than one of eight."""
    for text, status in (("9999999", FAIL), ("24022510", PASS), ("100000000", PASS)):
        product = {"product": {"release": f"8.0.3.{text}"}}
        assert verdict("esxi-build-current", product, least_release_8="8.0.3.24022510") is status
    for number, status in ((721_907, FAIL), (1_065_491, PASS)):
        facts = {"product": {"build": number}}
        assert verdict("esx4-build", facts, "5.0.0", roles=["managed"], least_build=1_065_491) is status


def test_a_key_that_the_build_cannot_have_is_not_applicable() -> None:
    """Audit records came with 7.0 U1, BPDU blocking with 5.1, the TLS profile with 8.0 U3."""
    assert verdict("esxi-audit-local", {"advanced": {}}, "7.0.0") is NOTAPPLICABLE
    assert verdict("esxi-audit-local", {"advanced": {}}, "7.0.1") is UNKNOWN
    assert verdict("esxi-bpdu-block", {"advanced": {}}, "8.0.3") is UNKNOWN
    assert verdict("esxi-tls-profile", {}, "8.0.2") is NOTAPPLICABLE


def test_defaults_that_turned_round_between_releases_are_judged_by_release() -> None:
    """3D is on by default in 7 and off in 8; the desktop locks by itself before 8 and has to be told in 8."""
    for version, graphics, desktop in (("7.0.3", FAIL, PASS), ("8.0.3", PASS, FAIL)):
        assert verdict("vm-3d-off", {"extra_config": {}}, version) is graphics
        assert verdict("vm-console-locks-desktop", {"extra_config": {}}, version) is desktop


@pytest.mark.parametrize("word", ["without-password", "prohibit-password", "forced-commands-only", "yes"])
def test_root_login_is_no_in_every_other_spelling(word: str) -> None:
    """`sshd -T` prints without-password where the manual says prohibit-password: neither is no."""
    assert verdict("linux-ssh-no-root-login", {"sshd": {"effective": {"permitrootlogin": word}}}) is FAIL


@pytest.mark.parametrize("word", ["YESCRYPT", "SHA512"])
def test_both_good_hashes_of_debian_pass(word: str) -> None:
    """A guide asks for yescrypt, the distribution ships SHA512: a strong hash is a strong hash."""
    assert verdict("linux-login-defs-strong-hash", {"login_defs": {"ENCRYPT_METHOD": word}}) is PASS


def test_a_closed_parameter_is_no_missing_one() -> None:
    """EACCES on net.core.bpf_jit_harden is unknown; only a kernel that has no such file is not judged by it."""
    rule, os = "linux-bpf-jit-hardened", {"os": {"id": "rhel"}}
    assert verdict(rule, os, "9.4", gaps=["sysctl[net.core.bpf_jit_harden]"]) is UNKNOWN
    assert verdict(rule, {**os, "sysctl": {}}, "9.4") is NOTAPPLICABLE


def test_all_does_not_speak_for_interfaces_that_exist() -> None:
    """net.ipv6.conf.all.accept_ra=0 leaves an older interface at 1: each is judged, with its own name."""
    links = {"eth0": {"loopback": False, "ipv6_accept_ra": 1}, "eth1": {"loopback": False, "ipv6_accept_ra": 0}}
    facts = {"interfaces": links, "sysctl": {"net.ipv6.conf.all.accept_ra": {"runtime": 0, "agrees": True}}}
    found = verdicts("linux-interfaces-refuse-router-advertisements", facts)
    assert found == {"eth0": FAIL, "eth1": PASS}


def test_a_host_kept_by_ptp_is_not_blamed_for_ntp() -> None:
    """The rules of the protocol that is not in use do not apply, in either direction."""
    for protocol, other in (("ptp", "ntp"), ("ntp", "ptp")):
        facts = {"time": {"protocol": protocol, "ntp_servers": []}, "services": {}}
        assert verdict(f"esxi-{other}-running", facts, roles=[protocol, "managed"]) is NOTAPPLICABLE
        assert verdict(f"esxi-{protocol}-running", facts, roles=[protocol, "managed"]) is FAIL
    assert verdict("esxi-ntp-servers", {"time": {"protocol": "ptp"}}, roles=["ptp"]) is NOTAPPLICABLE
    unit = {"load": "loaded", "running": True, "starts": True}
    host = {
        "units": {"ptp4l.service": unit},
        "packages": {"linuxptp": "3.1"},
        "time": {"services": ["ptp4l"], "servers": []},
    }
    for rule in ("client-runs", "client-installed", "servers-known"):
        assert verdict(f"linux-time-{rule}", host, "12", ntp_servers=["192.0.2.1"]) is PASS
    assert verdict("linux-one-clock", host, "12") is PASS


@pytest.mark.parametrize(
    "rule", ["esxi-tpm-version", "esxi-tpm-mode", "esxi-secure-boot", "esxi-secure-boot-required", "esxi-tpm-attested"]
)
def test_hosts_without_the_hardware_are_not_blamed_for_ever(rule: str) -> None:
    """No TPM, or firmware without Secure Boot: not applicable. Where nobody could tell, unknown."""
    assert verdict(rule, {"boot": {}}, roles=["managed", "ntp"]) is NOTAPPLICABLE
    assert verdict(rule, {"boot": {}}, roles=[], gaps=["roles"]) is UNKNOWN


def test_a_private_vlan_is_judged_by_its_primary_too() -> None:
    """The port carries a secondary id that no list names; the primary is the native VLAN."""
    vlan = {"kind": "pvlan", "id": 201, "pvlan_primary": 1}
    group = {"isolated": {"uplink": False, "vlan": vlan}, "plain": {"uplink": False, "vlan": {"kind": "id", "id": 10}}}
    found = verdicts("dvs-portgroup-not-native", {"port_groups": group}, roles=["vmware"])
    assert found == {"isolated": FAIL, "plain": PASS}


def test_a_port_that_left_its_group_fails_alone() -> None:
    """The group refuses promiscuous mode, one of its ports allows it."""
    groups = {"Servers": {"uplink": False, "security": {"promiscuous": False}}}
    ports = {"Servers/17": {"security": {"promiscuous": True}}, "Servers/18": {"security": {"promiscuous": False}}}
    facts = {"port_groups": groups, "ports": ports}
    assert verdicts("dvs-portgroup-promiscuous", facts, roles=["vmware"]) == {"Servers": PASS}
    assert verdicts("dvs-port-promiscuous", facts, roles=["vmware"]) == {"Servers/17": FAIL, "Servers/18": PASS}


def test_filters_of_products_pass_once_they_are_named() -> None:
    """A security product that filters packets fails until the site names it, and nothing else passes with it."""
    machine = {"dvfilters": ["serviceinstance-1"]}
    assert verdict("vm-dvfilters-approved", machine) is FAIL
    assert verdict("vm-dvfilters-approved", machine, approved_dvfilters=["serviceinstance-1"]) is PASS
    bound = {"advanced": {"Net.DVFilterBindIpAddress": "192.0.2.7"}}
    assert verdict("esxi-dvfilter-bind", bound) is FAIL
    assert verdict("esxi-dvfilter-bind", bound, dvfilter_address="192.0.2.7") is PASS


def test_an_agent_with_users_of_version_3_only_has_no_community_to_blame() -> None:
    """SNMP is on and answers to no community: that is how v3 alone looks."""
    assert verdict("esxi-snmp-communities", {"snmp": {"enabled": True, "communities": []}}) is PASS


def test_a_host_that_starts_over_the_network_has_no_boot_device_to_blame() -> None:
    """Auto Deploy without a disk: not applicable; without having looked, unknown."""
    assert verdict("esxi-boot-device", {}, roles=["auto-deploy", "managed"]) is NOTAPPLICABLE
    assert verdict("esxi-boot-device", {}, gaps=["boot_device"]) is UNKNOWN


def test_a_cluster_of_mixed_releases_is_said() -> None:
    """One host of an older build among three: it disagrees, the others do not."""
    targets = []
    for number, release in enumerate(("8.0.3.24022510", "8.0.3.24022510", "8.0.2.22380479"), 1):
        facts = {"cluster": {"name": "c1"}, "hardware": {"uuid": str(number)}, "product": {"release": release}}
        snapshot = Snapshot(f"esx{number}", "esxi", "vc", NOON, facts, {"": "test"}, version="8.0.3")
        targets.append(Target(f"esx{number}", "esxi", "vc", "collected", snapshot=snapshot))
    rule, parameters = RULES["esxi-cluster-agrees"]
    for one, status in zip(relate(targets), (PASS, PASS, FAIL), strict=True):
        assert one.snapshot is not None
        found = {f.subject: f.status for f in compile_rule(rule, parameters).judge(one.snapshot)}
        assert found["build"] is status


def test_supervisors_that_are_both_active_fail() -> None:
    """A second active supervisor beside this one, or another pair with the same domain id."""
    assert verdict("nexus1000v-one-active-supervisor", {"redundancy": {"dual_active": True}}) is FAIL
    assert verdict("nexus1000v-domain-unique", {"estate": {"same_domain": ["vsm02"]}}) is FAIL
    assert verdict("nexus1000v-domain-unique", {}, gaps=["estate.same_domain"]) is UNKNOWN


def test_what_waits_for_a_restart_is_no_pass_and_no_failure_of_the_setting() -> None:
    """Configured and running are judged apart: a value that waits fails its own rule only."""
    option = {"VMkernel.Boot.execInstalledOnly": True}
    setting = {"advanced": option, "kernel_settings": {"execInstalledOnly": {"runtime": "FALSE"}}}
    assert verdict("esxi-exec-installed-only", setting) is PASS
    assert verdict("esxi-exec-installed-running", setting) is FAIL
    assert verdict("esxi-values-in-force", {"pending": ["execInstalledOnly"]}) is FAIL
