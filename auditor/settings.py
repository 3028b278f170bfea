"""Settings that stand outside an inventory: environment variables (`AUDITOR_*`) and the state folder."""

import os
from pathlib import Path


def state_folder() -> Path:
    """The user's state folder for Auditor: `AUDITOR_STATE`, else `$XDG_STATE_HOME/auditor`, else `~/.local/state/auditor`. Not created here."""
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
