"""What a switch would refuse is refused before the window, with its line; so is what is for another platform."""

from collections.abc import Iterator

import pytest

from auditor.changes import nxos
from auditor.changes.load import candidate_of
from auditor.domain import Capture
from auditor.errors import InputError, faults_in
from auditor.evidence import redaction
from tests.changes.nxos import captures


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()
    yield
    patch.undo()
    redaction.redactor.cache_clear()


@pytest.fixture(scope="module")
def leaf(_key: None) -> Capture:
    return captures.leaf()


def faults(capture: Capture, text: str) -> list[InputError]:
    with pytest.raises(InputError) as caught:
        captures.edited(capture, text)
    return faults_in(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("ntp server 192.0.2.9 use-vrf management\nswitchport access vlan 10", 2, "belongs under another line"),
        ("10 permit ip any any", 1, "belongs under another line"),
        ("interface Ethernet1/1\n  switchport access vlan 5000", 2, "1 to 4094"),
        ("interface Ethernet1/1\n  switchport trunk allowed vlan 10-5000", 2, "1 to 4094"),
        ("vlan 20-10", 1, "backwards"),
        ("line vty\n  exec-timeout never", 2, "525600"),
        ("line vty\n  session-limit 100", 2, "1 to 64"),
        ("logging server 192.0.2.9 9 use-vrf management", 1, ""),
        ("banner motd #\nnobody ends this\ninterface Ethernet1/1", 1, "never closed"),
        ("end\nntp server 192.0.2.9", 2, "configuration mode was left"),
        ("no vlan 1", 1, "VLAN 1"),
        ("no interface Ethernet1/1", 1, "cannot be removed"),
        ("interface Ethernet1/4-1", 1, "backwards"),
        ("router rip one\nexit\nswitchport mode trunk", 3, "belongs under another line"),
        ("no feature ospf\nrouter ospf core", 2, "feature ospf"),
        ("ip access-list new\n  10 permit", 2, "no whole entry"),
        ("aaa authentication login default anybody", 1, "group, local, none"),
    ],
)
def test_a_line_that_the_switch_refuses_is_named(leaf: Capture, text: str, line: int, words: str) -> None:
    """Half a snippet, values out of range, a banner without end, commands of a feature that is off."""
    found = faults(leaf, text)
    assert f"change.cfg:{line}" in [str(fault.where) for fault in found]
    assert words in str(found[0])


def test_every_refused_line_is_named_at_once(leaf: Capture) -> None:
    """A file is mended in one go."""
    found = faults(leaf, "vlan 5000\nntp server 192.0.2.9 use-vrf management\nvlan 0\nline vty\n  exec-timeout soon")
    assert [str(fault.where) for fault in found] == ["change.cfg:1", "change.cfg:3", "change.cfg:5"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("host.sh", "esxcli system settings advanced set -o /UserVars/ESXiShellTimeOut -i 600\n"),
        ("99-x.conf", "net.ipv4.ip_forward = 0\nkernel.sysrq = 0\n"),
        ("ks.cfg", "vmaccepteula\nrootpw --iscrypted x\ninstall --firstdisk\n%firstboot\n"),
        ("router.set", "set system host-name r1\nset interfaces ge-0/0/0 unit 0 family inet address 192.0.2.1/24\n"),
        ("sshd.conf", "PermitRootLogin no\nPasswordAuthentication no\n"),
    ],
)
def test_a_candidate_for_something_else_is_refused(name: str, text: str) -> None:
    """Before anything is foretold, in a sentence."""
    assert name in nxos.refusal("nxos", candidate_of(name, text.encode()))


@pytest.mark.parametrize(
    "text", ["interface Ethernet1/1\n  shutdown\n", "no ntp server 192.0.2.41", "conf t\nint e1/1\nshut\nend\ncopy r s"]
)
def test_commands_of_a_switch_are_taken(text: str) -> None:
    """A snippet may be short."""
    assert nxos.refusal("nxos", candidate_of("change.txt", text.encode())) == ""


def test_secrets_are_tokens_before_anything_is_kept(leaf: Capture) -> None:
    """Also behind abbreviations, and equal to what the collector made of the same secret."""
    text = "snmp-server comm Vq7synthetic ro\nuserna second pass Vq7synthetic\ntacacs-s key Vq7synthetic\n"
    cleaned = captures.candidate(text)
    assert "Vq7synthetic" not in cleaned.only.text
    assert len(cleaned.only.lines) == 3
    found = nxos.edit(leaf, cleaned)
    shown = "".join((str(found.body), str(found.why), str(found.unknown), str(found.remarks), str(found.meta)))
    assert "Vq7synthetic" not in shown
    whole = captures.edited(leaf, "snmp-server community public ro")
    community = captures.facts_after(leaf, whole).facts["snmp"]["communities"]
    assert [said["known_default"] for said in community.values()] == [True]


def test_what_stands_under_an_unknown_line_goes_with_it(leaf: Capture) -> None:
    """A section that nobody knows is unknown as a whole; its lines are no half snippet."""
    found = captures.edited(
        leaf, "router isis one\n  net 49.0001\n  address-family ipv4 unicast\nntp server 192.0.2.9 prefer"
    )
    assert {one.where for one in found.unknown if one.blanket} == {"change.cfg:1"}
    assert "192.0.2.9" in captures.facts_after(leaf, found).facts["ntp"]["servers"]


def test_a_line_for_all_of_the_switch_that_is_taken_for_the_port_is_unknown(leaf: Capture) -> None:
    """`cdp enable` at the margin under an indented interface: typed there, it belongs to the interface."""
    found = captures.edited(leaf, "interface Ethernet1/1\n  switchport access vlan 310\nno cdp enable")
    assert {one.path for one in found.unknown} >= {"interfaces[Ethernet1/1]", "interfaces"}
    assert all(one.where == "change.cfg:3" for one in found.unknown if one.path.startswith("interfaces"))


def test_a_later_line_stands_and_the_earlier_is_named(leaf: Capture) -> None:
    """Two lines that contradict each other are both named."""
    found = captures.edited(leaf, "interface Ethernet1/1\n  switchport access vlan 990\n  switchport access vlan 310")
    assert captures.facts_after(leaf, found).facts["interfaces"]["Ethernet1/1"]["access_vlan"] == 310
    assert any("line 3" in remark.words and "line 2" in remark.words for remark in found.remarks)


def test_how_a_candidate_is_taken_is_said(leaf: Capture) -> None:
    """A snippet is typed, a whole configuration replaces."""
    from tests.simulators.nxos import texts

    assert "typed" in captures.edited(leaf, "ntp authenticate").remarks[0].words
    assert "replaces" in captures.edited(leaf, texts.LEAF).remarks[0].words


def test_without_a_configuration_nothing_is_foretold(leaf: Capture) -> None:
    """A capture whose configuration was refused: every fact of it is unknown, and the lines are still checked."""
    commands = {**leaf.body["commands"], "show running-config": {"text": "", "status": "refused", "reason": "no"}}
    from dataclasses import replace

    blind = replace(leaf, body={**leaf.body, "commands": commands})
    found = captures.edited(blind, "ntp server 192.0.2.9 use-vrf management")
    assert {"ntp", "interfaces", "aaa"} <= {one.path for one in found.unknown}
    faults(blind, "vlan 5000")


def test_the_package_is_imported_without_its_collector() -> None:
    """Naming the predictor loads no SSH."""
    import subprocess
    import sys

    code = "import sys, auditor.changes.nxos; print(any(name in sys.modules for name in ('asyncssh', 'pysnmp')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_one_vlan_of_a_section_of_several_goes(leaf: Capture) -> None:
    """Lines under a list of VLANs stay with those that are left."""
    from dataclasses import replace

    commands = dict(leaf.body["commands"])
    section = "\nvlan 20,30\n  private-vlan isolated\nvlan 990\n"
    text = commands["show running-config"]["text"].replace("\nvlan 990\n", section)
    commands["show running-config"] = {"text": text, "status": "ok", "reason": ""}
    both = replace(leaf, body={**leaf.body, "commands": commands})
    found = captures.facts_after(both, captures.edited(both, "no vlan 20"))
    assert "30 isolated" in found.facts["private_vlans"]
    assert not any("20" in one for one in found.facts["private_vlans"])
    assert "20" not in found.facts["vlans"]
