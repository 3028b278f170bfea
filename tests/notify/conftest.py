"""A store for what is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.store.engine import Store, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    found = open_store(database_url)
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person who runs the test."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / "own-state"))
    monkeypatch.chdir(tmp_path)
