"""A host without vCenter, asked directly: what needs a vCenter does not apply, and nothing fails for lack of one."""

import pytest

from auditor.domain import Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.rules.shipped import shipped_parts
from tests.simulators.vsphere.launch import vcsim

pytestmark = pytest.mark.needs_go
NEEDS_A_VCENTER = {
    *("esxi-lockdown-mode", "esxi-lockdown-exceptions", "esxi-lockdown-audit-account", "esxi-lockdown-nsx-accounts"),
    *("esxi-tpm-attested", "esxi-ad-proxy", "esxi-host-profile"),
}


def test_a_standalone_host_is_judged_by_what_it_can_have() -> None:
    """Lockdown, attestation and host profiles are not applicable; every other rule judges as behind a vCenter."""
    with vcsim(hosts=1, standalone=True) as sim:
        items = collect(source_of(sim, kind="esxi", esxcli=True))
    assert not failures(items)
    (snapshot,) = snapshots(items).values()
    (part,) = (one.baseline for one in shipped_parts() if one.id == "vsphere-host")
    given = {name: parameter.default for name, parameter in part.parameters.items()}
    findings = [found for rule in part.rules for found in compile_rule(rule, given).judge(snapshot)]
    by_status = {status: {found.rule for found in findings if found.status is status} for status in Status}
    assert snapshot.gaps == {}
    assert by_status[Status.FAIL] | by_status[Status.UNKNOWN] | by_status[Status.ERROR] == set()
    assert by_status[Status.NOTAPPLICABLE] >= NEEDS_A_VCENTER
    assert {"esxi-ssh-policy", "esxi-dcui-access", "esxi-tpm-mode", "esxi-cert-expiry"} <= by_status[Status.PASS]
