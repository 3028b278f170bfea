"""`golden accept` by the command line: a patch that git takes, after which the check is clean; errors that say why."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import Done, auditor
from tests.cli.test_golden import captured
from tests.conftest import program, require
from tests.docpages import SAMPLES

OTHER = "esx-02.example.test"
FROM = ("--from", str(SAMPLES / "vsphere"))


def accept(folder: Path, target: str, path: str, *more: str) -> Done:
    """`golden accept` on the samples, with a reason unless `more` gives one."""
    reason = () if "--why" in more else ("--why", "the new standard # of all hosts")
    return auditor(folder, "golden", "accept", target, path, "-g", "golden.yaml", *FROM, *reason, *more)


def check(folder: Path, target: str) -> list[tuple[str, str]]:
    """(path, kind) of the drift of a target from golden.yaml."""
    done = auditor(folder, "golden", "check", target, *FROM, "-g", "golden.yaml", "-f", "json")
    return [(one["path"], one["change"]) for one in json.loads(done.out)["drift"] if one["change"] != "unknown"]


def test_the_patch_makes_the_check_clean(tmp_path: Path) -> None:
    """Every drift of a host, accepted one after another and applied with git: less drift each time, none at the end."""
    require(program("git"), "git is not installed: apt install git")
    captured(tmp_path)
    drift = check(tmp_path, OTHER)
    assert len(drift) == 3
    for left in range(len(drift) - 1, -1, -1):
        before = (tmp_path / "golden.yaml").read_bytes()
        path, _ = check(tmp_path, OTHER)[0]
        done = accept(tmp_path, OTHER, path)
        assert (done.status, done.err) == (0, "")
        assert (tmp_path / "golden.yaml").read_bytes() == before
        (tmp_path / "accepted.patch").write_text(done.out)
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
        subprocess.run(["git", "apply", "accepted.patch"], cwd=tmp_path, env=environment, check=True)
        assert len(check(tmp_path, OTHER)) == left
    text = (tmp_path / "golden.yaml").read_text()
    assert text.count(f", as on {OTHER}: the new standard # of all hosts\n") == 3


def test_a_path_above_takes_all_below_it(tmp_path: Path) -> None:
    """Accepting `services` accepts each difference of the services, and nothing else."""
    captured(tmp_path)
    done = accept(tmp_path, OTHER, "services[TSM-SSH]")
    assert done.out.count("\n+    ") >= 2
    assert "ntp" not in "".join(line for line in done.out.splitlines() if line.startswith(("+", "-")))


@pytest.mark.parametrize(
    ("target", "path", "more", "words"),
    [
        (OTHER, "dns.domain", (), "does not drift at 'dns.domain'"),
        (OTHER, "time", ("--why", " "), "the reason is empty"),
        ("*", "time", (), "Name one target"),
        ("esx-05.example.test", "time", (), "means 0 targets"),
    ],
)
def test_what_cannot_be_accepted(tmp_path: Path, target: str, path: str, more: tuple[str, ...], words: str) -> None:
    """No such drift, no reason, several targets or one that was not read: status 2 and no patch."""
    captured(tmp_path)
    done = accept(tmp_path, target, path, *more)
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_what_is_each_hosts_own_is_told_so(tmp_path: Path) -> None:
    """A fact that waits for its host's value, and one that the profile writes down: both are told where it belongs."""
    captured(tmp_path)
    waits = accept(tmp_path, OTHER, "dns.hostname")
    assert (waits.status, waits.out) == (2, "")
    assert f"dns.hostname is a customisation, $dns_hostname, without a value for {OTHER}" in waits.err
    file = tmp_path / "golden.yaml"
    file.write_text(file.read_text().replace('hostname: "$dns_hostname"', "hostname: esx-01"))
    written = accept(tmp_path, OTHER, "dns.hostname")
    assert (written.status, written.out) == (2, "")
    said = " ".join(written.err.split())
    assert "dns.hostname is each host's own" in said
    assert "`dns_hostname: dns.hostname` under `customisations`" in said
    for done in (waits, written):
        assert f"Set dns_hostname of {OTHER} under `customisations` of its source" in " ".join(done.err.split())


def test_lines_of_another_system_are_refused(tmp_path: Path) -> None:
    """A profile with Windows line ends is not patched into a mixture."""
    captured(tmp_path)
    file = tmp_path / "golden.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    done = accept(tmp_path, OTHER, "time")
    assert (done.status, "Unix line ends" in done.err) == (2, True)
