"""No collector changes a target: everything each one sends to a live peer is listed here, and every item only reads."""

import asyncio
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.collectors.linux.frame import parse
from auditor.collectors.linux.program import program
from auditor.collectors.linux.wanted import AUDIT_CONF, ROOT_FILES, SUDO_COMMANDS
from auditor.collectors.nexus1000v.collect import fetch
from auditor.collectors.vsphere.clock import Deadline
from auditor.collectors.vsphere.wire import Answer, Wire
from auditor.domain import Capture
from auditor.evidence import redaction
from tests.collectors.nexus1000v.peers import source_of as switch_source
from tests.collectors.vsphere.conftest import simulate as simulate
from tests.collectors.vsphere.peers import captures, collect, source_of
from tests.conftest import require
from tests.simulators.nxos.agent import Agent, snmpd
from tests.simulators.nxos.device import Device, running

# The whole of what goes to a vCenter or an ESXi host. Login, Logout and the views are the session's own.
SOAP = {
    "RetrieveServiceContent", "Login", "Logout", "CurrentTime",
    "CreateContainerView", "DestroyView", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx", "Fetch",
    "QueryOptions", "QueryLockdownExceptions", "RetrieveHostAccessControlEntries",
    "HostImageConfigGetAcceptance", "fetchSoftwarePackages", "ListCACertificates", "RetrieveAllPermissions",
    "HasPrivilegeOnEntities",
    "FetchDVPorts", "FetchDVPortKeys", "QueryDateTime", "HostImageConfigGetProfile", "QueryAssignedLicenses",
    "RetrieveManagedMethodExecuter", "ExecuteSoap", "QueryEvents",
}  # fmt: skip
SHOW = {
    "show version", "show system redundancy status", "show running-config", "show running-config all",
    "show running-config diff", "show feature", "show ssh key", "show ip dhcp snooping", "show module",
    "show svs connections", "show http-server", "show debug", "show clock", "show accounting log",
}  # fmt: skip
TERMINAL = {"terminal length 0", "terminal width 511"}  # of our own session, and gone with it
PROGRAM = (Path(__file__).parents[2] / "auditor/collectors/linux/program.sh").read_text()


@pytest.fixture(autouse=True)
def _fingerprint_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()


@pytest.mark.parametrize("kind", ["vcenter", "esxi"])
def test_vsphere_is_only_read(simulate: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each SOAP method sent is on the list, hidden options, esxcli and a lost session included."""
    sent: list[bytes] = []
    exchange = Wire.exchange

    def seen(
        wire: Wire, method: str, path: str, deadline: Deadline, timeout: float, body: bytes | None, h: Mapping[str, str]
    ) -> Answer:
        assert (method, path) in (("POST", "/sdk"), ("GET", "/sdk/vimServiceVersions.xml"))
        sent.append(body or b"")
        return exchange(wire, method, path, deadline, timeout, body, h)

    monkeypatch.setattr(Wire, "exchange", seen)
    with simulate(hosts=1 if kind == "esxi" else 3, standalone=kind == "esxi", hidden=["Security.AccountLockFailures"],
                  page=2) as sim:  # fmt: skip
        sim.control("fault", fault="not_authenticated", method="ContinueRetrievePropertiesEx", times=1)
        assert captures(collect(replace(source_of(sim, kind=kind, esxcli=True, vms=True), activity=True)))
        asked = set(sim.control("calls")["calls"])
    methods = {found[1].decode() for body in sent if (found := re.search(rb"Body[^>]*>\s*<(?:\w+:)?(\w+)", body))}
    assert methods <= SOAP
    assert {"Login", "QueryOptions", "RetrievePropertiesEx", "ExecuteSoap"} <= methods
    assert {name.rpartition("/")[2] for name in asked} - {"GET"} <= SOAP
    commands = {found[1].decode() for body in sent if (found := re.search(rb"<method>vim\.EsxCLI\.([\w.]+)<", body))}
    assert commands
    assert all(command.rpartition(".")[2] in ("get", "list") for command in commands)


@pytest.mark.asyncio
@pytest.mark.parametrize("exec_allowed", [True, False], ids=["exec", "shell"])
async def test_a_switch_is_only_shown(exec_allowed: bool, tmp_path: Path) -> None:
    """Each command sent is a `show` on the list; a shell sets the size of its own terminal beside it."""
    async with running(Device(exec_allowed=exec_allowed, swap_after=6)) as device:
        found = [item async for item in fetch(switch_source(device, device.known_hosts(tmp_path), activity=True), 60)]
    assert isinstance(found[0], Capture)
    assert found[0].body["recollected"] is True
    assert set(device.commands) == (SHOW if exec_allowed else SHOW | TERMINAL)


@pytest.mark.asyncio
@pytest.mark.needs_snmpd
@pytest.mark.parametrize("community", ["", "private"])
async def test_snmp_is_only_got(community: str, tmp_path: Path) -> None:
    """snmpd's own log of what it decoded names no PDU but GET; the real user's, within their encryption, included."""
    with snmpd(tmp_path, community=community) as agent:
        await _ask(agent, tmp_path)
        log = await asyncio.to_thread((tmp_path / "snmpd/log").read_text)
    commands = re.findall(r"Command (\w+)", log)
    assert len(commands) >= 4 + (10 if community else 0)
    assert set(commands) <= {"GET", "GETNEXT", "GETBULK"}


async def _ask(agent: Agent, folder: Path) -> None:
    async with running(Device()) as device:
        found = [item async for item in fetch(switch_source(device, device.known_hosts(folder), agent), 60)]
    assert isinstance(found[0], Capture)
    assert found[0].body["snmp"]["alive_after"] is True


def test_the_program_for_a_host_writes_nowhere() -> None:
    """No redirection but to /dev/null or another descriptor, no here-document, no word of a command that changes."""
    commands = "\n".join(line for line in PROGRAM.split("\n") if not line.lstrip().startswith("#"))
    targets = re.findall(r"(?<![\[\w%-])\d?>{1,2}\s*([^\s;})]+)", commands)
    assert set(targets) <= {"/dev/null", "&1", "&2", "&3", "&4", "="}
    assert "<<" not in commands
    changing = (
        "tee|mktemp|touch|mkdir|rm|rmdir|mv|cp|ln|dd|install|chmod|chown|kill|u?mount|sysctl|insmod|rmmod|truncate"
    )
    assert not re.findall(rf"(?:^|[;&|({{]|\bsudo -n|\$\()\s*(?:{changing})\s", commands, re.MULTILINE)
    assert not re.search(r"sed -i|-delete|-exec|systemctl (?!list-units|show|>/dev/null)|-w\s+[\w.]+=", commands)


def test_sudo_gets_exact_lines() -> None:
    """What the program puts behind `sudo -n` is, word for word, the line that a site is asked to write into sudoers."""
    lines = dict(re.findall(r"(?:^|\|\| |else )p (\w+) \d+ ([^\n;]+)", PROGRAM, re.MULTILINE))
    assert set(lines) == set(SUDO_COMMANDS)
    for key, line in lines.items():
        for name, words in (("$ROOT_FILES", ROOT_FILES), ("$AUDIT_CONF", AUDIT_CONF)):
            line = line.replace(name, " ".join(words))
        tool, _, arguments = line.replace("'", "").partition(" ")
        assert re.fullmatch(rf"/usr/s?bin/{re.escape(tool)}", SUDO_COMMANDS[key].split()[0]), key
        assert arguments == SUDO_COMMANDS[key].partition(" ")[2].replace('""', "").replace("\\", ""), key
    assert PROGRAM.count("sudo -n") == len(re.findall(r'(?m)^[^#]*sudo -n "\$c" "\$@"', PROGRAM)) + len(
        re.findall(r"(?m)^#.*sudo -n", PROGRAM)
    )


def test_no_line_for_sudoers_has_a_wildcard() -> None:
    """sudoers(5) would match *, ? and [ against anything, blanks and slashes of further arguments included."""
    assert not {key for key, line in SUDO_COMMANDS.items() if set(line) & set("*?[")}


@pytest.mark.needs_root
def test_the_program_runs_where_nothing_can_be_written(tmp_path: Path) -> None:
    """With every file system read-only it ends with END, and no tool of it complains that it could not write."""
    seal = (
        'while read -r _ _ _ _ at _; do mount -o remount,bind,ro "$(printf \'%b\' "$at")" 2>/dev/null; done '
        "</proc/self/mountinfo; ! touch /tmp/x /var/x /run/x /root/x /dev/shm/x 2>/dev/null || exit 9; exec sh -s"
    )
    namespace = ["unshare", "--mount", "--propagation", "private"]
    possible = subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0
    require(possible, "no mount namespace can be made here (a chroot, or a container without the right)")
    command = [*namespace, "sh", "-c", seal]
    done = subprocess.run(command, input=program(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-300:]
    answer = parse(done.stdout)
    assert answer.complete
    assert not [key for key, record in answer.records.items() if "ead-only file system" in record.err]
