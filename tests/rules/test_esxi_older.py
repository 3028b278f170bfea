"""Hosts of releases 6.7 and 7, collected live: rules of newer keys do not apply there, and nothing fails wrongly."""

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Finding, Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.rules.shipped import shipped_parts
from tests.simulators.vsphere.launch import GOOD_HOST, vcsim

pytestmark = pytest.mark.needs_go
AUDIT = [
    f"Syslog.global.auditRecord.{name}"
    for name in ("remoteEnable", "storageCapacity", "storageDirectory", "storageEnable")
]
SINCE_7_0_1 = [
    *AUDIT,
    "Syslog.global.certificate.checkSSLCerts",
    "Syslog.global.certificate.strictX509Compliance",
    "Syslog.global.logFiltersEnable",
    "Syslog.global.logLevel",
]  # facts README, section 4.1, and the defaults per release of the ledger's rows
SINCE_7_0 = ["Mem.MemEagerZero", "Security.PasswordMaxDays"]
SINCE_8 = ["Net.BMCNetworkEnable"]
OLDER_CLI = {
    "system.ssh.server.config.list",
    "system.tls.server.get",
    "system.tls.server.get showcurrentbootprofile=true",
}


def older(folder: Path, version: str, build: str, without_cli: set[str]) -> Path:
    """The good host as an older release would show it."""
    data: dict[str, Any] = json.loads(GOOD_HOST.read_text(encoding="utf-8"))
    data["product"] |= {"version": version, "build": build}
    data["esxcli"] = {name: answer for name, answer in data["esxcli"].items() if name not in without_cli}
    for row in data["esxcli"]["system.account.list"]:
        row.pop("Shellaccess")  # a column of release 8
    rows = data["esxcli"]["system.settings.kernel.list"]
    data["esxcli"]["system.settings.kernel.list"] = [row for row in rows if row["Name"] == "execInstalledOnly"]
    file = folder / "host.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def audited(
    folder: Path, version: str, build: str, api: str, absent: list[str], cli: set[str]
) -> tuple[Snapshot, list[Finding]]:
    """The snapshot of such a host, and what the host rules say of it with their parameters as shipped."""
    with vcsim(hosts=1, good_host=older(folder, version, build, cli), api_version=api, absent=absent) as sim:
        items = collect(source_of(sim, esxcli=True))
    assert not failures(items)
    (snapshot,) = snapshots(items).values()
    assert snapshot.version == version
    (part,) = (one.baseline for one in shipped_parts() if one.id == "vsphere-host")
    given = {name: parameter.default for name, parameter in part.parameters.items()}
    return snapshot, [found for rule in part.rules for found in compile_rule(rule, given).judge(snapshot)]


def having(findings: list[Finding], status: Status) -> set[str]:
    """Rules with a finding of this status."""
    return {finding.rule for finding in findings if finding.status is status}


NEWER = {
    *("esxi-dcui-no-shell", "esxi-vpxuser-no-shell", "esxi-entropy-hardware", "esxi-entropy-sources"),
    *("esxi-tls-profile", "esxi-bmc-network-off", "esxi-build-current", "esxi-sshd-stream-forwarding"),
}
SSH = {
    *("esxi-sshd-alive-count", "esxi-sshd-alive-interval", "esxi-sshd-banner", "esxi-sshd-ciphers", "esxi-sshd-rhosts"),
    *("esxi-sshd-gateway-ports", "esxi-sshd-host-based", "esxi-sshd-tunnel", "esxi-sshd-user-environment"),
}


def test_a_host_of_release_7(tmp_path: Path) -> None:
    """7.0.3: only its end of support fails; what came with 8 is not applicable; SSH needs a shell, and says so."""
    snapshot, findings = audited(tmp_path, "7.0.3", "20328353", "7.0.3.0", SINCE_8, OLDER_CLI)
    assert having(findings, Status.FAIL) == {"esxi-release-supported"}
    assert having(findings, Status.UNKNOWN) == SSH | {"esxi-sshd-tcp-forwarding"}
    assert {*NEWER} <= having(findings, Status.NOTAPPLICABLE)
    assert {"esxi-audit-local", "esxi-tpm-mode", "esxi-fips-proxy", "esxi-tls-protocols"} <= having(
        findings, Status.PASS
    )
    assert "sshd -T" in snapshot.gaps["sshd"]
    assert set(snapshot.gaps) == {"sshd"}


def test_a_host_of_release_6_7(tmp_path: Path) -> None:
    """6.7: keys and commands of later releases are absent, not unread; its rules for audit records do not apply."""
    absent = [*SINCE_8, *SINCE_7_0_1, *SINCE_7_0]
    cli = {*OLDER_CLI, "system.security.keypersistence.get"}
    snapshot, findings = audited(tmp_path, "6.7.0", "20497097", "6.7.3", absent, cli)
    assert having(findings, Status.FAIL) == {"esxi-release-supported"}
    assert having(findings, Status.UNKNOWN) == SSH
    gone = {
        *("esxi-audit-local", "esxi-audit-capacity", "esxi-audit-persistent", "esxi-audit-remote", "esxi-memory-zero"),
        *("esxi-syslog-level", "esxi-log-filter-off", "esxi-syslog-tls-strict", "esxi-password-max-days"),
        *("esxi-tpm-mode", "esxi-secure-boot-required", "esxi-tpm-exec-only", "esxi-key-persistence-off"),
    }
    assert gone | NEWER <= having(findings, Status.NOTAPPLICABLE)
    assert {"esxi-fips-proxy", "esxi-syslog-tls-check", "esxi-bpdu-block"} <= having(findings, Status.PASS)
    assert set(snapshot.gaps) == {"sshd"}
