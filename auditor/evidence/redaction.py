"""Secrets found in configurations become keyed HMACs before anything is stored or judged.

What rules need is kept beside the HMAC: the algorithm, the length class, and whether the text is a known default.
The key is `AUDITOR_HMAC_KEY`, else a 0600 file in the state folder, made at first use.
"""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from auditor.errors import InputError
from auditor.settings import state_folder

KEY_VARIABLE = "AUDITOR_HMAC_KEY"
# Names that vendors, set-up dialogs and attack tools use first; compared in lower case.
_KNOWN = """public private cisco admin password changeme default secret community snmp manager root test
vmware nexus write read ro rw"""
KNOWN_DEFAULTS = frozenset(_KNOWN.split())
_CLASSES = ((0, "0"), (7, "1-7"), (14, "8-14"), (31, "15-31"))
_TOKEN = re.compile(
    r"hmac:(?P<digest>[0-9a-f]{24});alg=(?P<algorithm>[\w.+-]*);len=(?P<length>[\d+-]+);known=(?P<known>yes|no)"
)
_CRYPT = {
    "1": "md5crypt",
    "2a": "bcrypt",
    "2b": "bcrypt",
    "2y": "bcrypt",
    "5": "sha256crypt",
    "6": "sha512crypt",
    "y": "yescrypt",
    "gy": "gost-yescrypt",
    "7": "scrypt",
}


@dataclass(frozen=True, slots=True)
class Token:
    """What is left of a secret: equal digests mean equal secrets (under one key)."""

    digest: str
    algorithm: str
    length: str  # class: "0", "1-7", "8-14", "15-31", "32+" characters
    known_default: bool

    def __str__(self) -> str:
        return (
            f"hmac:{self.digest};alg={self.algorithm};len={self.length};known={'yes' if self.known_default else 'no'}"
        )


def parse_token(text: str) -> Token | None:
    """The token in `text`, or None when it holds none."""
    found = _TOKEN.search(text)
    return Token(found["digest"], found["algorithm"], found["length"], found["known"] == "yes") if found else None


def crypt_algorithm(text: str) -> str:
    """Scheme of a crypt(5) hash ("sha512crypt"), "des" for thirteen bare characters, "" when it is none."""
    if found := re.match(r"\$([0-9a-z]+)\$", text):
        return _CRYPT.get(found[1], f"crypt-{found[1]}")
    return "des" if re.fullmatch(r"[./0-9A-Za-z]{13}", text) else ""


class Redactor:
    """Turns secrets into tokens under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, secret: str, algorithm: str = "plain") -> Token:
        """The token of `secret`; `algorithm` says how it stood there (plain, md5crypt, type7, md5, aes ...)."""
        digest = hmac.new(self._key, secret.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:24]
        length = next((name for top, name in _CLASSES if len(secret) <= top), "32+")
        return Token(digest, algorithm, length, secret.lower() in KNOWN_DEFAULTS)


@cache
def redactor() -> Redactor:
    """The process's redactor. Raises InputError when the key is too short or its file cannot be made."""
    if text := os.environ.get(KEY_VARIABLE):
        if len(text) < 16:
            raise InputError(
                f"{KEY_VARIABLE} is shorter than 16 characters", mend="Set a random key of 32 characters or more."
            )
        return Redactor(text.encode())
    return Redactor(_stored_key(state_folder() / "hmac.key"))


def key_fault() -> InputError | None:
    """What is wrong with the key, None where it can be used or is not made yet. Makes nothing."""
    path = state_folder() / "hmac.key"
    try:
        if os.environ.get(KEY_VARIABLE):
            redactor.__wrapped__()
        elif path.exists():
            _checked(path)
    except InputError as problem:
        return problem
    except OSError as problem:
        return InputError(f"the key cannot be read: {problem.strerror}", where=str(path), mend="Correct its owner.")
    return None


def _stored_key(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        return _checked(path)
    except OSError as problem:
        raise InputError(
            f"the key of the secret fingerprints cannot be kept: {problem.strerror}",
            where=str(path),
            mend=f"Make the folder writable or set {KEY_VARIABLE}.",
        ) from problem


def _make(path: Path) -> None:
    """A key file, whole from the first moment: of two processes that begin at once, both use the first one's."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        os.link(fresh, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _checked(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise InputError("the key file can be read by others", where=str(path), mend=f"chmod 600 {path}")
    key = path.read_bytes()
    if len(key) < 16:
        raise InputError(
            "the key file is cut short",
            where=str(path),
            mend="Remove it; a new one is made, and old fingerprints no longer compare.",
        )
    return key
