"""One simulated vCenter with one host and one switch: what the rules of networks and operation say now."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from auditor.domain import Snapshot, Status
from auditor.library import load_baselines
from auditor.resources import folder
from auditor.rulebook.compile import CompiledRule, compile_rule
from tests.collectors.vsphere.peers import captures, collect, failures, snapshots, source_of
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim

HOST = "esx-01.example.test"
PARTS = ("vsphere-host", "vsphere-network", "vsphere-operations")
Verdicts = dict[tuple[str, str | None], Status]  # by rule and subject


@dataclass
class Peer:
    """The running simulator, and an administrator's session on it."""

    sim: Sim
    instance: Any
    judges: dict[str, list[CompiledRule]] = field(default_factory=dict)  # by platform

    def look(self) -> dict[str, Snapshot]:
        """A whole collection, esxcli included: the snapshot of the host and of the switch, by platform."""
        items = collect(source_of(self.sim, esxcli=True))
        assert not failures(items)
        assert list(captures(items)) == [HOST]
        (switch,) = snapshots(items, "dvs").values()
        return {"esxi": snapshots(items)[HOST], "dvs": switch}

    def verdicts(self) -> Verdicts:
        """What each rule says of a fresh collection."""
        seen = self.look()
        return {
            (finding.rule, finding.subject): finding.status
            for platform, rules in self.judges.items()
            for rule in rules
            for finding in rule.judge(seen[platform])
        }


def site(host: dict[str, Any]) -> dict[str, Any]:
    """Parameters that declare the good state of the simulator, so that every rule that can judge does."""
    return {
        "ad_domain": host["ad"]["domain"],
        "documented_vlans": [110, 120, 210, 310, 320],
        "dns_servers": host["dns"]["servers"],
        "failback": True,
        "firewall_ports": host["firewall"]["open_ports"],
        "image_builds": [host["product"]["build"]],
        "image_packages": host["image"]["packages"],
        "image_profiles": [host["image"]["profile"]],
        "licence_editions": [host["licence"]["edition"]],
        "listening_ports": host["listening"],
        "local_datastore_pattern": "^[{]host[}]-local$",
        "nic_drivers": sorted({nic["driver_set"] for nic in host["pnics"].values()}),
        "nic_orders": [group["nic_order"] for group in host["port_groups"].values()],
        "ntp_servers": host["time"]["ntp_servers"],
        "path_policies": ["EXARRAY=VMW_PSP_RR"],
        "port_group_pattern": "^(Management Network|vMotion|Servers)$",
        "queue_depths": [64],
        "syslog_hosts": host["syslog"]["hosts"],
        "vaai_arrays": ["EXARRAY"],
        "vmkernel_networks": ["management=Management Network", "vmotion=vMotion"],
        "vmkernel_switches": ["management=vSwitch0", "vmotion=vSwitch0"],
        "vmkernel_vlans": ["management=110", "vmotion=120"],
        "vmotion_vlans": [120],
    }


@contextmanager
def audited(prepare: Callable[[Any], Any] | None = None) -> Iterator[Peer]:
    """A peer that is judged by all rules of the parts; `prepare` gets the administrator's session first."""
    with vcsim(hosts=1) as sim, changes.session(sim) as instance:
        if prepare:
            prepare(instance)
        peer = Peer(sim, instance)
        seen = peer.look()
        given, library = site(dict(seen["esxi"].facts)), load_baselines([folder("rules")])
        for part in PARTS:
            baseline = library[part].baseline
            values = {name: given.get(name, parameter.default) for name, parameter in baseline.parameters.items()}
            for rule in baseline.rules:
                for platform in set(rule.applies_to.platform) & set(seen):
                    peer.judges.setdefault(platform, []).append(compile_rule(rule, values))
        yield peer


def differing(before: Verdicts, after: Verdicts) -> set[tuple[str, str | None]]:
    """Findings (rule, subject) that are another, new, or gone."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def rule_paths(*parts: str) -> set[tuple[str, str]]:
    """(platform, path) of everything that the rules of these parts look at; `list[*]` stands for each member."""
    library, found = load_baselines([folder("rules")]), set()
    for part in parts:
        for rule in library[part].baseline.rules:
            entries = {*rule.expect, *rule.where, *(path for branch in rule.any_of for path in branch)} - {"@key", "."}
            paths = {f"{rule.for_each}[*]{path}" if path.startswith(".") else path for path in entries}
            found |= {(platform, path) for platform in rule.applies_to.platform for path in paths}
    return found


def values(facts: Any, path: str) -> Iterator[Any]:
    """What stands at a path that may hold `[*]`; nothing where nothing is."""
    found = [facts]
    for name, key in re.findall(r"([A-Za-z_]\w*)|\[([^\]]+)\]", path):
        step = name or key
        known = [one for one in found if isinstance(one, Mapping)]
        found = [value for one in known for at, value in one.items() if step in ("*", at) and value is not None]
    yield from found
