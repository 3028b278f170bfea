"""Upgrades a database in a process of its own: `python -m tests.store.upgrading STEPS`, the URL in STEP_DATABASE."""

import os
import subprocess
import sys
import time
from pathlib import Path

from auditor.store.engine import open_store
from auditor.store.migrate import upgrade

ROOT = Path(__file__).resolve().parents[2]


def begin(url: str, steps: Path, folder: Path, stop: str = "") -> "subprocess.Popen[str]":
    """Start an upgrade; it stops at the place `stop` of the test's step until that file in `folder` is gone."""
    environment = {**os.environ, "STEP_DATABASE": url, "STEP_FOLDER": str(folder), "STEP_STOP": stop}
    command = [sys.executable, "-m", "tests.store.upgrading", str(steps)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for(file: Path, process: "subprocess.Popen[str]") -> None:
    """Return when the process has made the file."""
    while not file.exists():
        assert process.poll() is None, "it ended without stopping"
        time.sleep(0.01)


if __name__ == "__main__":
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    done = upgrade(open_store(os.environ["STEP_DATABASE"]), [Path(sys.argv[1])])
    sys.stdout.write(f"{done.before} {done.after}\n")
