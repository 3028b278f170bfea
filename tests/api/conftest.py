"""Stores of these tests, each with a key folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.store.engine import Store
from tests.api.rows import made


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store on SQLite."""
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path))
    opened = made(f"sqlite:///{tmp_path}/a.sqlite")
    yield opened
    opened.close()
