"""The simulated kind of source, known to this process, and a store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor import collectors
from auditor.store.engine import Store, open_store
from tests.simulators import estate


@pytest.fixture
def simulated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for PYTHONPATH that makes the simulated kind known; this process knows it already."""
    folder = estate.announce(tmp_path_factory.mktemp("plugin"))
    monkeypatch.syspath_prepend(folder)
    collectors._modules.cache_clear()
    yield folder
    monkeypatch.undo()
    collectors._modules.cache_clear()


@pytest.fixture
def store(database_url: str, simulated: Path) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    found = open_store(database_url)
    yield found
    found.close()
