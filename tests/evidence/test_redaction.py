"""Secrets become fingerprints that keep what rules need."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.evidence import redaction
from auditor.evidence.redaction import Redactor, crypt_algorithm, parse_token

ONE, OTHER = Redactor(b"k" * 32), Redactor(b"j" * 32)


@given(st.text(min_size=4, max_size=60))
def test_token_does_not_hold_the_secret_and_reads_back(secret: str) -> None:
    """The text of a token never contains the secret, and says again what it says."""
    token = ONE.token(secret, "md5crypt")
    if secret.lower() not in str(token):
        assert secret not in str(token)
    assert parse_token(f"username x password {token} role y") == token


def test_equal_secrets_compare_only_under_one_key() -> None:
    """Drift of a secret is seen; a dictionary made under another key is useless."""
    assert ONE.token("abc") == ONE.token("abc")
    assert ONE.token("abc").digest != ONE.token("abd").digest
    assert ONE.token("abc").digest != OTHER.token("abc").digest


def test_what_rules_need_is_kept() -> None:
    """Algorithm, length class and whether it is a well-known default."""
    assert ONE.token("public").known_default
    assert not ONE.token("Xk2-long-enough-word").known_default
    assert [ONE.token("x" * n).length for n in (0, 1, 8, 15, 32, 99)] == ["0", "1-7", "8-14", "15-31", "32+", "32+"]
    assert [crypt_algorithm(t) for t in ("$1$a$b", "$5$a$b", "$6$a$b", "$y$a$b", "ab12345678901", "*")] == [
        "md5crypt",
        "sha256crypt",
        "sha512crypt",
        "yescrypt",
        "des",
        "",
    ]


def test_key_is_kept_private_and_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without AUDITOR_HMAC_KEY a 0600 file in the state folder holds the key; one that others can read is refused."""
    monkeypatch.delenv(redaction.KEY_VARIABLE, raising=False)
    monkeypatch.setenv("AUDITOR_STATE", str(tmp_path / "state"))
    redaction.redactor.cache_clear()
    try:
        first = redaction.redactor().token("abc")
        file = tmp_path / "state" / "hmac.key"
        assert file.stat().st_mode & 0o777 == 0o600
        redaction.redactor.cache_clear()
        assert redaction.redactor().token("abc") == first
        file.chmod(0o644)
        redaction.redactor.cache_clear()
        with pytest.raises(InputError, match="read by others"):
            redaction.redactor()
        monkeypatch.setenv(redaction.KEY_VARIABLE, "short")
        with pytest.raises(InputError, match="shorter than 16"):
            redaction.redactor()
    finally:
        redaction.redactor.cache_clear()


def test_processes_that_begin_at_once_share_one_key(tmp_path: Path) -> None:
    """Nobody ever sees half a key file: of many first uses at the same time, all end with the same whole key."""
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: redaction._stored_key(tmp_path / "state" / "hmac.key"), range(64)))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert [file.name for file in (tmp_path / "state").iterdir()] == ["hmac.key"]
    assert (tmp_path / "state" / "hmac.key").stat().st_mode & 0o777 == 0o600
