"""A provider: its description and keys, asked for when they are needed and kept for an hour."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from auditor.settings.form import Settings
from auditor.sso import SsoError, UnavailableError
from auditor.sso.configured import Relying, relying
from auditor.sso.described import Described, address_of, described
from auditor.sso.fetching import asked
from auditor.sso.idtoken import Expected, KeyUnknownError, PublicKey, checked, public_keys

KEPT = 3600.0  # seconds
AGAIN = 60.0  # seconds until unknown keys are worth another question
PAUSE = 5.0  # seconds until a provider that did not answer is asked again
AT_ONCE = 8  # conversations: a provider that is slow must not take every thread of the service


class BusyError(SsoError):
    """So many talk to the provider at this moment that one more has to come again."""

    def __init__(self) -> None:
        super().__init__("busy", "too many sign in at this moment; try again in some seconds")


class Provider:
    """What routes use; `clock` tells seconds that only grow, `wall` seconds since 1970."""

    def __init__(
        self, who: Relying, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self.who = who
        self._clock, self._wall = clock, wall
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._described: tuple[float, Described] | None = None
        self._keys: tuple[float, tuple[PublicKey, ...]] | None = None
        self._failed: tuple[float, UnavailableError] | None = None

    @property
    def name(self) -> str:
        """Its name for people."""
        return self.who.shown

    def described(self) -> Described:
        """What it says about itself. Raises UnavailableError, BusyError."""
        kept = self._described
        if kept is not None and self._clock() - kept[0] < KEPT:
            return kept[1]
        with self._lock_or_busy():
            kept = self._described
            if kept is not None and self._clock() - kept[0] < KEPT:
                return kept[1]
            if self._failed is not None and self._clock() - self._failed[0] < PAUSE:
                raise UnavailableError(str(self._failed[1]))
            try:
                said = self._document(address_of(self.who.issuer), "description")
                found = described(self.who.issuer, said, with_secret=bool(self.who.secret))
            except UnavailableError as problem:
                self._failed = (self._clock(), problem)
                raise
            self._described = (self._clock(), found)
            return found

    def claims_of(self, token: Any, nonce: str) -> dict[str, Any]:
        """What an ID token says that holds in every respect. Raises SsoError.

        A key that is not known makes it look for new ones, once a minute at most.
        """
        expected = Expected(self.who.issuer, self.who.client_id, nonce, self._wall())
        try:
            return checked(token, self._known_keys(KEPT), expected)
        except KeyUnknownError:
            return checked(token, self._known_keys(AGAIN), expected)

    def asked(
        self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of an answer. Raises UnavailableError, BusyError."""
        if not self._turn.acquire(blocking=False):
            raise BusyError
        try:
            return asked(self.who, url, form, headers)
        finally:
            self._turn.release()

    def _known_keys(self, age: float) -> tuple[PublicKey, ...]:
        """Its keys, asked for anew when we have had them for so many seconds."""
        address = self.described().keys
        with self._lock_or_busy():
            if self._keys is None or self._clock() - self._keys[0] >= age:
                self._keys = (self._clock(), public_keys(self._document(address, "set of keys")))
            return self._keys[1]

    def _document(self, url: str, what: str) -> Any:
        status, said = self.asked(url)
        if status != 200:
            moved = " (redirects are not followed)" if 300 <= status < 400 else ""
            raise UnavailableError(f"the provider's {what} cannot be had: it answered {status}{moved}")
        return said

    @contextmanager
    def _lock_or_busy(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=1.0):  # somebody waits for the provider; others must not wait along
            raise BusyError
        try:
            yield
        finally:
            self._lock.release()


def provider(settings: Settings) -> Provider | None:
    """The provider that the settings name, not asked yet; None without one. Raises InputError."""
    who = relying(settings)
    return None if who is None else Provider(who)
