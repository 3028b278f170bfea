"""Kickstart import from the command line: a profile that loads, lists of what is not in it, and errors with lines."""

from pathlib import Path

import pytest

from tests.cli.running import auditor
from tests.docpages import SAMPLES

FILES = Path(__file__).parent.parent / "golden" / "kickstart"


def test_the_profile_is_on_standard_output_and_loads(tmp_path: Path) -> None:
    """What is written is a profile that `golden check` takes; lines that are not in it are on standard error."""
    done = auditor(tmp_path, "golden", "import-kickstart", FILES / "esxi8.cfg")
    assert (done.status, done.out) == (0, (FILES / "esxi8.yaml").read_text())
    assert "line 149 (%firstboot): esxcli system settings advanced set: not interpreted: an unknown option" in done.err
    assert "lines 24-25 (%firstboot): not interpreted: written in python" in done.err
    (tmp_path / "golden.yaml").write_text(done.out)
    checked = auditor(tmp_path, "golden", "check", "--from", SAMPLES / "vsphere", "-g", "golden.yaml")
    assert checked.status == 1, checked.err
    assert "firewall.rulesets[sshServer]" not in checked.out
    assert "vswitches[vSwitch1]" in checked.out


def test_values_of_one_host_are_told_for_the_inventory(tmp_path: Path) -> None:
    """A literal address is a customisation; its value is told on standard error, not in the profile."""
    (tmp_path / "One Host.cfg").write_text("network --bootproto=static --ip=10.1.1.1 --netmask=255.0.0.0\n")
    done = auditor(tmp_path, "golden", "import-kickstart", "One Host.cfg")
    assert done.out.splitlines()[1:3] == ["golden: one-host", 'title: "Hosts installed by One Host.cfg"']
    assert ("10.1.1.1" in done.out, 'vmkernel_vmk0_ip: "10.1.1.1"' in done.err) == (False, True)


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"%firstboot\ncat > /etc/ntp.conf <<EOF\nserver a\n", "ks.cfg:2", "has no end"),
        ("network --hostname=\u201cesx\u201d\n".encode(), "ks.cfg:1", "a typographic quote"),
        (b"accepteula\n\nrootpw 'x\n", "ks.cfg:3", "does not end"),
        (b"accepteula\n\xff\xfe\n", "ks.cfg:2", "no UTF-8"),
        (b"accepteula\nreboot\n", "ks.cfg", "no line of it sets anything"),
        (b"\x7fELF", "ks.cfg:1", "a control character"),
        (b"#" * (5 << 20), "ks.cfg", "more than"),
    ],
)
def test_a_file_that_cannot_be_read_ends_2_and_writes_nothing(
    tmp_path: Path, content: bytes, place: str, words: str
) -> None:
    """The message names file, line and mend; standard output stays empty."""
    (tmp_path / "ks.cfg").write_bytes(content)
    done = auditor(tmp_path, "golden", "import-kickstart", "ks.cfg")
    assert (done.status, done.out) == (2, "")
    assert place in done.err
    assert words in done.err


def test_a_name_that_no_profile_can_have_ends_2(tmp_path: Path) -> None:
    """The name is checked before anything is read."""
    done = auditor(tmp_path, "golden", "import-kickstart", FILES / "esx4.cfg", "--name", "My Hosts")
    assert (done.status, done.out, "small letters" in done.err) == (2, "", True)


def test_a_missing_file_ends_2(tmp_path: Path) -> None:
    """So does a folder."""
    for name in ("none.cfg", "."):
        assert auditor(tmp_path, "golden", "import-kickstart", name).status == 2
