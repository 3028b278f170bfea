"""What vouches for a host, what it trusts, and what waits for a restart: values, absences and gaps kept apart."""

from typing import Any

import pytest

from tests.collectors.vsphere.bodies import body, reading

BOOT_TLS = "system.tls.server.get showcurrentbootprofile=true"
TLS = "system.tls.server.get"


def without_attestation(**props: Any) -> dict[str, Any]:
    """The good host without a word about attestation, and with other properties."""
    data = body("esxi")
    del data["props"]["summary.tpmAttestation"]
    data["props"] |= props
    return data


def test_attestation_is_what_vcenter_says() -> None:
    """accepted and notAccepted are taken over as they come."""
    data = body("esxi")
    assert reading("esxi", data).facts["boot"]["attestation"] == "accepted"
    data["props"]["summary.tpmAttestation"] = {"status": "notAccepted"}
    assert reading("esxi", data).facts["boot"]["attestation"] == "notAccepted"


@pytest.mark.parametrize("props", [{"capability.tpmSupported": False}, {"capability.tpmVersion": "1.2"}])
def test_without_a_tpm_2_0_there_is_nothing_to_attest(props: dict[str, Any]) -> None:
    """No TPM, or an old one: absent, and no gap."""
    snapshot = reading("esxi", without_attestation(**props))
    assert "attestation" not in snapshot.facts["boot"]
    assert "boot.attestation" not in snapshot.gaps


def test_nobody_attests_a_host_of_its_own() -> None:
    """Read directly there is no vCenter to say anything: absent."""
    snapshot = reading("esxi", {**without_attestation(), "standalone": True})
    assert "attestation" not in snapshot.facts["boot"]
    assert "boot.attestation" not in snapshot.gaps


def test_a_tpm_2_0_that_vcenter_says_nothing_of_is_a_gap() -> None:
    """Silence is no acceptance; nor is a TPM of which nobody knows whether it is there."""
    assert "no attestation" in reading("esxi", without_attestation()).gaps["boot.attestation"]
    data = without_attestation()
    del data["props"]["capability.tpmSupported"]
    data["errors"]["capability.tpmSupported"] = "needs the privilege System.Read"
    assert "System.Read" in reading("esxi", data).gaps["boot.attestation"]


def test_authorities_are_known_by_their_fingerprint() -> None:
    """SHA-256 in lower-case hexadecimal is the key; subject and end stand below it."""
    ((key, found),) = reading("esxi", body("esxi")).facts["trusted_cas"].items()
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
    assert found["subject"].startswith("CN=")
    assert found["not_after"].endswith("Z")


@pytest.mark.parametrize(
    ("pems", "reason"),
    [([], "no trusted authority"), (["no PEM"], "no PEM"), ("x", "no trusted"), (None, "no trusted")],
)
def test_one_authority_that_cannot_be_read_could_be_any(pems: Any, reason: str) -> None:
    """Nothing, nonsense, or one broken member: the list is a gap, not shorter."""
    data = body("esxi")
    data["calls"]["trusted_cas"] = [*data["calls"]["trusted_cas"], *pems] if pems == ["no PEM"] else pems
    assert reason in reading("esxi", data).gaps["trusted_cas"]


def test_a_host_of_its_own_may_trust_nobody() -> None:
    """An empty list is an answer where no vCenter has put anything there."""
    data = {**body("esxi"), "standalone": True}
    data["calls"]["trusted_cas"] = []
    snapshot = reading("esxi", data)
    assert snapshot.facts["trusted_cas"] == {}
    assert "trusted_cas" not in snapshot.gaps


def test_what_runs_and_what_is_set_are_two_facts() -> None:
    """The profile in force is the one of the last start; the other one waits, and so does a boot setting."""
    data = body("esxi")
    assert reading("esxi", data).facts["pending"] == {}
    data["esxcli"]["answers"][TLS] = [{"Profile": "COMPATIBLE"}]
    for row in data["esxcli"]["answers"]["system.settings.kernel.list"]:
        if row["Name"] == "execInstalledOnly":
            row["Runtime"] = "FALSE"
    facts = reading("esxi", data).facts
    assert (facts["tls_profile"], facts["tls_profile_configured"]) == ("NIST_2024", "COMPATIBLE")
    assert facts["pending"] == {
        "TLS profile": {"configured": "COMPATIBLE", "runtime": "NIST_2024"},
        "execInstalledOnly": {"configured": "TRUE", "runtime": "FALSE"},
    }


def test_a_boot_profile_that_was_refused_is_not_the_configured_one() -> None:
    """A host that does not take the argument leaves the profile in force unknown, and with it what waits."""
    data = body("esxi")
    del data["esxcli"]["answers"][BOOT_TLS]
    data["esxcli"]["errors"][BOOT_TLS] = "esxcli answered: invalid argument"
    snapshot = reading("esxi", data)
    assert "invalid argument" in snapshot.gaps["tls_profile"]
    assert "invalid argument" in snapshot.gaps["pending"]
    assert "tls_profile" not in snapshot.facts


@pytest.mark.parametrize(
    ("version", "absent", "gaps"),
    [
        ("8.0.3", [], ["tls_profile", "key_persistence", "sshd"]),
        ("8.0.2", ["tls_profile", "tls_profile_configured"], ["key_persistence", "sshd"]),
        ("7.0.1", ["tls_profile", "key_persistence"], ["sshd"]),
    ],
)
def test_a_command_that_a_release_lacks_is_absent_though_nobody_asked(
    version: str, absent: list[str], gaps: list[str]
) -> None:
    """Without esxcli: older than the command, there is nothing; else it was not read. SSH is set up on any release."""
    data = body("esxi")
    del data["esxcli"]
    data["props"]["config.product"]["version"] = version
    snapshot = reading("esxi", data)
    for path in absent:
        assert path not in snapshot.facts
        assert path not in snapshot.gaps
    assert set(gaps) <= set(snapshot.gaps)
    if version < "8.0":
        assert "sshd -T" in snapshot.gaps["sshd"]


def test_a_release_is_its_version_and_build() -> None:
    """Both as one text, and absent when one of them is."""
    data = body("esxi")
    assert reading("esxi", data).facts["product"]["release"] == "8.0.3.24022510"
    data["props"]["config.product"]["build"] = "unknown"
    assert "release" not in reading("esxi", data).facts["product"]


def test_no_adapter_for_management_means_that_services_were_not_read() -> None:
    """Every host is managed through one: what each adapter carries is a gap, its address is not."""
    data = body("esxi")
    for config in data["props"]["config.virtualNicManagerInfo"]["netConfig"]:
        if config["nicType"] == "management":
            config["selectedVnic"] = []
    snapshot = reading("esxi", data)
    assert "always does" in snapshot.gaps["vmkernel[vmk0].services"]
    assert "always does" in snapshot.gaps["vmkernel[vmk1].services"]
    assert "always does" in snapshot.gaps["port_groups[Management Network].is_management"]
    assert snapshot.facts["vmkernel"]["vmk0"]["ip"]


def test_a_firewall_without_rule_sets_was_not_read() -> None:
    """An empty list of rule sets is a gap: "none open to all" must not pass on it. The default policy stays a fact."""
    data = body("esxi")
    data["props"]["config.firewall"]["ruleset"] = []
    snapshot = reading("esxi", data)
    assert "every host has some" in snapshot.gaps["firewall.rulesets"]
    assert snapshot.facts["firewall"]["incoming_blocked"] is True
