"""A place of its own for each test: no setting, state folder or file of settings of whoever runs it."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test: working folder, with a state folder in it."""
    for name in [name for name in os.environ if name.startswith("AUDITOR_") and "REQUIRE" not in name]:
        if name != "AUDITOR_LAB":
            monkeypatch.delenv(name)
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / ".state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
