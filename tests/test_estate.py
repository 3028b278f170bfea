"""Fifty simulated hosts behind one vCenter, through the command line: what changes shows, and nothing else does."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from tests.cli.running import Done, auditor
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim

pytestmark = pytest.mark.needs_go
HOSTS = 50


@pytest.fixture
def sim() -> Iterator[Sim]:
    with vcsim(hosts=HOSTS, clusters=2) as running:
        yield running


def prepared(folder: Path, sim: Sim) -> Path:
    """An inventory that names the vCenter and the file of its population."""
    assert sim.ca_file is not None
    (folder / "ca.pem").write_bytes(sim.ca_file.read_bytes())  # the simulator takes its own away when it stops
    (folder / "password").write_text(sim.password)
    (folder / "inventory.yaml").write_text(
        f"credentials: {{vc: {{username: '{sim.username}', password: {{file: password}}}}}}\nsources:\n"
        f"  - {{name: vc01, kind: vcenter, address: 127.0.0.1, port: {sim.port}, credential: vc, deadline: 60s,\n"
        f"     tls: {{ca_file: ca.pem}}, population: {{file: vc01.txt}}}}\n"
    )
    return folder


def audit(folder: Path, name: str, *more: str) -> Done:
    """One audit into the folder `name`."""
    return auditor(folder, "audit", "-i", "inventory.yaml", "-f", "json", "-o", name, *more)


def verdicts(audit: dict[str, Any]) -> dict[tuple[str, str, str | None], str]:
    """Status per target, rule and subject."""
    return {(f["target"], f["rule"], f["subject"]): f["status"] for f in audit["findings"]}


def assert_all_unknown(done: Done, name: str) -> None:
    """Status 3, each of the hosts unreachable, and no finding of any target better than unknown."""
    assert done.status == 3, done.err
    found = done.audit(name)
    assert found["coverage"]["by_platform"]["esxi"] == {
        "population": HOSTS,
        "collected": 0,
        "unreachable": HOSTS,
        "stale": 0,
        "excluded": 0,
    }
    hosts = {f["target"] for f in found["findings"] if f["platform"] == "esxi"}
    assert len(hosts) == HOSTS
    assert {f["status"] for f in found["findings"]} <= {"unknown", "notchecked"}
    assert (found["score"]["passed"], found["score"]["lower"]) == (0, 0.0)
    assert "NOT READ" in done.out


def test_a_change_turns_exactly_its_findings(tmp_path: Path, sim: Sim) -> None:
    """SSH started on one host and promiscuous mode allowed on another: those findings turn, nothing else does."""
    folder = prepared(tmp_path, sim)
    first = audit(folder, "first")
    assert first.audit("first")["coverage"]["by_platform"]["esxi"]["collected"] == HOSTS, first.out
    with changes.session(sim) as instance:
        names = sorted(host.name for host in changes.every(instance, vim.HostSystem))
        one, other = names[3], names[37]
        changes.start_service(instance, one, "TSM-SSH")
        changes.set_portgroup_security(instance, other, "Servers", promiscuous=True)
    second = audit(folder, "second")
    before, after = verdicts(first.audit("first")), verdicts(second.audit("second"))
    turned = {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    assert turned == {
        (one, "esxi-ssh-stopped", None): ("pass", "fail"),
        (other, "esxi-portgroup-promiscuous", "Servers"): ("pass", "fail"),
    }


def test_a_vcenter_that_is_gone_leaves_every_host_unknown(tmp_path: Path, sim: Sim) -> None:
    """With the population written by the first run, a stopped vCenter makes each of its hosts unknown."""
    folder = prepared(tmp_path, sim)
    assert audit(folder, "first", "--save").status in (0, 1)
    assert len([line for line in (folder / "vc01.txt").read_text().splitlines() if line.startswith("esx-")]) == HOSTS
    sim.stop()
    assert_all_unknown(audit(folder, "second", "--save"), "second")
    assert_all_unknown(audit(folder, "third"), "third")  # --save of a failed run must not have emptied the population


def test_a_vcenter_that_dies_in_the_middle_leaves_every_host_unknown(tmp_path: Path, sim: Sim) -> None:
    """Half of the hosts were read when the process was killed: none of them is judged."""
    folder = prepared(tmp_path, sim)
    assert audit(folder, "first", "--save").status in (0, 1)
    local_call = "HostImageConfigGetAcceptance"
    sofar = sim.control("calls")["calls"][local_call]
    sim.control("fault", fault="hang", seconds=3, method=local_call, after=HOSTS // 2, times=1)

    def kill_in_the_middle() -> None:
        end = time.monotonic() + 60
        while sim.control("calls")["calls"][local_call] < sofar + HOSTS // 2 and time.monotonic() < end:
            time.sleep(0.02)
        sim.kill()

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    done = audit(folder, "second")
    killer.join()
    assert_all_unknown(done, "second")


def test_samples_are_marked_synthetic_everywhere(tmp_path: Path) -> None:
    """The demonstration judges the shipped captures, and says of each that it is synthetic."""
    done = auditor(tmp_path, "demo", "-o", "out")
    assert done.status == 0, done.err
    found = done.audit()
    assert found["run"]["synthetic"] is True
    marks = {t["source"]: t["synthetic"] for t in found["targets"] if t["status"] == "collected"}
    assert marks == {"this-machine": False, "vc-synthetic": True, "vsm-synthetic": True}
    assert "synthetic" in done.out
    assert (tmp_path / "out" / "audit.html").read_text().lower().count("synthetic") > 2
