"""Settings that stand outside an inventory: environment variables (`AUDITOR_*`) and the state folder."""

import os
from pathlib import Path


def state_folder() -> Path:
    """The state folder: `AUDITOR_STATE`, `$XDG_STATE_HOME/auditor` or `~/.local/state/auditor`. Not made here."""
    if named := os.environ.get("AUDITOR_STATE"):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "auditor"


def organisation() -> str:
    """Name printed on report covers (`AUDITOR_ORGANISATION`), "" when not set."""
    return os.environ.get("AUDITOR_ORGANISATION", "")


def classification() -> str:
    """Classification line printed on reports (`AUDITOR_CLASSIFICATION`), "" when not set."""
    return os.environ.get("AUDITOR_CLASSIFICATION", "")
