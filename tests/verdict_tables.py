"""Writes docs/reference/verdicts.md: what each shipped rule says of our live peers. `python -m tests.verdict_tables`.

Needs what the lab host, the vSphere simulator and snmpd need. The peers are ours: the page shows that rules are judged
on live answers, not how any product is delivered. RHEL stands on synthetic captures, and the page says so.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from auditor.domain import Snapshot, Source, Target
from auditor.pipeline import read_capture
from auditor.relate import relate
from auditor.rulebook.compile import compile_rule
from auditor.rulebook.examples import worst
from tests.collectors.nexus1000v.peers import seen
from tests.collectors.vsphere.peers import collect, snapshots, source_of
from tests.rules.shipped import shipped_rules
from tests.simulators.linux import lab, rhel_hosts
from tests.simulators.nxos import texts
from tests.simulators.nxos.agent import snmpd
from tests.simulators.nxos.device import Device, running
from tests.simulators.vsphere.launch import vcsim

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "verdicts.md"
HEAD = """# Verdicts on our own peers

What each shipped rule, with the parameters as shipped, said of peers that the tests run: a Debian 12 host with sshd, as
root and as a plain user without sudo; a simulated vSphere 8 with its esxcli; a simulated Nexus 1000v and two physical
switches with snmpd. Answers came through live collections. RHEL was never asked: its columns are synthetic captures.
Written by `python -m tests.verdict_tables`. A rule with several subjects shows its worst verdict; `-`: not meant there.
"""
Column = tuple[str, Snapshot]


def verdicts(snapshot: Snapshot) -> dict[str, str]:
    """The worst status of each rule for the platform of a snapshot."""
    found = {}
    for rule, parameters in shipped_rules(snapshot.platform).values():
        found[rule.id] = worst([f.status for f in compile_rule(rule, parameters).judge(snapshot)]).value
    return found


def table(title: str, columns: Iterable[Column]) -> str:
    """One platform: a row per rule, a column per peer, and the sums below."""
    columns = list(columns)
    per = {name: verdicts(snapshot) for name, snapshot in columns}
    rules = shipped_rules(*{snapshot.platform for _, snapshot in columns})
    lines = [f"## {title}\n", "| rule | " + " | ".join(per) + " |", "|---|" + "---|" * len(per)]
    lines += [f"| `{rule}` | " + " | ".join(found.get(rule, "-") for found in per.values()) + " |" for rule in rules]
    lines.append(f"\n{len(rules)} rules. " + " ".join(f"{name}: {_sums(found)}." for name, found in per.items()) + "\n")
    return "\n".join(lines)


def _sums(found: Mapping[str, str]) -> str:
    words = ("pass", "fail", "unknown", "notapplicable", "notchecked", "error")
    return ", ".join(f"{list(found.values()).count(word)} {word}" for word in words if word in found.values())


def related(found: Mapping[str, Snapshot]) -> dict[str, Snapshot]:
    """Snapshots with what they say of each other."""
    targets = [Target(s.target, s.platform, s.source, "collected", snapshot=s) for s in found.values()]
    after = [target.snapshot for target in relate(targets)]
    return {name: snapshot for name, snapshot in zip(found, after, strict=True) if snapshot}


def linux() -> list[Column]:
    """The lab host as root and as a plain user, and the RHEL hosts on paper."""
    from tests.collectors.linux.helpers import snapshot, ssh_source

    made = lab.root()
    if made is None:
        raise SystemExit("no Debian archive is known here to make a lab host from")
    columns: list[Column] = []
    with tempfile.TemporaryDirectory() as folder, lab.LabHost(made, Path(folder)) as host:
        host.call_itself_a_machine()
        for name, user in (("Debian 12, root", "root"), ("Debian 12, plain user", lab.USER)):
            source = ssh_source(host.address, 22, host.known_hosts, host.user_key, user)
            columns.append((name, asyncio.run(snapshot(source))))
    for release, quality in ((8, "good"), (8, "poor"), (9, "good"), (9, "poor")):
        capture = rhel_hosts.capture(release, quality)
        read = read_capture(capture, Source("rhel", "replay"))
        assert isinstance(read, Snapshot)
        columns.append((f"{capture.target} (synthetic)", read))
    return columns


def vsphere() -> dict[str, list[Column]]:
    """One host, its vCenter, its switch and its machines."""
    with vcsim(hosts=2, vms=1) as sim:
        items = collect(source_of(sim, esxcli=True, vms=True))
    every = {f"{p}/{n}": s for p in ("esxi", "vcenter", "dvs", "vm") for n, s in snapshots(items, p).items()}
    out: dict[str, list[Column]] = {}
    for name, snapshot in related(every).items():
        out.setdefault(name.partition("/")[0], []).append((f"simulated {snapshot.version}", snapshot))
    return {platform: columns[:1] for platform, columns in out.items()}


async def switches() -> list[Column]:
    """The good supervisor, the poor one, and a physical switch."""
    columns: list[Column] = []
    with tempfile.TemporaryDirectory() as folder, snmpd(Path(folder)) as agent:
        for name, answers, kind in (
            ("supervisor, good", texts.answers(texts.RUNNING), "nexus1000v"),
            ("supervisor, poor", texts.poor_answers(), "nexus1000v"),
            ("physical switch", texts.switch_answers(), "nxos"),
            ("leaf switch", texts.leaf_answers(), "nxos"),
        ):
            async with running(Device(answers=answers)) as device:
                columns.append((name, await seen(device, Path(folder), agent, kind=kind)))
    return columns


def main() -> None:
    """Ask all peers and write the page."""
    os.environ.setdefault("AUDITOR_HMAC_KEY", "a key for the page of verdicts, 32")
    parts = [HEAD, table("Linux", linux())]
    titles = {"esxi": "ESXi", "vcenter": "vCenter", "dvs": "Distributed switch", "vm": "Virtual machine"}
    parts += [table(titles[platform], columns) for platform, columns in vsphere().items()]
    columns = list(related(dict(asyncio.run(switches()))).items())
    parts.append(table("Nexus 1000v and NX-OS", columns))
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
