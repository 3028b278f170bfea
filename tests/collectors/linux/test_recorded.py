"""Recorded answers of a lab host (synthetic): whole, of a plain user, and cut at every kind of place. Needs no peer."""

import gzip
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.domain import Snapshot
from tests.collectors.linux.helpers import differences, leaves, read_stream

STREAMS = Path(__file__).parent / "streams"


def stream(name: str) -> bytes:
    return gzip.decompress((STREAMS / f"debian12-{name}.stream.gz").read_bytes())


def assert_no_worse(whole: Snapshot, cut: Snapshot) -> None:
    """What a cut answer still says is what the whole one said; what it lacks is a gap."""
    for path, mine, theirs in differences(whole.facts, cut.facts):
        flat = path.replace("[", ".").replace("]", "") + "."
        covered = any(flat.startswith(gap.replace("[", ".").replace("]", "") + ".") for gap in cut.gaps)
        assert covered, f"{path}: {mine!r} became {theirs!r} without a gap"


def test_a_whole_answer_has_every_fact() -> None:
    """Root's answer fills every family of facts that belongs to a host without a kernel of its own."""
    found = read_stream(stream("root"))
    assert found.version == "12"
    assert found.facts["os"]["id"] == "debian"
    for name in ("sshd", "files", "packages", "units", "mounts", "accounts", "pam", "sudoers", "listeners", "time"):
        assert found.facts[name], name
    assert found.facts["sshd"]["effective"]["permitrootlogin"] == "without-password"
    assert found.facts["packages"]["openssh-server"].startswith("1:9.2")


def test_a_plain_users_answer_has_gaps_with_reasons() -> None:
    """What root alone may read is a gap that says which right is missing; it is not absent and not a default."""
    found = read_stream(stream("user"))
    for path in (
        "sshd.effective",
        "sudoers",
        "audit.on_disk",
        "firewall.denies_by_default",
        "account_checks.weak_hashes",
    ):
        assert "needs root" in found.gaps[path], path
    assert_no_worse(read_stream(stream("root")), found)


@pytest.mark.parametrize("user", ["root", "user"])
def test_a_cut_answer_never_says_more(user: str) -> None:
    """Cut at and within every record, each fact is as in the whole answer or a gap: nothing turns absent or safe."""
    raw = stream(user)
    head, begin, body = raw.partition(b"\0BEGIN\0")
    fields, whole = body.split(b"\0"), read_stream(raw)
    for count in range(4, len(fields) - 4, 2):
        assert_no_worse(whole, read_stream(head + begin + b"\0".join(fields[:count]) + b"\0"))


def test_an_answer_without_its_end_keeps_what_came() -> None:
    """All records and no END: every record was whole, so nothing is lost but the proof that there was no more."""
    raw = stream("root")
    cut = read_stream(raw[: raw.rindex(b"END\0")])
    assert cut.facts == read_stream(raw).facts


def test_line_ends_of_windows_in_every_file_change_no_fact() -> None:
    """Every file was saved with CRLF: daemons drop the CR, and so do we; no value, gap or list differs."""
    raw = stream("root")
    changed = re.sub(rb"^(/[^:\n\0]*:\d+:[^\n\0]*)$", rb"\1\r", raw, flags=re.MULTILINE)
    assert changed.count(b"\r") > 1000
    plain, crlf = read_stream(raw), read_stream(changed)
    assert crlf.facts == plain.facts
    assert crlf.gaps == plain.gaps


def test_each_fact_has_a_source() -> None:
    """Every fact names the command or file it came from."""
    found = read_stream(stream("root"))
    names = {path.split(".")[0].split("[")[0] for path, _ in leaves(found.facts)}
    assert sorted(name for name in names if name not in found.sources and name not in found.gaps) == ["modules"]


def test_a_host_with_roles_shows_what_they_are_about() -> None:
    """A mail server, name server and KVM host in one: root sees all of it, a plain user the rest as gaps."""
    root, user = read_stream(stream("roles-root")), read_stream(stream("roles-user"))
    assert {"kvm", "postfix", "mail-server", "name-server"} <= set(root.facts["roles"])
    assert root.facts["postfix"]["services"]["smtp/inet"]["relay"] == "closed"
    assert root.facts["bind"]["zones"]["example.org"]["transfer"] == ["key peer"]
    assert sorted(root.facts["kvm"]["domains"]) == ["web1", "web2"]
    assert "/usr/bin/grep -rnH -D skip ^ /etc/libvirt/qemu" in user.gaps["kvm.domains"]
    mine = ("links", "bonds", "nat", "tcp", "resolver", "identity", "postfix", "bind", "kvm")
    facts = {name: root.facts[name] for name in mine}
    seen = {name: user.facts[name] for name in mine if name in user.facts}
    assert_no_worse(replace(root, facts=facts), replace(user, facts=seen))


def test_a_cut_answer_of_a_host_with_roles_never_says_more() -> None:
    """Cut at and within every record from `role_marks` on, and with each of them lost."""
    raw = stream("roles-root")
    head, begin, body = raw.partition(b"\0BEGIN\0")
    fields, whole = body.split(b"\0"), read_stream(raw)
    first = fields.index(b"role_marks")
    for count in range(first, len(fields) - 4, 2):
        assert_no_worse(whole, read_stream(head + begin + b"\0".join(fields[:count]) + b"\0"))
    for at in range(first, len(fields) - 5, 4):
        lost = b"\0".join(fields[:at] + fields[at + 4 : -5])
        assert_no_worse(whole, read_stream(head + begin + lost + b"\0"))


_RUBBISH = (b"{", b"}", b";", b'"', b"<", b">", b"\n", b"\r\n", b"\xff\xfe", b"/*", b"*/", b"=", b",", b"!", b"[",
            b"x" * 5000, b'include "/etc/bind/named.conf";')  # fmt: skip


def test_damaged_files_of_roles_break_no_section() -> None:
    """Bytes changed, put in and taken out, 60 times by a seed: each section has its facts, or a reason of its own."""
    raw, dice = stream("roles-root"), random.Random(20261121)
    first = raw.index(b"role_marks\0")
    for _ in range(60):
        body = bytearray(raw[first:])
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(body) - 100)
            if 0 not in body[at : at + 80]:
                change = dice.randrange(3)
                body[at : at + (0, 1, dice.randrange(1, 80))[change]] = (
                    dice.choice(_RUBBISH), bytes([dice.randrange(1, 256)]), b""
                )[change]  # fmt: skip
        found = read_stream(raw[:first] + bytes(body))
        for name in ("links", "bonds", "nat", "tcp", "resolver", "identity", "postfix", "bind", "kvm"):
            assert "could not be understood" not in found.gaps.get(name, ""), name
            assert name in found.facts or name in found.gaps, name
