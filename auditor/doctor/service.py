"""What the service hangs on: database, broker, workers and scheduler, clocks, single sign-on."""

import ctypes
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from auditor.doctor.model import SKIPPED, WARN, WRONG, Check, well
from auditor.errors import InputError
from auditor.settings.addresses import shown
from auditor.settings.form import Settings

APART = 2.0  # seconds between two clocks: leases and due times count on less
PATIENCE = 5.0  # seconds for an answer of the broker
OLDEST = 900.0  # seconds that work may wait before somebody should look
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX = 208  # bytes of struct timex on 64-bit Linux; room for more is given


def database_checks(url: str) -> Iterator[Check]:
    """Whether it answers, has the tables of this release, can be written, and agrees about the time."""
    from auditor.store.engine import now, open_store, sqlite_file
    from auditor.store.migrate import State, schema_of

    try:
        store = open_store(url)
    except InputError as problem:
        yield Check("database", "database", WRONG, problem.what, problem.mend)
        return
    try:
        file = sqlite_file(store.engine)
        if file is not None and not file.exists():
            yield Check(
                "database", "database", SKIPPED, f"{file} is not made yet: the first command that saves makes it"
            )
            return
        schema = schema_of(store)
        if file is not None and schema.state in (State.EMPTY, State.OLDER):
            words = f"{file} has the tables of an older release: the next command that uses it adds what is new"
            yield Check("database", "database", WARN, words, "Or run `auditor db upgrade` now; a copy is kept.")
            return
        mend = {
            State.EMPTY: ("it has no tables", "Run `auditor db upgrade`."),
            State.OLDER: ("it has the tables of an older release", "Run `auditor db upgrade`."),
            State.NEWER: ("it has the tables of a newer release", "Install the release that wrote it, or a newer one."),
            State.FOREIGN: ("it holds tables that Auditor did not make", "Name another database."),
        }.get(schema.state)
        if mend is not None:
            yield Check("database", "database", WRONG, f"{store.place}: {mend[0]}", mend[1])
            return
        with store.writing() as connection:  # nothing is written: the lock alone tells whether it could be
            told = now(connection)
        yield well("database", "database", f"{store.place}, tables of this release")
        yield _clock("database", (datetime.now(UTC) - told).total_seconds())
        yield from _processes(store)
    except InputError as problem:
        yield Check("database", "database", WRONG, f"{store.place}: {problem.what}", problem.mend or "Is it up?")
    finally:
        store.close()


def _processes(store: Any) -> Iterator[Check]:
    from auditor.store.figures import figures
    from auditor.store.shards import KINDS

    found = figures(store, {})
    if not found.processes:
        yield Check("processes", "workers", SKIPPED, "none was ever here: `auditor serve` is not in use")
        return
    for role in (*KINDS, "scheduler"):
        own = [one for one in found.processes if role in one.roles]
        alive = sum(one.alive for one in own)
        what = "scheduler" if role == "scheduler" else f"worker that can {role}"
        if alive:
            yield well("processes", what, f"{alive} alive")
        else:
            last = f"the last was seen {own[0].seen:.0f} s ago" if own else "none was ever seen"
            start = "auditor scheduler" if role == "scheduler" else "auditor worker"
            yield Check("processes", what, WRONG, f"none is alive: {last}", f"Start `{start}` (or `auditor serve`).")
    for queue in found.queues:
        if queue.oldest > OLDEST:
            words = f"{queue.waiting} wait, the oldest for {queue.oldest / 60:.0f} minutes"
            yield Check("processes", f"queue {queue.kind}", WARN, words, "Start more workers, or look at their log.")


def broker_checks(url: str | None) -> Iterator[Check]:
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
        yield Check(
            "broker", "broker", WRONG, f"{shown(url)} refuses the password", "Correct AUDITOR_BROKER_PASSWORD_FILE."
        )
        return
    except (RedisError, OSError, ValueError) as problem:
        why = str(problem).partition("\n")[0][:200]
        yield Check(
            "broker", "broker", WRONG, f"{shown(url)} does not answer: {why}", "Start it, or correct AUDITOR_BROKER."
        )
        return
    yield well("broker", "broker", f"{shown(url)} answers")
    if policy is not None and policy != "noeviction":
        words = f"it throws away keys when its memory is full (maxmemory-policy {policy})"
        yield Check("broker", "memory policy", WARN, words, "Set maxmemory-policy noeviction: messages are keys.")
    yield _clock("broker", time.time() - (told[0] + told[1] / 1e6))


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

    try:
        who = relying(found)
        if who is None:
            return
        status, said = asked(who, address_of(who.issuer))
        if status != 200:
            raise UnavailableError(f"it answers with status {status}")
        described(who.issuer, said, with_secret=bool(who.secret))
    except UnavailableError as problem:
        mend = "Correct oidc_issuer, let this machine reach it, or name its authority with oidc_ca_file."
        yield Check("sign-on", "provider", WRONG, f"{found.oidc_issuer}: {problem}", mend)
    except InputError as problem:
        yield Check("sign-on", "provider", WRONG, problem.what, problem.mend)
    else:
        yield well("sign-on", "provider", f"{who.issuer} describes itself")


def _clock(of: str, apart: float) -> Check:
    if abs(apart) <= APART:
        return well("time", f"clock of the {of}", f"{apart:+.1f} s apart from this one")
    words = f"it is {apart:+.0f} s apart from this machine's"
    return Check("time", f"clock of the {of}", WRONG, words, "Keep both clocks with NTP: leases and due times need it.")
