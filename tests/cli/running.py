"""Run the command line as a user does: its own process, its own folder."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str
    folder: Path

    def audit(self, name: str = "out") -> dict[str, Any]:
        """audit.json of the output folder `name`."""
        data: dict[str, Any] = json.loads((self.folder / name / "audit.json").read_text())
        return data


def auditor(folder: Path, *arguments: object, env: Mapping[str, str] | None = None, timeout: float = 120) -> Done:
    """`auditor ARGUMENTS` in `folder`, with a state folder of its own."""
    environment = {**os.environ, "AUDITOR_STATE": str(folder / ".state"), **(env or {})}
    command = [sys.executable, "-m", "auditor", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr, folder)
