"""Text that was made to hurt: banners, duplicates, line ends, NULs, bad bytes, huge lines, mutated configurations."""

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.nexus1000v import read
from auditor.collectors.nexus1000v.commands import ALL, LIMIT, OF_SWITCH, RUNNING, Answer, cut_short, judged
from auditor.collectors.nexus1000v.read import SECTIONS, SWITCH_ONLY
from auditor.collectors.nexus1000v.redact import redact
from auditor.collectors.nexus1000v.text import clean
from auditor.collectors.nexus1000v.tree import parse
from auditor.domain import Snapshot
from tests.collectors.nexus1000v.configs import KEY, answer, capture, facts_of
from tests.collectors.nexus1000v.peers import captured, failed
from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
SEED = 20_260_202
DEVICES = {"nexus1000v": texts.answers(), "nxos": texts.leaf_answers()}
JUNK = ("\x00", "\r", "\x1b[2J", "!", "^C", "#", "\ufffd", "\u202e", " ", "no ", "banner motd ^", "\t", "9" * 400, "ä")


def snapshot_of(raw: Mapping[str, bytes], platform: str) -> Snapshot:
    """What a device that sends these bytes is read as: cleaned, judged, redacted and read, as `fetch` does it."""
    found = [judged(command, clean(text)) for command, text in raw.items()]
    commands = {one.command: {**one.plain(), "text": redact(one.text, KEY)} for one in found}
    return read(capture({"commands": commands}, platform))


def whole(snapshot: Snapshot) -> None:
    """Facts are plain JSON, and each section of the platform is there, empty for a reason, or a gap."""
    json.dumps(snapshot.facts)
    sections = SECTIONS if snapshot.platform == "nexus1000v" else (*SECTIONS, SWITCH_ONLY)
    for section in sections:
        for path in section.paths:
            seen = path in snapshot.facts or path in snapshot.sources or path in snapshot.gaps
            assert seen or any(at.startswith((path + ".", path + "[")) for at in snapshot.gaps) or path in NOT_OF_ALL


# Facts that one of the two kinds of device does not have, so that nothing is said of them there.
NOT_OF_ALL = {"svs", "modules", "vems", "nxapi", "hostname"}


# ------------------------------------------------------------------ banners
BANNERS = {
    "one-line": ("banner motd #Nexus 1000v Switch#\n", "Nexus 1000v Switch"),
    "caret-c-one-line": ("banner motd ^CGo away^C\n", "Go away"),
    "caret-c-lines": ("banner motd ^C\nGo\n! away\n^C\n", "Go ! away"),
    "caret-c-first-line": ("banner motd ^CGo\naway ^C\n", "Go away"),
    "raw-etx": ("banner motd \x03\nGo\ninterface Vethernet9\n\x03\n", "Go interface Vethernet9"),
    "caret-word": ("banner motd ^Caution^\n", "Caution"),
    "caret-word-lines": ("banner motd ^Caution\nhere\n^\n", "Caution here"),
    "exclamation-lines": ("banner motd #\n!\n!Command: show x\nGo\n#\n", "! !Command: show x Go"),
    "exclamation-delimiter": ("banner motd !Go!\n", "Go"),
    "letter-delimiter": ("banner motd xGo awayx\n", "Go away"),
    "empty": ("banner motd ##\n", ""),
    "after-delimiter": ("banner motd #Go# trailing\n", "Go"),
}


@pytest.mark.parametrize(("text", "content"), BANNERS.values(), ids=list(BANNERS))
def test_banners_of_every_form_end_where_they_end(text: str, content: str) -> None:
    """The banner is read, and the line behind it is configuration again."""
    cleaned = clean(("version 9.3(8)\n" + text + "hostname behind\n").encode())
    tree = parse(cleaned)
    assert [line.text for line in tree.top] == ["version 9.3(8)", "banner motd", "hostname behind"]
    assert " ".join(tree.top[1].content.split()) == content


# ------------------------------------------------------------------ duplicates, line ends, bytes
def test_duplicate_sections_are_joined_and_the_last_line_wins() -> None:
    """A section that is printed twice counts as one: later lines replace earlier ones, others stay."""
    config = "interface mgmt0\n  ip access-group a in\nline vty\n  exec-timeout 5\n"
    config += "port-profile type vethernet web\n  state enabled\n  switchport access vlan 5\n"
    config += "interface mgmt0\n  ip access-group b in\nline vty\n  session-limit 2\n"
    config += "port-profile type vethernet web\n  no shutdown\n  switchport access vlan 6\n"
    found = facts_of(config).facts
    assert found["interfaces"]["mgmt0"]["ip_access_group_in"] == "b"
    assert found["lines"]["vty"] == {"exec_timeout_minutes": 5, "session_limit": 2}
    web = found["port_profiles"]["web"]
    assert (web["live"], web["access_vlan"]) == (True, 6)


@pytest.mark.parametrize("platform", DEVICES)
@pytest.mark.parametrize(
    ("old", "new"),
    [(b"\n", b"\r\n"), (b"\n", b"\r\r\n"), (b" ", b"\x00 "), (b"\n", b"\x1b[K\n")],
    ids=["crlf", "crcrlf", "nul", "escape"],
)  # fmt: skip
def test_line_ends_and_control_bytes_change_nothing(platform: str, old: bytes, new: bytes) -> None:
    """CRLF, doubled carriage returns, NULs and terminal escapes in every answer: the very same facts and gaps."""
    plain = {command: text.encode() for command, text in DEVICES[platform].items()}
    odd = {command: text.replace(old, new) for command, text in plain.items()}
    assert snapshot_of(odd, platform).facts == snapshot_of(plain, platform).facts
    assert snapshot_of(odd, platform).gaps == snapshot_of(plain, platform).gaps


@pytest.mark.parametrize("platform", DEVICES)
def test_a_stored_capture_with_crlf_is_read_alike(platform: str) -> None:
    """A capture that was made elsewhere may hold CRLF: the same facts."""
    found = []
    for end in ("\n", "\r\n"):
        commands = {command: answer(text.replace("\n", end)) for command, text in DEVICES[platform].items()}
        found.append(read(capture({"commands": commands}, platform)))
    assert found[0].facts == found[1].facts


def test_bytes_that_are_no_text_stay_in_their_line() -> None:
    """Invalid UTF-8 in a description becomes replacement characters; everything else is read."""
    text = texts.RUNNING.replace("All uplinks of the synthetic hosts", "\udcff\udcfe uplinks")
    raw = {RUNNING: text.encode("utf-8", "surrogateescape")}
    found = snapshot_of(raw, "nexus1000v").facts["port_profiles"]["system-uplink"]
    assert found["description"] == "\ufffd\ufffd uplinks"
    assert found["native_vlan"] == 999


@pytest.mark.asyncio
async def test_a_line_beyond_the_limit_is_cut_off(tmp_path: Path) -> None:
    """A switch that sends one line of 9 MB is a failure that says so."""
    text = texts.RUNNING + "interface Vethernet9\n  description " + "x" * (LIMIT + 2**20) + "\n"
    async with running(Device(answers={**texts.answers(), RUNNING: text})) as device:
        found = await failed(device, tmp_path)
    assert "8 MB" in found.reason


@pytest.mark.parametrize(
    "head", ["interface Vethernet9\n  description ", "logging server ", "ip access-list ", "! ", "vlan "]
)
def test_a_stored_line_of_ten_megabytes_is_read_and_bounded(head: str) -> None:
    """A stored capture with a line of 10 MB: facts stay small, or the section is a gap."""
    text = "version 5.2(1)SV3(4.1)\nhostname a\n" + head + "9" * (10 * 2**20) + "\nsvs-domain\n  domain id 5\n"
    found = read(capture({"commands": {RUNNING: answer(redact(text, KEY))}}))
    assert found.facts["svs"]["domain_id"] == 5
    assert found.facts.get("hostname") == "a"
    assert len(json.dumps(found.facts.get("interfaces", {}))) < 10_000


# ------------------------------------------------------------------ cut between two lines
LEAF_LINES = texts.LEAF.split("\n")
LAST_OWN = max(number for number, text in enumerate(LEAF_LINES) if text.startswith("logging server "))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(1, LAST_OWN))
def test_a_physical_switch_cut_between_lines_is_seen(at: int) -> None:
    """Ended cleanly anywhere before its last server line, a configuration lacks something that `all` shows."""
    text = "\n".join(LEAF_LINES[:at]) + "\n"
    found = judged(RUNNING, text)
    assert not cut_short(found, Answer(ALL, texts.leaf_with_defaults()), vsm=False).ok


def test_a_physical_switch_without_all_needs_its_lines() -> None:
    """Without `show running-config all`, a configuration that ends before `line vty` is taken for cut."""
    cut = texts.LEAF[: texts.LEAF.index("line vty")]
    assert "line vty" in cut_short(judged(RUNNING, cut), None, vsm=False).reason
    assert cut_short(judged(RUNNING, texts.LEAF), None, vsm=False).ok


class _Busy(Device):
    """Somebody adds an interface between the two configurations."""

    def answer(self, command: str) -> str:
        if command == ALL and "loopback7" not in self.answers[RUNNING]:
            self.answers[RUNNING] += "interface loopback7\n"
            self.answers[ALL] += "interface loopback7\n"
        return super().answer(command)


@pytest.mark.asyncio
async def test_a_change_between_two_commands_is_no_cut(tmp_path: Path) -> None:
    """A switch that is changed while it is read is read once more, and judged by what it says then."""
    async with running(_Busy(answers=texts.leaf_answers())) as device:
        found = await captured(device, tmp_path, kind="nxos")
    assert device.commands.count(RUNNING) == 2
    assert "loopback7" in read(found).facts["interfaces"]


@pytest.mark.asyncio
@pytest.mark.parametrize("exec_allowed", [True, False], ids=["exec", "shell"])
async def test_a_physical_switch_is_only_shown(exec_allowed: bool, tmp_path: Path) -> None:
    """Its further commands are `show` commands too, over one login and one channel at a time."""
    async with running(Device(answers=texts.leaf_answers(), exec_allowed=exec_allowed)) as device:
        await captured(device, tmp_path, kind="nxos")
    assert set(OF_SWITCH) <= set(device.commands)
    assert all(command.startswith(("show ", "terminal ")) for command in device.commands)
    assert (device.logins, device.most_channels, device.open_channels) == (["good"], 1, 0)


# ------------------------------------------------------------------ mutation
def mutated(text: str, chance: random.Random, changes: int) -> str:
    """`text` with a few lines dropped, doubled, moved, cut, stuffed with junk or indented otherwise."""
    lines = text.split("\n")
    for _ in range(changes):
        at = chance.randrange(len(lines))
        match chance.randrange(7):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(chance.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                where = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:where] + chance.choice(JUNK) + lines[at][where:]
            case 4:
                lines[at] = " " * chance.randrange(6) + lines[at].lstrip()
            case 5:
                words = lines[at].split()
                chance.shuffle(words)
                lines[at] = " ".join(words)
            case _:
                lines[at] = lines[at].upper()
    return "\n".join(lines)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(DEVICES)), st.integers(0, 2**32), st.integers(1, 40))
def test_mutated_answers_are_read(platform: str, seed: int, changes: int) -> None:
    """Every answer of a device mutated at once: `read` gives plain facts, and nothing is silently missing."""
    chance = random.Random(seed)
    raw = {
        command: mutated(text, chance, changes).encode("utf-8", "surrogatepass")
        for command, text in DEVICES[platform].items()
    }
    whole(snapshot_of(raw, platform))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_bytes_in_place_of_answers_are_read(seed: int) -> None:
    """Random bytes as every answer: all gaps, no exception."""
    chance = random.Random(seed)
    raw = {command: chance.randbytes(chance.randrange(2000)) for command in DEVICES["nexus1000v"]}
    whole(snapshot_of(raw, "nexus1000v"))


def test_mutated_published_configurations_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    """Where configurations of others lie beside the repository, ten seeded mutations of each are read."""
    files = sorted(SAMPLES.glob("n*/*.c*f*")) if SAMPLES.is_dir() else []
    chance, count = random.Random(SEED), 0
    for file in files:
        text = file.read_text(errors="replace")
        for _ in range(10 if len(text) < 20_000 else 2):
            changed = "version 9.3(8)\n" + mutated(text, chance, 1 + chance.randrange(30)) + "\n"
            for platform in DEVICES:
                whole(snapshot_of({RUNNING: changed.encode("utf-8", "replace")}, platform))
                count += 1
    with capsys.disabled():
        print(f" [{count} mutations of {len(files)} published configurations]", end="")
