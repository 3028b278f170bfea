"""One simulated vCenter with one host, audited again and again: what each rule says now."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from auditor.domain import Snapshot, Status
from auditor.library import load_baselines
from auditor.resources import folder
from auditor.rulebook.compile import CompiledRule, compile_rule
from tests.collectors.vsphere.peers import captures, collect, failures, snapshots, source_of
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import GOOD_HOST, vcsim
from tests.simulators.vsphere.sim import Sim

HOST = "esx-01.example.test"
PARTS = ("vsphere-host", "vsphere-vcenter")
Verdicts = dict[tuple[str, str | None], Status]  # by rule and subject


@dataclass
class Peer:
    """The running simulator, and an administrator's session on it."""

    sim: Sim
    instance: Any
    judges: dict[str, list[CompiledRule]]  # by platform
    esxcli: dict[str, Any]  # what the host's esxcli answers at first

    def look(self) -> dict[str, Snapshot]:
        """A whole collection, esxcli included: the snapshot of the host and of the vCenter, by platform."""
        items = collect(source_of(self.sim, esxcli=True))
        assert not failures(items)
        assert list(captures(items)) == [HOST]
        (centre,) = snapshots(items, "vcenter").values()
        return {"esxi": snapshots(items)[HOST], "vcenter": centre}

    def verdicts(self) -> Verdicts:
        """What each rule of the two parts says of a fresh collection."""
        seen = self.look()
        return {
            (finding.rule, finding.subject): finding.status
            for platform, rules in self.judges.items()
            for rule in rules
            for finding in rule.judge(seen[platform])
        }


@contextmanager
def audited(**options: Any) -> Iterator[Peer]:
    """A peer whose site parameters are declared as its good state is, so that every rule that can judge does."""
    with vcsim(hosts=1, **options) as sim, changes.session(sim) as instance:
        peer = Peer(sim, instance, {}, json.loads(GOOD_HOST.read_text(encoding="utf-8"))["esxcli"])
        seen = peer.look()
        host, centre = seen["esxi"].facts, seen["vcenter"].facts
        site = {
            "ad_domain": host["ad"]["domain"],
            "approved_ca_issuer": host["certificate"]["issuer"],
            "cim_users": ["esx-monitor"],
            "crypto_roles": centre["authorization"]["crypto_roles"],
            "least_release_8": host["product"]["release"],
            "management_networks": ["10.0.0.0/8"],
            "ntp_servers": [*host["time"]["ntp_servers"], "ntp3.example.test"],
            "open_firewall_rulesets": [k for k, v in host["firewall"]["rulesets"].items() if v["enabled"]],
            "syslog_hosts": host["syslog"]["hosts"],
            "trusted_ca_fingerprints": list(host["trusted_cas"]),
            "vcenter_admins": centre["authorization"]["admins"],
            "vcenter_extensions": [key for key in centre["extensions"] if not key.startswith("com.vmware.")],
        }
        library = load_baselines([folder("rules")])
        for part in PARTS:
            baseline = library[part].baseline
            given = {name: site.get(name, parameter.default) for name, parameter in baseline.parameters.items()}
            for rule in baseline.rules:
                for platform in set(rule.applies_to.platform) & set(seen):
                    peer.judges.setdefault(platform, []).append(compile_rule(rule, given))
        yield peer
