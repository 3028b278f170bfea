"""Links, bonds, names, guests, mail and address translation from evidence written by hand, much of it damaged."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.redact import redact
from auditor.domain import Snapshot
from tests.collectors.linux.helpers import lines, read_records

UNITS = "".join(
    f"Id={name}\nLoadState=loaded\nUnitFileState=enabled\nActiveState=active\n\n"
    for name in ("libvirtd.service", "postfix.service", "named.service")
)
BOND = """Ethernet Channel Bonding Driver: v6.1.0

Bonding Mode: {mode}
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
ARP Polling Interval (ms): 0

802.3ad info
LACP active: on
LACP rate: {rate}
Aggregator selection policy (ad_select): stable
Active Aggregator Info:
\tAggregator ID: 1
\tNumber of ports: 2
\tPartner Mac Address: {partner}

Slave Interface: eth0
MII Status: up
Speed: 10000 Mbps
Aggregator ID: 1

Slave Interface: eth1
MII Status: {second}
Aggregator ID: {aggregator}
"""
LACP = {"mode": "IEEE 802.3ad Dynamic link aggregation", "rate": "fast", "partner": "00:1b:21:00:00:01"}


def bond(**values: str) -> dict[str, Any]:
    text = BOND.format(**{**LACP, "second": "up", "aggregator": "1", **values})
    found = read_records(bonding="".join(f"/proc/net/bonding/bond0:{line}\n" for line in text.splitlines()))
    facts: dict[str, Any] = found.facts["bonds"]["bond0"]
    return facts


def test_a_bond_that_is_whole() -> None:
    """Mode and rate in their short names, members with their state, one aggregator, a partner."""
    found = bond()
    assert (found["mode"], found["lacp_rate"], found["miimon"]) == ("802.3ad", "fast", 100)
    assert (found["members"], found["members_down"]) == (["eth0", "eth1"], [])
    assert (found["one_aggregator"], found["partner_known"]) == (True, True)


def test_what_a_bond_hides() -> None:
    """A member that is down, one in another aggregator, a partner of zeros, a mode without LACP."""
    assert bond(second="down")["members_down"] == ["eth1"]
    assert bond(aggregator="2")["one_aggregator"] is False
    assert bond(partner="00:00:00:00:00:00")["partner_known"] is False
    other = bond(mode="fault-tolerance (active-backup) (fail_over_mac active)")
    assert (other["mode"], other.get("lacp_rate"), other.get("one_aggregator")) == ("active-backup", None, None)


def links(*items: dict[str, Any]) -> dict[str, Any]:
    base = {"flags": ["UP", "LOWER_UP"], "mtu": 1500, "promiscuity": 0, "link_type": "ether"}
    found: dict[str, Any] = read_records(ip=json.dumps([{**base, **item} for item in items])).facts["links"]
    return found


def test_sizes_of_links_that_stand_on_others() -> None:
    """A port must have the size of its bridge; a VLAN may be smaller than its link, not larger."""
    found = links(
        {"ifname": "br0", "mtu": 9000, "linkinfo": {"info_kind": "bridge"}},
        {"ifname": "eth0", "master": "br0"},
        {"ifname": "eth1", "mtu": 9000, "master": "br0"},
        {"ifname": "v5", "link": "eth1", "mtu": 1500, "linkinfo": {"info_kind": "vlan", "info_data": {"id": 5}}},
        {"ifname": "v6", "link": "eth0", "mtu": 9000, "linkinfo": {"info_kind": "vlan", "info_data": {"id": 6}}},
    )
    assert {name: link.get("mtu_fits") for name, link in found.items()} == {
        "br0": None, "eth0": False, "eth1": True, "v5": True, "v6": False
    }  # fmt: skip
    assert (found["v5"]["vlan"], found["br0"]["members"]) == (5, ["eth0", "eth1"])


def test_only_a_sniffer_is_promiscuous() -> None:
    """Ports of bridges and links below macvlans listen to all by their nature; a packet socket elsewhere does not."""
    found = links(
        {"ifname": "br0", "promiscuity": 1, "linkinfo": {"info_kind": "bridge"}},
        {"ifname": "eth0", "promiscuity": 1, "master": "br0"},
        {"ifname": "eth1", "promiscuity": 1},
        {"ifname": "eth2", "promiscuity": 1},
        {"ifname": "mv", "link": "eth2", "linkinfo": {"info_kind": "macvlan"}},
        {"ifname": "eth3", "flags": ["UP", "PROMISC"], "master": "br0"},
    )
    assert {name for name, link in found.items() if link["promiscuous"]} == {"eth1", "eth3"}


def test_a_link_without_a_peer() -> None:
    """Only where it is switched on and needs one."""
    down = {"flags": ["UP", "NO-CARRIER"]}
    found = links({"ifname": "eth0", **down}, {"ifname": "eth1", "flags": []},
                  {"ifname": "virbr0", "linkinfo": {"info_kind": "bridge"}, **down})  # fmt: skip
    assert {n: (link["expects_link"], link["carrier"]) for n, link in found.items()} == {
        "eth0": (True, False), "eth1": (False, False), "virbr0": (False, False)
    }  # fmt: skip


def nft(*rules: dict[str, Any], kind: str = "nat", table: str = "t") -> str:
    chain = {"chain": {"family": "ip", "table": table, "name": "c", "type": kind}}
    return json.dumps(
        {"nftables": [chain, *({"rule": {"family": "ip", "table": table, "chain": "c", **r}} for r in rules)]}
    )


def test_rules_that_rewrite_addresses() -> None:
    """From iptables-save and from nft, each once; policies, jumps, returns and filters are none."""
    saved = "*filter\n-A INPUT -j DROP\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DOCKER\n"
    saved += "-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE\n-A DOCKER -i d -j RETURN\nCOMMIT\n"
    prefix = {"prefix": {"addr": "10.0.0.0", "len": 8}}
    match = {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": prefix}}
    own = nft(
        {"expr": [match, {"counter": {}}, {"snat": {"addr": "192.0.2.1", "port": 99}}]}, {"expr": [{"drop": None}]}
    )
    found = read_records(iptables=saved, ip6tables="", nft=own)
    assert found.facts["nat"]["rules"] == [
        "ip nat POSTROUTING -s 10.0.0.0/8 -j MASQUERADE",
        "ip t c ip saddr 10.0.0.0/8 snat to 192.0.2.1:99",
    ]
    same = nft({"expr": [{"masquerade": None}]}, table="nat")
    assert len(read_records(iptables=saved, ip6tables="", nft=same).facts["nat"]["rules"]) == 1


def test_without_a_tool_that_lists_rules_nothing_is_known() -> None:
    """Neither installed, refused, or an answer in another form: a gap, not an empty list."""
    absent = Record("", 127, "timeout: failed to run command 'nft': No such file or directory")
    refused = Record("", 1, "Operation not permitted (you must be root)")
    for evidence in (absent, refused, "rubbish", '{"nftables": 7}', "[]"):
        found = read_records(nft=evidence, iptables=absent, ip6tables=absent)
        assert "nat.rules" in found.gaps
        assert "rules" not in found.facts["nat"]


RESOLVED = "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"


def test_the_servers_behind_a_stub() -> None:
    """systemd-resolved's stub is no server: those behind it count, and without their file nothing is known."""
    stub = "nameserver 127.0.0.53\nsearch Example.org. example.net\noptions edns0\n"
    files = lines(etc__resolv_DOT_conf=stub, run__systemd__resolve__resolv_DOT_conf=RESOLVED)
    found = read_records(resolv=files).facts["resolver"]
    assert (found["servers"], found["search"]) == (["192.0.2.1", "192.0.2.2"], ["example.org", "example.net"])
    gone = Record(
        lines(etc__resolv_DOT_conf=stub), 2, "grep: /run/systemd/resolve/resolv.conf: No such file or directory"
    )
    assert "stub" in read_records(resolv=gone).gaps["resolver"]


ADDRESS = [{"ifname": "eth0", "flags": [], "addr_info": [{"local": "192.0.2.7", "prefixlen": 24, "scope": "global"}]}]


def names(rows: str) -> Snapshot:
    return read_records(ip=json.dumps(ADDRESS), names=rows, resolv=lines(etc__hostname="host"))


def test_a_name_and_an_address_that_agree() -> None:
    """The full name, its address, and back."""
    found = names(
        "fqdn|0||host.example.org\nforward|0|host|192.0.2.7 STREAM host.example.org 192.0.2.7 DGRAM\n"
        "reverse|0|192.0.2.7|192.0.2.7 host.example.org\n"
    ).facts["identity"]
    assert found["qualified"] is found["forward_agrees"] is found["configured_agrees"] is True
    assert found["addresses"]["192.0.2.7"] == {"interface": "eth0", "names": ["host.example.org"], "agrees": True}


def test_no_answer_in_time_is_not_known() -> None:
    """124 is a gap; an answer without a name is a fact; loopback is no address of one's own."""
    slow = names("fqdn|124||\nforward|124|host|\nreverse|124|192.0.2.7|\n").gaps
    assert {"identity.qualified", "identity.forward_agrees", "identity.addresses[192.0.2.7]"} <= set(slow)
    found = names("fqdn|1||\nforward|0|host|127.0.1.1 STREAM host\nreverse|2|192.0.2.7|\n")
    identity = found.facts["identity"]
    assert (identity["qualified"], identity["forward_agrees"]) == (False, False)
    assert identity["addresses"]["192.0.2.7"]["agrees"] is False
    assert not [path for path in found.gaps if path.startswith("identity")]


@pytest.mark.parametrize("name", ["localhost.localdomain", "host", "host.localdomain", "a..b", "-a.b c"])
def test_names_that_are_not_qualified(name: str) -> None:
    """A domain of localhost is none."""
    assert names(f"fqdn|0||{name}\nforward|2|h|\n").facts["identity"]["qualified"] is False


def guest(**files: str) -> Snapshot:
    text = lines(**{f"etc__libvirt__qemu__{name}_DOT_xml": body for name, body in files.items()})
    return read_records(units=UNITS, libvirt=text, libvirt_links="", libvirt_conf="", kvm_kernel="", ip="[]")


def test_a_guest_with_every_trap() -> None:
    """SCSI behind virtio is paravirtual, a CD-ROM is no disk that counts, DAC is no confinement, `::` is everywhere."""
    text = """<domain><name>a</name><memory unit='GiB'>2</memory>
      <seclabel type='none' model='dac'/><seclabel type='static' model='selinux'/>
      <devices><controller type='scsi' index='0' model='virtio-scsi'/>
      <disk device='disk'><target dev='sda' bus='scsi'/><address controller='0'/></disk>
      <disk device='disk'><target dev='sdb' bus='scsi'/><address controller='1'/></disk>
      <disk device='cdrom'><target dev='hdc' bus='ide'/></disk>
      <interface type='bridge'><mac address='52:54:00:AA:00:01'/><source bridge='br0'/></interface>
      <interface type='direct'><mac address='52:54:00:aa:00:01'/><model type='virtio'/></interface>
      <graphics type='spice' autoport='yes'><listen type='address' address='::'/></graphics>
      <graphics type='vnc' socket='/run/x'/><graphics type='sdl'/></devices></domain>"""
    kvm = guest(a=text).facts["kvm"]
    assert {key: disk["paravirtual"] for key, disk in kvm["disks"].items()} == {
        "a/sda": True, "a/sdb": False, "a/hdc": False
    }  # fmt: skip
    assert (kvm["domains"]["a"]["confinement"], kvm["domains"]["a"]["memory_mib"]) == ("static", 2048)
    assert kvm["nics"]["a/0"]["duplicates"] == ["a/1"]
    assert (kvm["nics"]["a/0"]["bridge_found"], kvm["nics"]["a/0"]["paravirtual"]) == (False, False)
    assert {key: one["exposed"] for key, one in kvm["graphics"].items()} == {"a/spice": True, "a/vnc": False}


@pytest.mark.parametrize(
    "text",
    [
        "<domain>", "", "no xml", "<a>&x;</a>", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "<domain>\ufffd</domain",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)  # fmt: skip
def test_a_guest_that_is_no_xml_hides_the_guests_only(text: str) -> None:
    """With the file in the reason; entities are not expanded; an empty file has no lines and shows as one without."""
    found = guest(a=text or "<", b="<domain><name>b</name></domain>")
    assert "a.xml" in found.gaps["kvm.domains"]
    assert "domains" not in found.facts.get("kvm", {}) or found.facts["kvm"]["domains"] == {}
    assert "kvm.competing" not in found.gaps


def test_settings_of_qemu_over_several_lines() -> None:
    """A list goes on to its bracket; comments, quotes and numbers are what they are."""
    conf = 'user = "root" # x\nsecurity_driver = [\n  "selinux",\n  "none" ]\nvnc_tls = 1\n#vnc_listen = "0.0.0.0"\n'
    found = read_records(
        units=UNITS, libvirt_conf=lines(etc__libvirt__qemu_DOT_conf=conf), libvirt="", libvirt_links=""
    )
    assert found.facts["kvm"]["qemu"] == {"user": "root", "security_driver": "selinux,none", "vnc_tls": 1}


def test_secrets_of_roles_are_fingerprints() -> None:
    """A key over several lines, a password in an attribute, a login in a table: none is left, all can still be read."""
    texts = {
        "named_files": "/etc/a:1:key x { secret /* y\n/etc/a:2:*/ \n/etc/a:3:Zm9vYmFy; };\n"
        '/etc/a:4:key y { secret "cXV4"; };',
        "libvirt": "/e/x.xml:1:<graphics passwd\n/e/x.xml:2:= 'geheim1'/>\n/e/x.xml:3:<graphics passwd=\"x\"/>",
        "postconf": "a = static:bob:geheim2\nb = inline:{ h.example=bob:geheim3 }\nldap_bind_pw = geheim4\n",
    }
    done = redact({key: Record(text, 0, "") for key, text in texts.items()})
    assert not re.search(r"geheim|Zm9v|cXV4|\"x\"", "".join(record.out for record in done.values()))
    assert done["named_files"].out.count('"hmac:') == 2
    assert redact(done) == done


RECORDS = ["ip", "bonding", "resolv", "names", "postconf", "postconf_master", "postconf_own", "aliases", "named",
           "named_files", "named_ps", "named_version", "libvirt", "libvirt_conf", "libvirt_links", "kvm_kernel", "nft",
           "iptables"]  # fmt: skip
_TEXT = st.text(max_size=60) | st.sampled_from(
    ["[{}]", '[{"ifname":"x"}]', '[{"ifname":"x","flags":7,"mtu":"y","addr_info":[3],"linkinfo":[]}]', "[" * 5000,
     "smtp inet n - y - - smtpd", "smtp/inet/mynetworks = 0.0.0.0/0", "mynetworks = [::]/x\ninet_interfaces = all",
     "/etc/libvirt/qemu/a.xml:1:<domain><devices><disk/><interface/><graphics/></devices></domain>",
     "/etc/libvirt/qemu.conf:1:a = [", "/proc/net/bonding/b:Slave Interface: ", "a|b|c|d", "options { zone x; };",
     "zone a { type b; }; view v { zone; };", "controls { inet; }; key; acl; view; zone;", "x" * 9000, "9.x",
     "\ufffd" * 50, '/etc/named.conf:1:include "/etc/named.conf";',
     '{"nftables":[{"rule":{"expr":[{}]}}]}', "root /usr/sbin/named -t"]
)  # fmt: skip


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(RECORDS), st.tuples(_TEXT, st.sampled_from([0, 1, 2, 124, 127]), st.text(max_size=20))
    )
)
def test_whatever_a_host_answers_it_is_read(records: dict[str, tuple[str, int, str]]) -> None:
    """No record of these raises out of `read`; what is not a fact then is a gap, or absent for want of a role."""
    evidence: dict[str, Record | str] = {key: Record(*value) for key, value in records.items()}
    found = read_records(units=UNITS, dpkg="bash 5 installed\n", role_marks="", **evidence)
    for fact in ("links", "bonds", "resolver", "postfix", "bind", "kvm"):
        assert fact in found.facts or fact in found.gaps, fact
