"""Settings that stand outside an inventory: auditor.toml, `AUDITOR_*` variables and the state folder.

The form of them is in `form`; importing this package is cheap, asking for `settings()` reads the file.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.settings.form import Settings


def state_folder() -> Path:
    """The state folder: `AUDITOR_STATE`, `$XDG_STATE_HOME/auditor` or `~/.local/state/auditor`. Not made here."""
    if named := os.environ.get("AUDITOR_STATE"):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "auditor"


def settings() -> "Settings":
    """The settings as auditor.toml and the environment say them now. Raises InputError."""
    from auditor.settings.load import load

    return load()


def organisation() -> str:
    """Name printed on report covers, "" when not set. Raises InputError."""
    return settings().organisation


def classification() -> str:
    """Classification line printed on reports, "" when not set. Raises InputError."""
    return settings().classification
