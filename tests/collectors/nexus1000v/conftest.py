"""A fixed key for the fingerprints of secrets, and none of the user's own."""

import pytest

from auditor.evidence import redaction


@pytest.fixture(autouse=True)
def _fingerprint_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(redaction.KEY_VARIABLE, "a key that only these tests use 0123")
    redaction.redactor.cache_clear()
