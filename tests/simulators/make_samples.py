"""Make the synthetic captures of `auditor/samples/` from our own simulators: `python -m tests.simulators.make_samples`.

Needs Go with govmomi, and snmpd. A small vSphere estate with a few things wrong, a VSM, and four RHEL hosts
on paper (`python -m tests.simulators.linux.rhel_hosts` makes those alone). Every capture is marked
synthetic; addresses and ports of the simulators are left out.
"""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor import __version__
from auditor.domain import Source
from auditor.evidence.captures import CaptureFolder
from auditor.inventory.load import load_inventory
from auditor.pipeline import read_source
from auditor.runners import Collected, ConcurrentRunner, Silent, collect_source, run_sync
from tests.simulators.linux import rhel_hosts
from tests.simulators.nxos.agent import snmpd
from tests.simulators.nxos.device import Device, running
from tests.simulators.nxos.texts import RUNNING, answers
from tests.simulators.vsphere import changes
from tests.simulators.vsphere.launch import vcsim

SAMPLES = Path(__file__).resolve().parents[2] / "auditor" / "samples"
WHEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def spoil_estate(instance: object) -> None:
    """A night in a small estate: a shell left on, a port group opened, an option changed, a dead host."""
    changes.start_service(instance, "esx-02.example.test", "TSM-SSH")
    changes.set_service_policy(instance, "esx-02.example.test", "TSM-SSH", "on")
    changes.set_portgroup_security(instance, "esx-03.example.test", "Servers", promiscuous=True)
    changes.set_option(instance, "esx-03.example.test", "UserVars.ESXiShellTimeOut", 0)
    changes.set_ntp(instance, "esx-01.example.test", ["192.0.2.123"])
    changes.set_lockdown(instance, "esx-04.example.test", "lockdownDisabled")
    changes.disconnect(instance, "esx-05.example.test")


def vsphere(work: Path) -> Collected:
    """Five hosts behind a simulated vCenter."""
    with vcsim(hosts=5, clusters=1, vms=2) as sim:
        (work / "password").write_text(sim.password)
        (work / "inventory.yaml").write_text(
            f"credentials: {{vc: {{username: '{sim.username}', password: {{file: password}}}}}}\nsources:\n"
            f"  - {{name: vc-synthetic, kind: vcenter, address: 127.0.0.1, port: {sim.port}, credential: vc,\n"
            f"     tls: {{ca_file: '{sim.ca_file}'}}, vms: true}}\n"
        )
        with changes.session(sim) as instance:
            spoil_estate(instance)
        return run_sync(ConcurrentRunner(), load_inventory(work / "inventory.yaml").sources)[0]


def spoiled_switch() -> dict[str, str]:
    """The good VSM with telnet on, an open session limit, one profile without its guards, and a trusted VM profile."""
    text = RUNNING.replace("no feature telnet", "feature telnet")
    text = text.replace("exec-timeout 5", "exec-timeout 0")
    profile = "port-profile type vethernet db\n  vmware port-group\n"
    bare = "  switchport mode access\n  ip dhcp snooping trust\n"
    text = text.replace(f"{profile}  inherit port-profile vm-secured\n", f"{profile}{bare}")
    text = text.replace("ip arp inspection vlan 110,120-121", "ip arp inspection vlan 110,120-121,130")
    changed = answers(text)
    changed["show feature"] = re.sub(r"(telnetServer\s+1\s+)disabled", r"\1enabled", changed["show feature"])
    return changed


async def vsm(work: Path) -> Collected:
    """One simulated VSM with its SNMP agent."""
    async with running(Device(answers=spoiled_switch())) as device:
        with snmpd(work) as agent:
            (work / "ssh").write_text(device.password)
            (work / "auth").write_text(agent.auth_key)
            (work / "priv").write_text(agent.priv_key)
            (work / "inventory.yaml").write_text(
                f"credentials:\n  ssh: {{username: {device.username}, password: {{file: ssh}}}}\n"
                f"  snmp: {{username: {agent.username}, auth_key: {{file: auth}}, priv_key: {{file: priv}}}}\n"
                f"sources:\n  - name: vsm-synthetic\n    kind: nexus1000v\n    address: 127.0.0.1\n"
                f"    ssh: {{credential: ssh, port: {device.port}, known_hosts: '{device.known_hosts(work)}'}}\n"
                f"    snmp: {{credential: snmp, port: {agent.port}}}\n"
            )
            source = await asyncio.to_thread(lambda: load_inventory(work / "inventory.yaml").sources[0])
            return await collect_source(source, Silent())


def store(collected: Collected, folder: Path, allowed: Iterable[str]) -> None:
    """Write the captures, marked synthetic. Raises RuntimeError when a target failed that should not."""
    shutil.rmtree(folder, ignore_errors=True)
    result = read_source(collected)
    lost = [failure for failure in result.failures if failure.target not in set(allowed)]
    if lost or not collected.captures:
        raise RuntimeError(f"{folder.name}: {lost or 'nothing was captured'}")
    writer = CaptureFolder(folder)
    for capture in collected.captures:
        writer.add(replace(capture, taken_at=WHEN, synthetic=True))
    source = Source(collected.source.name, collected.source.kind)
    writer.finish([(source, result.members, result.failures)], __version__, WHEN)
    folder.chmod(0o755)


def main() -> None:
    """Make the samples."""
    shutil.rmtree(rhel_hosts.SAMPLES, ignore_errors=True)
    rhel_hosts.write(rhel_hosts.SAMPLES)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        store(vsphere(Path(one)), SAMPLES / "vsphere", ["esx-05.example.test"])
        store(asyncio.run(vsm(Path(two))), SAMPLES / "vsm", [])


if __name__ == "__main__":
    main()
