"""The units of systemd, checked by systemd itself without starting them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.settings.load import load
from auditor.store.shards import KINDS
from tests.conftest import program
from tests.deploy.commands import KNOWN, ROOT, check
from workers import child
from workers.supervisor import Supervisor

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("*.service"))
AUDITOR = "/opt/auditor/bin/auditor"
EXPOSED = 20  # tenths of systemd's own measure, where 100 is a unit that gives nothing up


def value(unit: str, key: str) -> str:
    """The last value of a key."""
    said: list[str] = re.findall(rf"^{key}=(.*)$", (FOLDER / unit).read_text(), re.MULTILINE)
    return said[-1]


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the units whose program exists here."""
    folder = tmp_path_factory.mktemp("units")
    for path in FOLDER.iterdir():
        (folder / path.name).write_text(path.read_text().replace(AUDITOR, sys.executable))
    return folder


@pytest.mark.needs_lab
def test_systemd_takes_them(units: Path) -> None:
    """`systemd-analyze verify` has nothing to say about any of them; about a slip it has."""
    analyze = program("systemd-analyze")
    assert analyze
    environment = {"PATH": os.environ["PATH"], "SYSTEMD_UNIT_PATH": f"{units}:"}

    def verify() -> str:
        files = [str(path) for path in sorted(units.glob("*.service")) + sorted(units.glob("*.target"))]
        done = subprocess.run([analyze, "verify", "--man=no", *files], env=environment, capture_output=True, text=True)
        return "\n".join(line for line in done.stderr.splitlines() if "auditor" in line)

    assert verify() == ""
    slip = units / "auditor-api.service"
    before = slip.read_text()
    slip.write_text(before.replace("ProtectSystem=strict", "ProtectSystems=strict"))
    try:
        assert "ProtectSystems" in verify()
    finally:
        slip.write_text(before)


@pytest.mark.needs_lab
@pytest.mark.parametrize("unit", UNITS)
def test_little_can_be_done_in_them(units: Path, unit: str) -> None:
    """systemd's own measure of exposure stays below a fifth."""
    analyze = program("systemd-analyze")
    assert analyze
    name = unit.replace("@", "@collect")
    if name != unit:
        shutil.copy(units / unit, units / name)
    command = [analyze, "security", "--offline=true", f"--threshold={EXPOSED}", "--no-pager", str(units / name)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_they_start_what_there_is(unit: str) -> None:
    """The program is started with a command that it takes, variables that are settings, and time enough to end."""
    words = shlex.split(value(unit, "ExecStart").replace("%i", "collect"))
    assert words[0] == AUDITOR
    check(words[1:])
    said = dict(one.split("=", 1) for one in value(unit, "Environment").split())
    assert {key for key in said if key.startswith("AUDITOR_")} <= KNOWN
    load({key: text for key, text in said.items() if key.startswith("AUDITOR_")})  # names no file that may be missing
    assert value(unit, "User") == "auditor"
    if "TimeoutStopSec" in (FOLDER / unit).read_text():
        assert int(value(unit, "TimeoutStopSec")) > child.GRACE + Supervisor([])._grace
        assert value(unit, "KillMode") == "mixed"


def test_the_target_wants_all_of_them() -> None:
    """It starts the API, the scheduler and a worker for each kind of work, each after the migration."""
    wants = re.findall(r"auditor-[\w@.-]+", (FOLDER / "auditor.target").read_text())
    workers = {f"auditor-worker@{kind}.service" for kind in KINDS}
    assert set(wants) == {"auditor-api.service", "auditor-scheduler.service", *workers}
    for unit in ("auditor-api.service", "auditor-scheduler.service", "auditor-worker@.service"):
        assert "auditor-migrate.service" in value(unit, "Wants")  # not Requires: nobody would try again after a failure
        assert "auditor-migrate.service" in value(unit, "After")
