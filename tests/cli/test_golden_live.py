"""Golden profiles of simulated hosts, by the command line: capture, check, capture again; and fifty hosts from one."""

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.running import Done, auditor
from tests.conftest import require
from tests.simulators.vsphere import changes, network_changes
from tests.simulators.vsphere.launch import NEEDS, build, vcsim
from tests.simulators.vsphere.sim import Sim

pytestmark = pytest.mark.needs_go
MODEL = "esx-01.example.test"


@contextmanager
def simulated(folder: Path, hosts: int) -> Iterator[Sim]:
    """A vCenter with `hosts` hosts in one cluster, and an inventory of it in `folder`."""
    require(build() is not None, NEEDS)
    with vcsim(hosts=hosts) as sim:
        (folder / "password").write_text(sim.password)
        (folder / "inventory.yaml").write_text(
            f"credentials:\n  vc: {{username: '{sim.username}', password: {{file: password}}}}\n"
            f"sources:\n  - name: vc01\n    kind: vcenter\n    address: {sim.host}\n    port: {sim.port}\n"
            f"    credential: vc\n    tls: {{ca_file: '{sim.ca_file}'}}\n"
        )
        yield sim


def check(folder: Path, *more: str) -> Done:
    """`golden check` of all hosts, as JSON."""
    return auditor(folder, "golden", "check", "-i", "inventory.yaml", "-g", "golden.yaml", "-f", "json", *more)


def test_capture_and_check_twice(tmp_path: Path) -> None:
    """Two captures of a live host have the same bytes; the host, checked live twice with its values, has no drift."""
    with simulated(tmp_path, 2):
        taken = [auditor(tmp_path, "golden", "capture", MODEL, "-i", "inventory.yaml") for _ in range(2)]
        assert taken[0].status == 0, taken[0].err
        assert taken[0].out == taken[1].out
        (tmp_path / "golden.yaml").write_text(taken[0].out)
        values = taken[0].err[taken[0].err.index("customisations:") :]
        with (tmp_path / "inventory.yaml").open("a") as inventory:
            inventory.write(textwrap.indent(values, "    "))
        done = [check(tmp_path, MODEL) for _ in range(2)]
    for one in done:
        assert one.status == 0, one.out + one.err
        found = json.loads(one.out)
        assert (found["drift"], found["not_compared"]) == ([], [])
    assert done[0].out == done[1].out


def test_fifty_hosts_captured_from_one(tmp_path: Path) -> None:
    """Of fifty hosts alike, four are changed through the API: these differences are reported, and no other."""
    with simulated(tmp_path, 50) as sim:
        taken = auditor(tmp_path, "golden", "capture", MODEL, "-i", "inventory.yaml")
        (tmp_path / "golden.yaml").write_text(taken.out)
        clean = check(tmp_path)
        assert (clean.status, json.loads(clean.out)["drift"]) == (0, []), clean.out[:2000]
        assert len(json.loads(clean.out)["targets"]) == 50
        with changes.session(sim) as instance:
            changes.set_option(instance, "esx-07.example.test", "UserVars.SuppressShellWarning", 1)
            changes.start_service(instance, "esx-19.example.test", "TSM-SSH")
            network_changes.set_portgroup_vlan(instance, "esx-33.example.test", "Management Network", 99)
            changes.add_portgroup(instance, "esx-50.example.test", "vSwitch0", "Stray", 12)
        done = check(tmp_path)
    assert done.status == 1
    assert sorted((one["target"][:6], one["path"], one["change"]) for one in json.loads(done.out)["drift"]) == [
        ("esx-07", "advanced[UserVars.SuppressShellWarning]", "changed"),
        ("esx-19", "services[TSM-SSH].running", "changed"),
        ("esx-33", "port_groups[Management Network].vlan", "changed"),
        ("esx-50", "port_groups[Stray]", "extra"),
    ]
