"""Faults planted on a booted Debian host: its key unknown, a login that is refused, sudo lines, a clock that is off."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require
from tests.docpages import DOCS, FENCE
from tests.doctor.looking import follow, only, sources, troubles
from tests.simulators.linux import lab
from tests.simulators.linux.keys import make_key

pytestmark = pytest.mark.needs_lab
PAGE = (DOCS / "how-to" / "least-privilege.md").read_text()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lab.LabHost]:
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    with lab.LabHost(made, tmp_path_factory.mktemp("lab")) as booted:
        yield booted


def block(word: str) -> str:
    """The block of the page about least privilege that has this word."""
    (found,) = [text for _, text in FENCE.findall(PAGE) if word in text]
    return str(found)


def test_a_host_from_its_first_day_on(host: lab.LabHost, place: Path) -> None:
    """Set up by the page alone and doctor's mends: key, login, sudo, one lost line of it, clock; green in the end."""
    key = make_key(place / "audit")
    (place / "hosts").write_text("")
    inventory = place / "inventory.yaml"
    inventory.write_text(
        f"credentials:\n  audit-key: {{username: audit, key_file: {key}}}\nsources:\n"
        f"  - {{name: web01, kind: linux, address: {host.address}, credential: audit-key, known_hosts: hosts}}\n"
    )
    account = block("useradd").splitlines()
    for line in account[:-1]:
        host.inside(["sh", "-ec", line])

    found = only(sources(inventory))
    assert (found.name, found.state) == ("web01", "wrong")
    assert found.says == f"its host key is not known: known_hosts has none for {host.address}"
    seen = follow(found.mend, place)
    console = host.inside(["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]).split()[1]
    assert console in seen

    found = only(sources(inventory))
    assert found.state == "wrong"
    assert "refused the login" in found.says
    assert "~audit/.ssh/authorized_keys" in found.mend
    public = follow(found.mend, place).strip()
    ours = host.address.rpartition(".")[0] + ".1"  # the end of the cable that is here
    entry = account[-1].replace("192.0.2.10", ours).replace("ssh-ed25519 AAAA...", public)
    host.inside(["sh", "-ec", entry])

    found = only(sources(inventory))
    assert found.state == "warn"
    assert "no `become: sudo`" in found.says
    inventory.write_text(inventory.read_text().replace("known_hosts: hosts", "known_hosts: hosts, become: sudo"))
    page = set(block("/usr/sbin/sshd -T\n").splitlines())
    given = {line for line in found.mend.splitlines() if " NOPASSWD: " in line}
    assert given < page
    assert all(re.search("journalctl|tail -c", line) for line in page - given)

    lost = "audit ALL=(root) NOPASSWD: /usr/sbin/sshd -T"
    sudoers(host, given - {lost})
    found = only(sources(inventory))
    assert found.state == "warn"
    assert "sudo refuses 1 command;" in found.says
    assert "sshd.effective" in found.says
    assert found.mend.splitlines()[1:] == [lost]
    sudoers(host, {*(given - {lost}), found.mend.splitlines()[1]})
    assert troubles(sources(inventory)) == []

    host.inside(["mv", "/usr/bin/date", "/usr/bin/date.real"])
    host.put("/usr/bin/date", '#!/bin/sh\nexec /usr/bin/date.real -d "+1 hour" "$@"\n', 0o755)
    found = only(sources(inventory))
    assert (found.area, found.name, found.state) == ("time", "clock of web01", "warn")
    assert re.search(r"\+3[56]\d\d s apart", found.says)
    assert "NTP" in found.mend
    host.inside(["mv", "/usr/bin/date.real", "/usr/bin/date"])
    assert troubles(sources(inventory)) == []

    other = make_key(place / "stranger").with_suffix(".pub").read_text().split()[:2]
    known = (place / "hosts").read_text()
    (place / "hosts").write_text(f"{host.address} {' '.join(other)}\n")
    found = only(sources(inventory))
    assert found.state == "wrong"
    assert "is not the one in known_hosts" in found.says
    assert "Only if it was made anew" in found.mend
    follow(found.mend, place)
    assert " ".join(other) not in (place / "hosts").read_text()
    assert set(known.split()) <= set((place / "hosts").read_text().split())
    assert troubles(sources(inventory)) == []


def sudoers(host: lab.LabHost, lines: set[str]) -> None:
    """Give the account these lines, and no others; they must be sound."""
    host.put("/etc/sudoers.d/audit", "\n".join(sorted(lines)) + "\n", 0o440)
    host.inside(["visudo", "-cq"])
