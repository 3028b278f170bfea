"""One simulated vCenter with one host and one switch, read by the real collector before and after changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from auditor.collectors import collector_for
from auditor.domain import Capture, Snapshot
from tests.collectors.vsphere.peers import captures, collect, failures, source_of
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim

HOST = "esx-01.example.test"
# Facts of the moment that no change makes, each with its reason. Anything else must be foretold or said unknown.
VOLATILE = {
    "time.off_by_seconds": "how far two clocks were apart when each was asked",
    "certificate.days_left": "whole days that are left, counted at the moment of reading",
}


@dataclass
class Peer:
    """The running simulator, and an administrator's session on it."""

    sim: Sim
    instance: Any

    def look(self) -> dict[str, Capture]:
        """A whole collection through the real `fetch`, esxcli included: captures by platform."""
        items = collect(source_of(self.sim, esxcli=True))
        assert not failures(items)
        found = {platform: captures(items, platform) for platform in ("esxi", "dvs", "vcenter")}
        return {platform: next(iter(many.values())) for platform, many in found.items()}

    def cli(self, command: str, rows: Any) -> None:
        """What esxcli of the host answers from here on."""
        self.sim.control("esxcli", host=HOST, key=command, answer=rows)


@contextmanager
def running() -> Iterator[Peer]:
    """A peer with one host."""
    with vcsim(hosts=1) as sim, changes.session(sim) as instance:
        yield Peer(sim, instance)


def snapshot(capture: Capture) -> Snapshot:
    """What the platform's own reader makes of a capture."""
    return collector_for("vcenter").read(capture)


def leaves(facts: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of every single fact; members of mappings in brackets, lists are one value."""
    if isinstance(facts, Mapping) and facts:
        for name, value in facts.items():
            yield from leaves(value, f"{path}[{name}]" if _keyed(path) else f"{path}.{name}" if path else str(name))
    else:
        yield path, facts


_NAMED = """
advanced services access firewall.rulesets vswitches port_groups vmkernel pnics trusted_cas packages multipath arrays
iscsi stores sshd accounts fips kernel_settings pending password_quality.lengths settings clusters datastores
extra_config authorization.roles extensions account_lacks health_check lags private_vlans ports
"""
_MAPS = frozenset(_NAMED.split())


def _keyed(path: str) -> bool:
    return path in _MAPS


def facts_of(capture: Capture) -> dict[str, Any]:
    """Every single fact of a capture that is not volatile."""
    found = snapshot(capture)
    facts = {path: value for path, value in leaves(found.facts) if path not in VOLATILE}
    return facts | {f"gap {path}": "" for path in found.gaps}
