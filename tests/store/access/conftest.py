"""The store that these tests look at, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.store.engine import Store, open_store


@pytest.fixture
def store(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store; the key of hashes lies in a folder of this test."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / "key"))
    opened = open_store(database_url)
    yield opened
    opened.close()
