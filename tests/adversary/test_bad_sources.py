"""A score of sources that go wrong, each in its way, beside three good ones, in one run of the command line.

Each bad one is a failure or a gap with its reason; the good ones are judged as if they were alone; the run ends.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from auditor.library import load_baselines
from tests.adversary.estate import Estate, Loop, Measured, closed_port, measured, mute_port, written
from tests.collectors.linux.helpers import META, OS, VIRT
from tests.collectors.vsphere.test_silent_peers import endless, listening, over_tls
from tests.simulators.linux import hostile
from tests.simulators.linux.keys import known_hosts, make_key
from tests.simulators.linux.plain_sshd import PlainSshd
from tests.simulators.nxos.device import Device, running
from tests.simulators.pki import Authority
from tests.simulators.vsphere.launch import vcsim

pytestmark = [pytest.mark.needs_go, pytest.mark.needs_sshd]
HEAD = b"\0BEGIN\0" + b"".join(
    f"{key}\0{text}\0000\0\0".encode() for key, text in (("meta", META), ("os", OS), ("virt", VIRT))
)
RUNNING = "show running-config"
DEADLINE, GRACE = 20.0, 5.0  # of each source, as the inventory says, and what auditor.runners adds
WRONG = "wrong-password-2718281828"
GOOD = {"vsm-good", "vc-good", "lx-good"}
# source: a word of its reason
FAILS = {
    "lx-key": "refused the login",
    "lx-changed": "not the one in known_hosts",
    "lx-unknown": "not the one in known_hosts",
    "lx-refused": "refuses connections",
    "lx-mute": "did not answer in time",
    "lx-hang": "20 s",
    "lx-pager": "20 s",
    "lx-flood": "longer than 8 MB",
    "nx-password": "refused",
    "nx-refused": "127.0.0.1:",
    "nx-changed": "known_hosts",
    "nx-unknown": "known_hosts",
    "nx-mute": "",
    "nx-hang": RUNNING,
    "nx-cut": "",
    "nx-flood": "8 MB",
    "nx-truncated": "cut",
    "nx-prompt": "pager prompt",
    "vc-password": "",
    "vc-ca": "certificate",
    "vc-leaf": "certificate",
    "vc-expired": "expired",
    "vc-name": "",
    "vc-refused": "refused",
    "vc-mute": "",
    "vc-hang": "",
    "vc-dropped": "vCenter stopped answering",
    "vc-endless": "",
}
GAPPED = {"nx-section": "show module", "nx-more": "", "lx-cut": "", "lx-flood-later": "longer than 8 MB"}


@dataclass
class Ran:
    """The run over everything, the run over the good sources alone, and a collection of everything."""

    estate: Estate
    everything: Measured
    alone: Measured
    collected: Measured
    floods: list[int] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("bad")
    estate, floods = Estate(folder), [0]
    with ExitStack() as stack:
        loop = stack.enter_context(Loop())
        linux(estate, stack, loop, floods)
        logins = nexus(estate, stack, loop)
        vsphere(estate, stack)
        formats = ("-f", "html,json,csv")
        everything = measured(
            folder, "audit", "-i", estate.inventory("all.yaml"), "--log", "json", *formats, "-o", "all"
        )
        alone = measured(folder, "audit", "-i", estate.inventory("good.yaml", *GOOD), *formats, "-o", "good")
        collected = measured(folder, "collect", "-i", "all.yaml", "-o", "captures", "--log", "text")
        yield Ran(estate, everything, alone, collected, floods, logins)


def linux(estate: Estate, stack: ExitStack, loop: Loop, floods: list[int]) -> None:
    """Linux hosts: OpenSSH where a login is at stake, our own servers where a login leads nowhere."""

    def add(name: str, port: int, hosts: Path, key: Path, user: str = "root") -> None:
        credential = estate.credential(name, user, key_file=str(key))
        estate.add(name, "linux", f"port: {port}, credential: {credential}, known_hosts: '{hosts}'")

    (folder := estate.folder / "sshd").mkdir()
    sshd = stack.enter_context(PlainSshd(folder))
    estate.secrets.add(sshd.key.read_text().splitlines()[2])
    stranger = make_key(folder / "stranger")
    other = known_hosts(folder / "other", "127.0.0.1", sshd.port, Path(f"{stranger}.pub"))
    (folder / "empty").touch()
    add("lx-good", sshd.port, sshd.known_hosts, sshd.key, sshd.username)
    add("lx-key", sshd.port, sshd.known_hosts, stranger, sshd.username)
    add("lx-changed", sshd.port, other, sshd.key, sshd.username)
    add("lx-unknown", sshd.port, folder / "empty", sshd.key, sshd.username)
    add("lx-refused", stack.enter_context(closed_port()), folder / "empty", sshd.key)
    add("lx-mute", stack.enter_context(mute_port()), folder / "empty", sshd.key)
    for name, behaviour in {
        "lx-hang": hostile.hang,
        "lx-pager": hostile.say(b"--More--", leave=False),
        "lx-cut": hostile.break_off(HEAD + b"dpkg\0bash 5.2"),
        "lx-flood": hostile.flood(b"", 200 << 20, floods),
        "lx-flood-later": hostile.flood(HEAD + b"dpkg\0", 200 << 20, floods),
    }.items():
        (own := estate.folder / name).mkdir()
        peer = loop.enter(hostile.peer(own, behaviour))
        add(name, peer.port, peer.known_hosts, peer.key)


def nexus(estate: Estate, stack: ExitStack, loop: Loop) -> list[str]:
    """Switches. The logins that the one with the wrong password saw."""

    def add(name: str, device: Device, password: str = "", hosts: Path | None = None) -> None:
        credential = estate.credential(name, device.username, password=password or device.password)
        hosts = hosts or device.known_hosts(estate.folder)
        ssh = f"ssh: {{credential: {credential}, port: {device.port}, known_hosts: '{hosts}'}}"
        estate.add(name, "nexus1000v", ssh)

    def device(**how: Any) -> Device:
        return loop.enter(running(Device(**how)))

    good, key = device(), asyncssh.generate_private_key("ssh-ed25519")
    text = good.answers[RUNNING]
    add("vsm-good", good)
    guarded = device()
    add("nx-password", guarded, password=WRONG)
    add("nx-changed", guarded, hosts=guarded.known_hosts(estate.folder, key))
    (estate.folder / "nobody").touch()
    add("nx-unknown", guarded, hosts=estate.folder / "nobody")
    for name, port in (("nx-refused", closed_port()), ("nx-mute", mute_port())):
        add(name, Device(host_key=key, port=stack.enter_context(port)))
    add("nx-hang", device(hang=RUNNING))
    add("nx-cut", device(cut=RUNNING))
    add("nx-flood", device(flood=RUNNING, exec_allowed=False))
    add("nx-truncated", device(answers={**good.answers, RUNNING: text[: text.index("svs-domain") + 30]}))
    add("nx-prompt", device(answers={**good.answers, RUNNING: text + "--More--\n"}))
    add("nx-section", device(hang="show module"))
    add("nx-more", device(pager_in_exec="show feature"))
    return guarded.logins


def vsphere(estate: Estate, stack: ExitStack) -> None:
    """vCenters: real certificates that do not fit, and a simulator that breaks off."""

    def add(name: str, port: int, tls: str, password: str, username: str = "auditor@vsphere.local") -> None:
        credential = estate.credential(name, username, password=password)
        estate.add(name, "vcenter", f"port: {port}, credential: {credential}, tls: {{{tls}}}")

    folder = estate.folder / "pki"
    authority = Authority(folder / "ours")
    stranger = Authority(folder / "strange")
    other = authority.issue("127.0.0.1", stem="other")
    ours = f"ca_file: '{authority.ca_file}'"

    def sim(pair: Any) -> Any:
        return stack.enter_context(vcsim(hosts=2, certificate=pair, ca_file=authority.ca_file))

    good = sim(authority.issue("127.0.0.1", stem="good"))
    add("vc-good", good.port, ours, good.password)
    add("vc-password", good.port, ours, WRONG)
    add("vc-ca", good.port, f"ca_file: '{stranger.ca_file}'", good.password)
    add("vc-leaf", good.port, f"pinned_leaf: '{other.cert_file}'", good.password)
    expired = sim(authority.issue("127.0.0.1", days=-2, stem="expired"))
    add("vc-expired", expired.port, ours, expired.password)
    named = sim(authority.issue("vc02.example.test", stem="named"))
    add("vc-name", named.port, ours, named.password)
    add("vc-refused", stack.enter_context(closed_port()), ours, "never-sent-1618033988")
    add("vc-mute", stack.enter_context(mute_port()), ours, "never-sent-1618033989")
    hanging = sim(authority.issue("127.0.0.1", stem="hanging"))
    hanging.control("fault", fault="hang", seconds=60, method="RetrievePropertiesEx")
    add("vc-hang", hanging.port, ours, hanging.password)
    dropping = sim(authority.issue("127.0.0.1", stem="dropping"))
    dropping.control("fault", fault="drop", after=12)
    add("vc-dropped", dropping.port, ours, dropping.password)
    behave, ca_file = over_tls(folder / "endless", endless)
    listener = stack.enter_context(listening(behave))
    add("vc-endless", listener.port, f"ca_file: '{ca_file}'", "never-sent-1618033990")


def of_source(audit: dict[str, Any], name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Targets and findings of one source."""
    targets = [t for t in audit["targets"] if t["source"] == name]
    own = {t["name"] for t in targets}
    return targets, [f for f in audit["findings"] if f["target"] in own]


@pytest.mark.parametrize("name", FAILS)
def test_a_bad_source_is_a_failure_with_its_reason(ran: Ran, name: str) -> None:
    """Unreachable, with a reason a person can act on; every finding unknown, nothing green."""
    audit = ran.everything.audit("all")
    targets, findings = of_source(audit, name)
    assert targets
    assert {t["status"] for t in targets} == {"unreachable"}
    reasons = {x["reason"] for x in audit["coverage"]["unreachable"] if x["source"] == name}
    assert all(len(reason) > 10 and FAILS[name] in reason for reason in reasons), reasons
    assert reasons
    assert {f["status"] for f in findings} <= {"unknown", "notchecked"}
    (source,) = [s for s in audit["sources"] if s["name"] == name]
    assert source["status"] == "failed"


@pytest.mark.parametrize("name", GAPPED)
def test_a_lost_section_is_a_gap_with_its_reason(ran: Ran, name: str) -> None:
    """Where only a section is lost the target is read, the section is a gap, and what needs it is unknown."""
    audit = ran.everything.audit("all")
    (target,), findings = of_source(audit, name)
    assert target["status"] == "collected"
    assert target["gaps"]
    assert any(GAPPED[name] in gap["reason"] for gap in target["gaps"])
    gapped = [gap["path"] for gap in target["gaps"]]
    for finding in findings:
        if finding["status"] == "pass":
            paths = [o["path"] for o in finding["observations"]]
            assert not [p for p in paths for g in gapped if p == g or p.startswith((g + ".", g + "["))], finding


def test_the_good_sources_are_judged_as_if_they_were_alone(ran: Ran) -> None:
    """Same targets and verdicts as in a run without the bad ones, but for rules that look at other targets too."""
    library = load_baselines()
    across = {rule.id for name in ("estate", "linux-network") for rule in library[name].baseline.rules}
    # links of this machine come and go with the lab hosts of other tests
    across |= {rule.id for one in library.values() for rule in one.baseline.rules if rule.for_each == "interfaces"}

    def verdicts(audit: dict[str, Any]) -> list[tuple[Any, ...]]:
        rows = []
        for name in sorted(GOOD):
            targets, findings = of_source(audit, name)
            assert targets
            assert {t["status"] for t in targets} == {"collected"}
            # a name that stands behind two vCenters carries its source
            rows += [
                (name, f["target"].removeprefix(f"{name}/"), f["rule"], f["subject"], f["status"])
                for f in findings
                if f["rule"] not in across
            ]
        return sorted(rows, key=str)

    beside, alone = verdicts(ran.everything.audit("all")), verdicts(ran.alone.audit("good"))
    assert beside == alone
    assert {"pass", "fail"} <= {status for *_, status in alone}


def test_the_run_ends_with_status_3_in_time_and_within_memory(ran: Ran) -> None:
    """Missing coverage is status 3; no peer stretches the deadline or the memory, 200 MB or endless as it may be."""
    for run in (ran.everything, ran.collected):
        assert run.status == 3, run.err[-2000:]
        assert b"Traceback" not in run.err
        assert run.peak < 500 << 20
        assert run.seconds < 2 * (DEADLINE + GRACE) + 60  # all sources at once; the rest is start, judging and report
    assert ran.alone.status == 1
    assert sum(ran.floods) < 200 << 20


def test_a_wrong_password_is_tried_once_per_run(ran: Ran) -> None:
    """Two runs over everything: two wrong logins, and none where the host key was not the known one."""
    assert ran.logins == ["bad", "bad"]


def test_no_secret_is_written_anywhere(ran: Ran) -> None:
    """Neither terminal, log, report nor capture holds a password or a private key."""
    folder = ran.estate.folder
    files = list(written(folder / "all", folder / "good", folder / "captures"))
    assert len([path for path, _ in files if path.suffix == ".gz"]) > len(GOOD)
    for run in (ran.everything, ran.alone, ran.collected):
        files += [(Path("out"), run.out), (Path("err"), run.err)]
    found = [(path.name, secret) for path, data in files for secret in ran.estate.secrets if secret.encode() in data]
    assert found == []


def test_a_collection_judged_later_is_no_greener(ran: Ran) -> None:
    """What failed while it was collected fails again, with the same reasons, when the folder is judged."""
    done = measured(ran.estate.folder, "audit", "--from", "captures", "-f", "json", "-o", "later")
    assert done.status == 3
    audit = done.audit("later")
    for name in FAILS:
        targets, findings = of_source(audit, name)
        assert {t["status"] for t in targets} == {"unreachable"}, name
        assert {f["status"] for f in findings} <= {"unknown", "notchecked"}, name
