"""What an account may not ask of a live host is a gap that names the privilege, and unknown to its rules alone."""

from collections.abc import Iterator

import pytest

from auditor.collectors.vsphere.esxcli import COMMANDS
from auditor.domain import Finding, Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.rules.shipped import shipped_parts
from tests.simulators.vsphere.fake import FakeSim, FakeVCenter
from tests.simulators.vsphere.fake.values import vim

SITE = {"cim_users": ["esx-monitor"], "trusted_ca_fingerprints": ["none"]}
ALWAYS = {"esxi-trusted-cas"}  # fails by that parameter: it only has to be judged
# method refused -> (privilege that the vendor declares for it, gaps, rules that need them), after the API's type data
REFUSED = {
    "QueryLockdownExceptions": (
        "Global.Settings",
        {"lockdown.exceptions", "lockdown.audit_account"},
        {"esxi-lockdown-exceptions", "esxi-lockdown-audit-account", "esxi-lockdown-nsx-accounts"},
    ),
    "RetrieveHostAccessControlEntries": (
        "Global.Settings",
        {"access", "named_admins"},
        {"esxi-admin-named", "esxi-cim-user"},
    ),
    "fetchSoftwarePackages": ("Host.Config.Image", {"packages"}, {"esxi-packages-signed"}),
    "HostImageConfigGetAcceptance": ("System.Read", {"acceptance_level"}, {"esxi-acceptance-level"}),
    "ListCACertificates": ("Certificate.Manage", {"trusted_cas"}, {"esxi-trusted-cas"}),
}


@pytest.fixture(scope="module")
def sim() -> Iterator[FakeSim]:
    with FakeVCenter(hosts=1) as running:
        yield running


def audited(sim: FakeSim, esxcli: bool = True, part_id: str = "vsphere-host") -> tuple[Snapshot, list[Finding]]:
    """One collection, and what the rules of a part say of the host."""
    items = collect(source_of(sim, esxcli=esxcli))
    assert not failures(items)
    (snapshot,) = snapshots(items).values()
    (part,) = (one.baseline for one in shipped_parts() if one.id == part_id)
    given = {name: SITE.get(name, parameter.default) for name, parameter in part.parameters.items()}
    rules = [rule for rule in part.rules if "esxi" in rule.applies_to.platform]
    return snapshot, [found for rule in rules for found in compile_rule(rule, given).judge(snapshot)]


@pytest.mark.parametrize("method", REFUSED)
def test_a_refused_call_costs_only_its_rules(sim: FakeSim, method: str) -> None:
    """The gap names the privilege; exactly the rules that need the fact are unknown, with that reason."""
    privilege, gaps, rules = REFUSED[method]
    assert sim.raised is not None
    sim.raised[method] = vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId=privilege, msg="denied")
    try:
        snapshot, findings = audited(sim)
    finally:
        del sim.raised[method]
    assert gaps <= {path for path, reason in snapshot.gaps.items() if privilege in reason}
    unknown = {found.rule: found.reason for found in findings if found.status is Status.UNKNOWN}
    assert set(unknown) == rules
    assert all(privilege in reason for reason in unknown.values())


def test_esxcli_refused_is_asked_once(sim: FakeSim) -> None:
    """The first refusal ends the questions: every command becomes a gap that names the privilege."""
    assert sim.raised is not None
    fault = vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="Host.Config.Settings", msg="denied")
    sim.raised["RetrieveManagedMethodExecuter"] = fault
    before = sim.control("calls")["calls"].get("RetrieveManagedMethodExecuter", 0)
    try:
        snapshot, findings = audited(sim)
    finally:
        del sim.raised["RetrieveManagedMethodExecuter"]
    assert sim.control("calls")["calls"]["RetrieveManagedMethodExecuter"] == before + 1
    assert len(COMMANDS) > 1
    named = {path for path, reason in snapshot.gaps.items() if "Host.Config.Settings" in reason}
    assert {"sshd", "accounts", "tls_profile", "firewall_active", "kernel_settings", "key_persistence"} <= named
    unknown = {found.rule for found in findings if found.status is Status.UNKNOWN}
    assert {"esxi-tls-profile", "esxi-values-in-force", "esxi-sshd-banner", "esxi-fips-ssh"} <= unknown
    assert {found.rule for found in findings if found.status is Status.FAIL} <= ALWAYS


def test_without_esxcli_nothing_is_green_by_default(sim: FakeSim) -> None:
    """A source that does not say `esxcli: true`: its rules are unknown, and the reason says what to write."""
    snapshot, findings = audited(sim, esxcli=False)
    assert "esxcli: true" in snapshot.gaps["sshd"]
    by_rule = {found.rule: found.status for found in findings}
    for rule in ("esxi-tls-profile", "esxi-values-in-force", "esxi-sshd-ciphers", "esxi-dcui-no-shell"):
        assert by_rule[rule] is Status.UNKNOWN
    assert by_rule["esxi-restart-due"] is Status.PASS


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("config.firewall", {"esxi-firewall-incoming", "esxi-firewall-outgoing", "esxi-firewall-sources"}),
        ("config.lockdownMode", {"esxi-lockdown-mode"}),
        ("summary.tpmAttestation", {"esxi-tpm-attested"}),
        ("config.certificate", {"esxi-cert-expiry", "esxi-cert-not-self-signed", "esxi-cert-strength"}),
        ("summary.rebootRequired", {"esxi-restart-due"}),
    ],
)
def test_a_property_that_is_hidden_is_unknown(sim: FakeSim, path: str, rules: set[str]) -> None:
    """NoPermission on one property, as vCenter answers it in missingSet: unknown to its rules, and nothing fails."""
    sim.control("forbid", host="*", path=path)
    try:
        _, findings = audited(sim)
    finally:
        sim.control("clear")
    assert rules <= {found.rule for found in findings if found.status is Status.UNKNOWN}
    assert {found.rule for found in findings if found.status is Status.FAIL} <= ALWAYS


def test_accounts_of_nsx_are_exempt_only_with_nsx(sim: FakeSim) -> None:
    """The same exception user passes on a host that carries NSX and fails on one that does not."""
    assert sim.estate is not None
    (host,) = sim.estate.hosts.values()
    host.exceptions = ["nsxuser"]
    try:
        for node, status in (("node-1", Status.PASS), (None, Status.FAIL)):
            host.config.network.nsxTransportNodeId = node
            snapshot, findings = audited(sim)
            assert ("nsx" in snapshot.facts["roles"]) is bool(node)
            assert [f.status for f in findings if f.rule == "esxi-lockdown-nsx-accounts"] == [status]
    finally:
        host.exceptions, host.config.network.nsxTransportNodeId = [], None


def test_an_empty_list_that_cannot_be_empty_is_unknown(sim: FakeSim) -> None:
    """No rule set, or no adapter for management: their rules are unknown, where "nothing to judge" would hide them."""
    assert sim.estate is not None
    (host,) = sim.estate.hosts.values()
    config = host.config
    rulesets, services = config.firewall.ruleset, config.virtualNicManagerInfo.netConfig
    management = next(one for one in services if one.nicType == "management")
    chosen = management.selectedVnic
    config.firewall.ruleset, management.selectedVnic = [], []
    try:
        _, findings = audited(sim)
        _, network = audited(sim, part_id="vsphere-network")
    finally:
        config.firewall.ruleset, management.selectedVnic = rulesets, chosen
    assert {found.status for found in findings if found.rule == "esxi-firewall-sources"} == {Status.UNKNOWN}
    assert {found.status for found in network if found.rule == "esxi-vmk-management"} == {Status.UNKNOWN}
