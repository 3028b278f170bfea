"""Password hashes: argon2id with the parameters of RFC 9106's second choice (64 MiB, 3 passes, 4 lanes)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from auditor.errors import AuditorError

AT_ONCE = 2  # hashes computed at a time: a crowd of guessers must not take all memory
WAITING = 8  # that wait for their turn; further ones are sent away, for others want the service's threads too
_turn = threading.BoundedSemaphore(AT_ONCE)
_queue = threading.BoundedSemaphore(AT_ONCE + WAITING)
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
assert _hasher.type is Type.ID  # noqa: S101  what RFC 9106 names first; a release that changes it must be noticed


class BusyError(AuditorError):
    """So many sign in at this moment that one more has to come again."""


@contextmanager
def place() -> Iterator[None]:
    """A place in the queue for a turn. Raises BusyError when it is full."""
    if not _queue.acquire(blocking=False):
        raise BusyError("too many sign in at this moment")
    try:
        yield
    finally:
        _queue.release()


def hashed(password: str) -> str:
    """The hash to keep of a password, in PHC form. Takes some 50 ms and 64 MiB."""
    with _turn:
        return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password. Without a hash, as for nobody's account, it takes as long and says no."""
    with _turn:
        try:
            _hasher.verify(kept or _nobody(), password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
        return kept is not None


def outdated(kept: str) -> bool:
    """Whether today's parameters are others than those of this hash."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    import secrets

    return _hasher.hash(secrets.token_urlsafe(32))
