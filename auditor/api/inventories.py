"""The inventory that the service audits."""

from functools import lru_cache
from pathlib import Path

from auditor.api.problems import ProblemError
from auditor.inventory.importers.apply import opened
from auditor.inventory.model import SourceForm
from auditor.settings import settings


def inventory_file() -> Path:
    """Its file. Raises ProblemError when there is none."""
    found = settings().inventory
    if found is None:
        raise ProblemError(409, "no-inventory", "the service has no inventory: set AUDITOR_INVENTORY")
    return found.absolute()


def declared_sources() -> tuple[SourceForm, ...]:
    """Its sources by name, as they are written; read again only when the file has changed, for that takes seconds.

    Raises ProblemError when there is no inventory, InputError when it cannot be used.
    """
    path = inventory_file()
    try:
        state = path.stat()
    except OSError:
        return tuple(opened(path).sources)  # which says why
    return _declared(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _declared(path: Path, _changed: int, _size: int) -> tuple[SourceForm, ...]:
    return tuple(sorted(opened(path).sources, key=lambda one: one.name))
