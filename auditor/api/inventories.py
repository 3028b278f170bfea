"""The inventory that the service audits."""

from pathlib import Path

from auditor.api.problems import ProblemError
from auditor.settings import settings


def inventory_file() -> Path:
    """Its file. Raises ProblemError when there is none."""
    found = settings().inventory
    if found is None:
        raise ProblemError(409, "no-inventory", "the service has no inventory: set AUDITOR_INVENTORY")
    return found.absolute()
