"""A Nexus 1000v and the vCenter that its switch stands in, audited together: one switch, module by module."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from tests.cli.running import auditor
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import vcsim
from tests.simulators.vsphere.sim import Sim

pytestmark = pytest.mark.needs_go
STRANGER = "00000000-0000-4000-8000-0000000000aa"


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    with vcsim(hosts=3, clusters=1, nexus_uuid=texts.UUID) as running_:
        yield running_


def with_modules(*uuids: str) -> dict[str, str]:
    """What the supervisor prints when modules 3, 4 and 5 sit on hosts with these uuids."""
    answers = texts.answers(texts.RUNNING)
    for slot, uuid in enumerate(uuids, 3):
        answers = {
            command: re.sub(rf"00000000-0000-4000-8000-00000000000{slot}", uuid, text)
            for command, text in answers.items()
        }
    return answers


@contextmanager
def host_uuids(sim: Sim) -> Iterator[dict[str, str]]:
    """Uuid by name of the host."""
    with changes.session(sim) as instance:
        yield {h.name: h.hardware.systemInfo.uuid for h in changes.every(instance, vim.HostSystem)}


def audited(folder: Path, sim: Sim, answers: dict[str, str], *patterns: str, sources: str = "both") -> dict[str, Any]:
    """audit.json of the two sources, or of one of them."""
    assert sim.ca_file is not None
    (folder / "password").write_text(sim.password)
    vcenter = (
        f"  - {{name: vc01, kind: vcenter, address: 127.0.0.1, port: {sim.port}, credential: vc,\n"
        f"     tls: {{ca_file: '{sim.ca_file}'}}}}\n"
    )

    async def run() -> dict[str, Any]:
        async with running(Device(answers=answers)) as device:
            (folder / "ssh").write_text(device.password)
            switch = (
                "  - {name: vsm01, kind: nexus1000v, address: 127.0.0.1,\n"
                f"     ssh: {{credential: ssh, port: {device.port}, known_hosts: '{device.known_hosts(folder)}'}}}}\n"
            )
            (folder / "inventory.yaml").write_text(
                f"credentials:\n  vc: {{username: '{sim.username}', password: {{file: password}}}}\n"
                f"  ssh: {{username: {device.username}, password: {{file: ssh}}}}\nsources:\n"
                + (vcenter if sources == "both" else "")
                + switch
            )
            arguments = ("audit", "-i", "inventory.yaml", "-f", "json", "-o", "out", *patterns)
            done = await asyncio.to_thread(auditor, folder, *arguments)
            assert done.status in (0, 1), done.err
            return done.audit()

    return asyncio.run(run())


def found(audit: dict[str, Any], rule: str, target: str = "vsm01") -> dict[str | None, str]:
    """Status by subject."""
    return {f["subject"]: f["status"] for f in audit["findings"] if (f["rule"], f["target"]) == (rule, target)}


def test_switch_and_supervisor_are_one(tmp_path: Path, sim: Sim) -> None:
    """The switch in vCenter is part of its supervisor: not counted again, its rules not applicable with that reason."""
    with host_uuids(sim) as uuids:
        audit = audited(tmp_path, sim, with_modules(*uuids.values()))
    (switch,) = [t for t in audit["targets"] if t["part_of"]]
    assert (switch["name"], switch["platform"], switch["part_of"]) == ("n1kv-vsm01", "dvs", "vsm01")
    own = [f for f in audit["findings"] if f["target"] == "n1kv-vsm01"]
    assert {(f["status"], f["reason"]) for f in own} == {("notapplicable", "managed by vsm01")}
    assert audit["coverage"]["population"] == len(audit["targets"]) - 1
    assert audit["coverage"]["by_platform"]["dvs"]["population"] == 1
    assert found(audit, "nexus1000v-modules-known") == {"3": "pass", "4": "pass", "5": "pass"}
    assert found(audit, "nexus1000v-hosts-have-modules") == {None: "pass"}
    assert found(audit, "nexus1000v-domain-unique") == {None: "pass"}


def test_a_module_on_a_strange_host_is_found(tmp_path: Path, sim: Sim) -> None:
    """A module whose host vCenter does not list fails, and so does the member host that is left without one."""
    with host_uuids(sim) as uuids:
        names = list(uuids)
        audit = audited(tmp_path, sim, with_modules(uuids[names[0]], uuids[names[1]], STRANGER))
    assert found(audit, "nexus1000v-modules-known") == {"3": "pass", "4": "pass", "5": "fail"}
    (finding,) = [f for f in audit["findings"] if f["rule"] == "nexus1000v-hosts-have-modules"]
    assert finding["status"] == "fail"
    assert finding["observations"][0]["actual"] == [names[2]]


def test_a_host_that_is_not_connected_leaves_the_question_open(tmp_path: Path, sim: Sim) -> None:
    """With a host of the vCenter unread, a strange module may be its own: unknown, with the name of the host."""
    with host_uuids(sim) as uuids, changes.session(sim) as instance:
        names = list(uuids)
        changes.disconnect(instance, names[2])
        try:
            answers = with_modules(uuids[names[0]], uuids[names[1]], uuids[names[2]])
            audit = audited(tmp_path, sim, answers, "vsm01", "n1kv-vsm01")
        finally:
            changes.reconnect(instance, names[2])
    assert found(audit, "nexus1000v-modules-known") == {"3": "pass", "4": "pass", "5": "unknown"}
    (finding,) = [f for f in audit["findings"] if f["rule"] == "nexus1000v-hosts-have-modules"]
    assert (finding["status"], names[2] in finding["reason"]) == ("unknown", True)


def test_a_supervisor_alone_says_that_its_vcenter_is_missing(tmp_path: Path, sim: Sim) -> None:
    """Without the vCenter in the run nothing is said about modules and hosts."""
    audit = audited(tmp_path, sim, texts.answers(texts.RUNNING), sources="switch")
    assert found(audit, "nexus1000v-hosts-have-modules") == {None: "unknown"}
    assert set(found(audit, "nexus1000v-modules-known").values()) == {"unknown"}


def test_hosts_of_a_cluster_are_compared(tmp_path: Path, sim: Sim) -> None:
    """One host with other time servers disagrees with its cluster in that setting; its peers agree in all."""
    with host_uuids(sim) as uuids, changes.session(sim) as instance:
        names = sorted(uuids)
        before = changes.find(instance, vim.HostSystem, names[0]).config.dateTimeInfo.ntpConfig.server
        changes.set_ntp(instance, names[0], ["192.0.2.99"])
        try:
            audit = audited(tmp_path, sim, with_modules(*uuids.values()))
        finally:
            changes.set_ntp(instance, names[0], list(before))
    odd = {s for s, status in found(audit, "esxi-cluster-agrees", names[0]).items() if status == "fail"}
    assert odd == {"time servers"}
    for name in names[1:]:
        assert set(found(audit, "esxi-cluster-agrees", name).values()) == {"pass"}
