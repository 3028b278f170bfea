"""What devices say to attack the reader: markup, escape sequences, direction marks, NUL, formulas, secrets.

The devices are real peers; what they say comes out of a report as text, or not at all.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.adversary.estate import Estate, Loop, Measured, measured, written
from tests.collectors.linux.helpers import META, OS, VIRT
from tests.conftest import program
from tests.simulators.linux import hostile
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import snmpd
from tests.simulators.nxos.device import Device, running
from tests.simulators.vsphere.fake import FakeVCenter

SCRIPT = "<script>alert(1)</script>"
BROKEN_OUT = "--></style></script><img src=x onerror=alert(2)>"
BIDI = "\u202eevil\u2066"
ANSI = "\x1b[2J\x1b]0;owned\x07"
FORMULA = "=HYPERLINK(1)"
COMMUNITY, TACACS, NTP = "kommunity-4669201609", "tacacs-key-1414213562", "ntp-key-5772156649"
SECRET_LINES = (
    f"snmp-server community {COMMUNITY} group network-operator\n"
    f'tacacs-server key 0 "{TACACS}"\nntp authentication-key 9 md5 {NTP} 0\n'
)
HASH = "$6$saltsaltsalt$Cxq1AVcOoZ8RHPsIYfSyntheticHashOfNoPassword"
RULES = """
baseline: mine
title: Rules that repeat whatever a device says
version: "1"
rules:
"""
RULE = """
  - id: {platform}-repeats-{name}
    title: Nothing of this kind is ever configured
    severity: high
    applies_to: {{platform: {platform}}}
    {for_each}
    expect: {{{expect}}}
    family: CFG-HARDEN
    references: {{nist-800-53: [CM-6]}}
    rationale: A test wants the evidence of a failure in each of the reports.
    fix: Nothing to fix here.
"""
REPEATED = (
    ("nexus1000v", "banner", "", '"banners[motd].text": {equals: nothing}'),
    ("nexus1000v", "hostname", "", "hostname: {equals: nothing}"),
    ("nexus1000v", "interfaces", "for_each: interfaces", ".description: {equals: nothing}"),
    ("linux", "hostname", "", "hostname: {equals: nothing}"),
    ("linux", "packages", "for_each: packages", '"@key": {equals: nothing}'),
    ("esxi", "services", "for_each: services", ".policy: {equals: nothing}"),
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Estate, Measured, Measured]]:
    folder = tmp_path_factory.mktemp("hostile")
    estate = Estate(folder, secrets={COMMUNITY, TACACS, NTP, HASH})
    (folder / "mine.yaml").write_text(
        RULES
        + "".join(RULE.format(platform=p, name=n, for_each=each, expect=expect) for p, n, each, expect in REPEATED)
    )
    with ExitStack() as stack:
        loop = stack.enter_context(Loop())
        switch(estate, stack, loop)
        host(estate, loop)
        sim = stack.enter_context(FakeVCenter(hosts=2))
        assert sim.estate
        for number, one in enumerate(sim.estate.hosts.values()):
            one.tree["name"] = f"{SCRIPT}{BIDI}-{number}"
        credential = estate.credential("vc", sim.username, password=sim.password)
        estate.add("vc", "vcenter", f"port: {sim.port}, credential: {credential}, tls: {{ca_file: '{sim.ca_file}'}}")
        name = estate.inventory("all.yaml", head="defaults: {timeout: 10s, deadline: 30s}\n")
        rules = ("-b", "mine.yaml", "-b", "nexus-1000v", "-b", "linux", "-b", "esxi-8")
        audited = measured(folder, "audit", "-i", name, *rules, "-f", "html,json,csv", "-o", "out", "--log", "text")
        yield estate, audited, measured(folder, "collect", "-i", name, "-o", "captures", "--log", "json")


def switch(estate: Estate, stack: ExitStack, loop: Loop) -> None:
    """A switch with hostile banners, descriptions and secrets of every kind, and an SNMP agent when there is one."""
    text = texts.RUNNING.replace("This system belongs", f"{SCRIPT}{ANSI}{BIDI}{BROKEN_OUT}\x00 This system belongs")
    text = text.replace("synthetic-web-1, Network Adapter 1", f"{FORMULA}{BROKEN_OUT}{BIDI}")
    text = text.replace("hostname vsm-synthetic\n", f"hostname {SCRIPT}\n{SECRET_LINES}")
    device = loop.enter(running(Device(answers=texts.answers(text), banner=f"{SCRIPT}{ANSI}\n")))
    credential = estate.credential("vsm", device.username, password=device.password)
    rest = f"ssh: {{credential: {credential}, port: {device.port}, known_hosts: '{device.known_hosts(estate.folder)}'}}"
    if program("snmpd"):
        agent = stack.enter_context(snmpd(estate.folder, community="public"))
        snmp = estate.credential("snmp", agent.username, auth_key=agent.auth_key, priv_key=agent.priv_key)
        rest += f", snmp: {{credential: {snmp}, port: {agent.port}}}"
    estate.add("vsm", "nexus1000v", rest)


def host(estate: Estate, loop: Loop) -> None:
    """A Linux host that lies about its name, its packages and its accounts."""
    meta = META.replace("hostname=host", f"hostname={SCRIPT}{ANSI}{BIDI}")
    records = {"meta": meta, "os": OS, "virt": VIRT, "dpkg": f"ii {SCRIPT}{ANSI} 1.0\n{FORMULA} 5\n"}
    records |= {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "shadow": f"root:{HASH}:1:0:99999:7:::\n"}
    stream = b"\0BEGIN\0" + b"".join(f"{key}\0{text}\0000\0\0".encode() for key, text in records.items())
    (own := estate.folder / "lx").mkdir()
    peer = loop.enter(hostile.peer(own, hostile.say(ANSI.encode() + stream + b"END\0\0000\0\0", leave=True)))
    credential = estate.credential("lx", "root", key_file=str(peer.key))
    estate.add("lx", "linux", f"port: {peer.port}, credential: {credential}, known_hosts: '{peer.known_hosts}'")


def test_every_hostile_source_was_read(ran: tuple[Estate, Measured, Measured]) -> None:
    """The attack is in the facts: what follows proves something."""
    _, done, _ = ran
    assert done.status == 1, done.err.decode()
    findings = done.audit("out")["findings"]
    told = str([o["actual"] for f in findings for o in f["observations"] if "repeats" in f["rule"]])
    assert SCRIPT in told
    assert BROKEN_OUT in told
    assert FORMULA in told
    assert any(SCRIPT in t["name"] for t in done.audit("out")["targets"])


def test_html_shows_it_as_text_only(ran: tuple[Estate, Measured, Measured]) -> None:
    """No markup of a device, no control character and no direction mark is in the page."""
    page = (ran[0].folder / "out" / "audit.html").read_bytes().decode()
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "--></style>" not in page
    assert not re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)
    assert len(re.findall(r"<script", page)) == len(re.findall(r"</script>", page))


def test_csv_runs_nothing(ran: tuple[Estate, Measured, Measured]) -> None:
    """No control character in a cell, no cell that a spreadsheet takes for a formula, every row of the same width."""
    text = (ran[0].folder / "out" / "audit.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows for cell in row]
    assert not [c for c in cells if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", c)]
    assert not [c for c in cells if c.lstrip().startswith(("=", "@"))]
    assert any("HYPERLINK" in c for c in cells)


def test_json_and_terminal_hold_no_raw_control_character(ran: tuple[Estate, Measured, Measured]) -> None:
    """JSON escapes them; the terminal gets no escape sequence and no direction mark from a device."""
    raw = (ran[0].folder / "out" / "audit.json").read_bytes()
    assert not re.search(b"[\x00-\x09\x0b-\x1f\x7f]", raw)
    for done in ran[1:]:
        for stream in (done.out, done.err):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", stream.decode())


def test_no_secret_of_a_device_or_of_ours_is_written(ran: tuple[Estate, Measured, Measured]) -> None:
    """Communities, keys and hashes of the devices and our own credentials are in no report, capture, log or output."""
    estate, done, collected = ran
    files = list(written(estate.folder / "out", estate.folder / "captures"))
    assert len([path for path, _ in files if path.suffix == ".gz"]) >= 4
    for run in (done, collected):
        files += [(Path("out"), run.out), (Path("err"), run.err)]
    assert [(p.name, s) for p, data in files for s in estate.secrets if s.encode() in data] == []
    assert not [p.name for p, data in files if re.search(rb"\$5\$SYNTHETIC\$[A-Za-z0-9]", data)]
