"""What the service hangs on: broker, clocks, single sign-on."""

import ctypes
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

from auditor.doctor.model import SKIPPED, WARN, WRONG, Check, faulty, well
from auditor.errors import InputError
from auditor.settings.addresses import shown
from auditor.settings.form import Settings

APART = 2.0  # seconds between two clocks: leases and due times count on less
PATIENCE = 5.0  # seconds for an answer of the broker
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX = 208  # bytes of struct timex on 64-bit Linux; room for more is given


def broker_checks(url: str | None, password_file: str = "") -> Iterator[Check]:
    """Whether it answers, keeps what it is told, and agrees about the time."""
    if url is None:
        yield Check("broker", "broker", SKIPPED, "none is set: one machine needs none")
        return
    from redis import Redis
    from redis.exceptions import AuthenticationError, RedisError

    address = url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=")
    try:
        with Redis.from_url(address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as client:
            client.ping()
            told: Any = client.time()
            policy: Any = _asked(client, "maxmemory-policy")
    except AuthenticationError:
        at = f"the file {password_file}" if password_file else "AUDITOR_BROKER, or name AUDITOR_BROKER_PASSWORD_FILE"
        mend = f"Its password is `requirepass` in the server's configuration: write it into {at}."
        yield Check("broker", "broker", WRONG, f"{shown(url)} refuses the password", mend)
        return
    except (RedisError, OSError, ValueError) as problem:
        why = str(problem).partition("\n")[0][:200]
        mend = "Start it (systemctl start valkey-server, or redis-server), or correct AUDITOR_BROKER."
        yield Check("broker", "broker", WRONG, f"{shown(url)} does not answer: {why}", mend)
        return
    yield well("broker", "broker", f"{shown(url)} answers")
    if policy is not None and policy != "noeviction":
        words = f"it throws away keys when its memory is full (maxmemory-policy {policy})"
        mend = (
            "Messages are keys. Set it now, and as `maxmemory-policy noeviction` in the server's configuration "
            "(redis-cli takes the password from REDISCLI_AUTH):\n"
            f"$ redis-cli{_at(url)} CONFIG SET maxmemory-policy noeviction"
        )
        yield Check("broker", "memory policy", WARN, words, mend)
    yield clock_check("broker", time.time() - (told[0] + told[1] / 1e6))


def _at(url: str) -> str:
    """The server of a URL, as options of redis-cli."""
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        return f" -s {quote(parts.path)}"
    return f" -h {quote(parts.hostname or '127.0.0.1')} -p {parts.port or 6379}{' --tls' * (parts.scheme == 'rediss')}"


def _asked(client: Any, name: str) -> str | None:
    """A setting of the server; None where it does not say."""
    from redis.exceptions import RedisError

    try:
        return str(client.config_get(name).get(name))
    except (RedisError, AttributeError):
        return None


def time_checks() -> Iterator[Check]:
    """Whether something keeps the clock of this machine."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(2 * _TIMEX))
    except (OSError, AttributeError):
        state = -1
    if state == _UNSYNCHRONISED:
        mend = "Start chrony, systemd-timesyncd or ntpd. In a container it is the host's clock that counts."
        yield Check("time", "clock", WARN, "the kernel says that nothing keeps this machine's clock", mend)
    elif state < 0:
        yield Check("time", "clock", SKIPPED, "the kernel does not say whether the clock is kept")
    else:
        yield well("time", "clock", f"kept, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")


def sign_on_checks(found: Settings) -> Iterator[Check]:
    """Whether the provider of single sign-on says what we need of it."""
    if not found.oidc_issuer:
        return
    from auditor.sso import UnavailableError
    from auditor.sso.configured import relying
    from auditor.sso.described import address_of, described
    from auditor.sso.fetching import asked

    said: Any = None
    try:
        who = relying(found)
        if who is None:
            return
        status, said = asked(who, address_of(who.issuer))
        if status != 200:
            raise UnavailableError(f"{address_of(who.issuer)} answers with status {status}")
        described(who.issuer, said, with_secret=bool(who.secret))
    except UnavailableError as problem:
        yield Check("sign-on", "provider", WRONG, f"{found.oidc_issuer}: {problem}", _provider_mend(str(problem), said))
    except InputError as problem:
        yield faulty("sign-on", "provider", problem)
    else:
        yield well("sign-on", "provider", f"{who.issuer} describes itself")


def _provider_mend(problem: str, said: Any) -> str:
    named = said.get("issuer") if isinstance(said, Mapping) else None
    if "by another name" in problem and isinstance(named, str) and named.isprintable():
        return f"If that is your provider, set oidc_issuer to what it calls itself, to the letter:\n{named[:300]}"
    if "certificate" in problem:
        return "Name the authority that signed its certificate with oidc_ca_file."
    return "Let this machine reach it, start it, or correct oidc_issuer."


def clock_check(of: str, apart: float) -> Check:
    """How far the clock of a part is from this machine's, in seconds."""
    if abs(apart) <= APART:
        return well("time", f"clock of the {of}", f"{apart:+.1f} s apart from this one")
    words = f"it is {apart:+.0f} s apart from this machine's"
    return Check("time", f"clock of the {of}", WRONG, words, "Keep both clocks with NTP: leases and due times need it.")
