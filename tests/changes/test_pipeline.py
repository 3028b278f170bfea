"""The pipeline of docs/how-to/ci.md, run as it stands there: git, a shell, the command line, captures."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.changes.making import SAMPLES
from tests.docpages import DOCS, FENCE

GOOD, BAD = "kernel.randomize_va_space = 2\n", "kernel.randomize_va_space = 0\n"
SSH_BAD = "PermitEmptyPasswords maybe\n"


def script() -> str:
    """The shell script of the page."""
    blocks = [block for language, block in FENCE.findall((DOCS / "how-to" / "ci.md").read_text()) if language == "sh"]
    (found,) = [one for one in blocks if "auditor change check" in one]
    return str(found)


def git(folder: Path, *words: str) -> None:
    own = ["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a change of the past, which no merge request touches, and `auditor` in PATH."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "gate-changes.sh").write_text(script())
    git(folder, "init", "-q")
    put(folder, "CHG-1", "etc/sysctl.d/zz-old.conf", BAD)
    commit(folder)
    git(folder, "branch", "base")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "auditor").write_text(f'#!/bin/sh\nexec {sys.executable} -m auditor "$@"\n')
    (bin_ / "auditor").chmod(0o755)
    return folder


def put(folder: Path, change: str, path: str, text: str, targets: str = "rhel-9-go*\n") -> None:
    file = folder / "changes" / change / "candidate" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    (folder / "changes" / change / "targets").write_text(targets)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change")


def gated(folder: Path) -> tuple[int, str]:
    """Status and output of the script."""
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "AUDITOR_STATE": str(folder.parent / "state"), "CAPTURES": str(SAMPLES / "rhel")}
    said = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "base", "MAX_AGE": "99999d", "FAIL_ON": "medium"}
    command = ["sh", "gate-changes.sh"]
    env = {**os.environ, **own, **said}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_a_good_merge_request_passes_and_a_bad_one_gates(repository: Path) -> None:
    """0 for a change that breaks nothing, and the one that was merged before is not asked about; 1 once one of two
    breaks something, with its report and a failed test case; 2 for what the host itself would refuse, with its line.
    """
    put(repository, "CHG-2", "etc/sysctl.d/zz-new.conf", GOOD)
    commit(repository)
    status, said = gated(repository)
    assert (status, "changes/CHG-2: nothing newly fails" in said, "CHG-1" in said) == (0, True, False), said
    git(repository, "branch", "-f", "base")
    put(repository, "CHG-3", "etc/sysctl.d/zz-bad.conf", BAD)
    put(repository, "CHG-4", "etc/sysctl.d/zz-new.conf", GOOD)
    commit(repository)
    status, said = gated(repository)
    assert (status, "changes/CHG-3: FAILS" in said, "changes/CHG-4: nothing newly" in said) == (1, True, True), said
    out = repository / "out" / "changes"
    assert "linux-kernel-aslr" in (out / "CHG-3" / "change.html").read_text()
    suite = ElementTree.parse(out / "CHG-3" / "change.junit.xml").getroot()  # noqa: S314  of ours
    failed = [one.get("name") for one in suite.iter("testcase") if one.find("failure") is not None]
    assert failed == ["linux-kernel-aslr"]
    (run,) = json.loads((out / "CHG-3" / "change.sarif").read_text())["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (repository / place["artifactLocation"]["uri"]).read_text() == BAD  # a path of the repository
    assert place["region"]["startLine"] == 1
    assert "ticket CHG-3" in said
    put(repository, "CHG-3", "etc/ssh/sshd_config.d/01-x.conf", SSH_BAD)
    commit(repository)
    status, said = gated(repository)
    assert (status, "01-x.conf:1" in said, "was not checked" in said) == (2, True, True), said
