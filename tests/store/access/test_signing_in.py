"""Signing in: guessing is slow, tells nothing, and shuts nobody out for good."""

import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from auditor.access import Role
from auditor.store.access import attempts, hashing, onetime, sessions, tokens, users
from auditor.store.access.acting import local_actor
from auditor.store.access.attempts import ACCOUNT, ADDRESS, PAIR
from auditor.store.access.signing_in import Attempt, RefusedError, TooManyError, sign_in
from auditor.store.access_tables import AccountRow, SignInAttempt, WebSession
from auditor.store.engine import Store, now
from tests.store.access import people
from tests.store.access.people import OTHER, PASSWORD, actor_of, count, dump, journal, kept, person, set_columns
from tests.store.access.test_tokens import READ

HERE, THERE = "192.0.2.7", "198.51.100.9"


class Clock:
    """The time that attempts are counted by; it stands still."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def later(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Passwords are compared at once, and time stands still: the tests that use it are about counting."""
    monkeypatch.setattr(hashing, "matches", lambda _kept, password: password == PASSWORD)
    monkeypatch.setattr(hashing, "outdated", lambda _kept: False)
    made = Clock()
    monkeypatch.setattr(attempts, "now", lambda _connection: made.at)
    return made


def tried(store: Store, name: str = "zoe", password: str = "wrong", address: str = HERE) -> str:
    try:
        return sign_in(store, Attempt(name, password, address)).user.name
    except RefusedError:
        return "refused"
    except TooManyError as problem:
        return "wait" if timedelta(0) < problem.wait <= PAIR.longest else str(problem.wait)


def test_the_right_password_opens_a_new_session_each_time(store: Store) -> None:
    """In capitals and with blanks around the name too; what is presented from before is no longer good."""
    person(store, "zoe", Role.VIEWER)
    first = sign_in(store, Attempt("zoe", PASSWORD, HERE))
    second = sign_in(store, Attempt(" Zoe ", PASSWORD, HERE, old=first.secret))
    assert first.secret != second.secret
    assert sessions.signed_in(store, first.secret) is None
    assert sessions.signed_in(store, second.secret) is not None
    assert count(store, WebSession) == 1


def test_whatever_is_wrong_is_refused_alike(store: Store) -> None:
    """No such user, wrong password, no password, disabled, hostile text: one answer, and no text is kept."""
    ann = person(store, "ann", Role.ADMIN)
    person(store, "zoe")
    person(store, "sso", password=None)
    person(store, "off")
    with store.writing() as connection:
        users.set_state(connection, "off", users.DISABLED, actor_of(ann))
    assert tried(store, "zoe", OTHER) == tried(store, "nobody", PASSWORD) == "refused"
    assert tried(store, "sso", PASSWORD) == tried(store, "sso", "") == tried(store, "off", PASSWORD) == "refused"
    assert tried(store, "\0\ud800", "\0\ud800") == tried(store, "", "") == "refused"
    assert tried(store, "zoe' OR '1'='1", PASSWORD) == tried(store, "z" * 10_000, "p" * 100_000) == "refused"
    refused = [(actor, about) for actor, action, about in journal(store) if action == "sign-in refused"]
    nobody = ("(no such user)", "(no such user)")
    assert refused == [("zoe", "zoe"), nobody, ("sso", "sso"), ("sso", "sso"), ("off", "off"), *[nobody] * 4]


def test_a_password_is_hashed_whoever_is_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly one argon2 computation with today's parameters in each case: the time does not tell who exists."""
    seen: list[str] = []
    hasher = hashing._hasher

    class Counting:
        def verify(self, hash_: str, password: str) -> bool:
            seen.append(hash_.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(hash_, password)

        def check_needs_rehash(self, hash_: str) -> bool:
            return hasher.check_needs_rehash(hash_)

    person(store, "zoe")
    person(store, "sso", password=None)
    hashing._nobody()  # made once in a process
    monkeypatch.setattr(hashing, "_hasher", Counting())
    assert [tried(store, "zoe"), tried(store, "nobody"), tried(store, "sso")] == ["refused"] * 3
    assert tried(store, "zoe", PASSWORD) == "zoe"
    assert seen == ["$argon2id$v=19$m=65536,t=3,p=4"] * 4


def test_an_older_hash_is_made_anew_when_the_password_is_at_hand(store: Store) -> None:
    """And the password stays the same."""
    from argon2 import PasswordHasher

    person(store, "zoe")
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    set_columns(store, AccountRow, password=weak)
    assert tried(store, password=PASSWORD) == "zoe"
    with store.reading() as connection:
        found = users.kept_hash(connection, "zoe")
    assert found is not None
    assert found[1] is not None
    assert "m=65536,t=3,p=4" in found[1]
    assert tried(store, password=PASSWORD) == "zoe"


def test_guessing_at_one_account_is_slowed_down_from_one_address(store: Store, clock: Clock) -> None:
    """After five failures one has to wait, longer each time; the right password then helps no sooner, but after."""
    person(store, "zoe", password=None)
    set_columns(store, AccountRow, password="x")
    assert [tried(store) for _ in range(PAIR.free + 2)] == ["refused"] * PAIR.free + ["wait"] * 2
    assert tried(store, password=PASSWORD) == "wait"
    assert tried(store, password=PASSWORD, address=THERE) == "zoe"
    clock.later(timedelta(seconds=1))
    assert [tried(store), tried(store)] == ["refused", "wait"]
    clock.later(timedelta(seconds=1))
    assert tried(store) == "wait"
    clock.later(timedelta(seconds=1))
    assert tried(store, password=PASSWORD) == "zoe"
    assert [tried(store) for _ in range(PAIR.free)] == ["refused"] * PAIR.free


def test_a_wait_grows_up_to_its_limit() -> None:
    """Doubling from a second; without end of attempts there is an end of waiting."""
    waits = [PAIR.wait(failures).total_seconds() for failures in range(PAIR.free - 1, PAIR.free + 12)]
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert PAIR.wait(10**9) == PAIR.longest


@pytest.mark.usefixtures("clock")
def test_names_that_do_not_exist_are_slowed_down_alike(store: Store) -> None:
    """A wait tells no more about who exists than a refusal."""
    person(store, "zoe", password=None)
    seen = [[tried(store, name) for _ in range(PAIR.free + 1)] for name in ("zoe", "nobody")]
    assert seen[0] == seen[1]


@pytest.mark.usefixtures("clock")
def test_trying_many_names_from_one_address_is_slowed_down(store: Store) -> None:
    """One password for everybody; an own account beside it does not set the count back."""
    person(store, "zoe", password=None)
    set_columns(store, AccountRow, password="x")
    seen = [tried(store, f"user{number}") for number in range(ADDRESS.free - 1)]
    assert set(seen) == {"refused"}
    assert tried(store, password=PASSWORD) == "zoe"
    assert [tried(store, "one"), tried(store, "two")] == ["refused", "wait"]


def test_strangers_cannot_shut_an_owner_out(store: Store, clock: Clock) -> None:
    """Guesses from everywhere delay an account for a minute at most, and not from where its owner signed in before."""
    person(store, "zoe", password=None)
    set_columns(store, AccountRow, password="x")
    assert tried(store, password=PASSWORD, address=HERE) == "zoe"
    for number in range(ACCOUNT.free + 50):
        tried(store, address=f"203.0.113.{number}")
    assert tried(store, password=PASSWORD, address=THERE) == "wait"
    assert tried(store, password=PASSWORD, address=HERE) == "zoe"
    for number in range(ACCOUNT.free + 50):
        tried(store, address=f"203.0.113.{number + 100}")
    clock.later(ACCOUNT.longest)
    assert tried(store, password=PASSWORD, address=THERE) == "zoe"


def test_a_clock_that_was_set_back_shuts_nobody_out(store: Store, clock: Clock) -> None:
    """What was counted in the future is forgotten."""
    person(store, "zoe", password=None)
    set_columns(store, AccountRow, password="x")
    for _ in range(PAIR.free + 1):
        tried(store)
    clock.later(-timedelta(days=400))
    assert tried(store, password=PASSWORD) == "zoe"


@pytest.mark.usefixtures("clock")
def test_attempts_at_once_are_counted_before_they_are_tried(store: Store) -> None:
    """Nine guesses in one moment are still five."""
    person(store, "zoe", password=None)
    seen: list[str] = []
    ready = threading.Barrier(9)

    def guess() -> None:
        ready.wait()
        seen.append(tried(store))

    every = [threading.Thread(target=guess) for _ in range(9)]
    for one in every:
        one.start()
    for one in every:
        one.join()
    assert seen.count("refused") == PAIR.free
    assert seen.count("wait") == 9 - PAIR.free


@pytest.mark.usefixtures("clock")
def test_a_crowd_is_sent_away_before_it_takes_every_thread(store: Store) -> None:
    """Beyond those who wait for their turn, one more is told to come again, and nothing is counted."""
    with ExitStack() as crowd:
        for _ in range(hashing.AT_ONCE + hashing.WAITING):
            crowd.enter_context(hashing.place())
        with pytest.raises(hashing.BusyError):
            tried(store)
    assert count(store, SignInAttempt) == 0
    assert tried(store) == "refused"


def test_an_address_is_a_network_of_ipv6() -> None:
    """Who has one address of it has all of them; an IPv4 address in IPv6's clothes is itself."""
    assert attempts.network("2001:db8::1") == attempts.network("2001:db8::ffff:1%eth0") == "2001:db8::/64"
    assert attempts.network("2001:db8:0:1::1") != attempts.network("2001:db8::1")
    assert attempts.network("::ffff:192.0.2.7") == attempts.network("192.0.2.7") == "192.0.2.7"
    assert attempts.network("unix") == "unix"


@pytest.mark.usefixtures("clock")
def test_a_password_that_changes_meanwhile_opens_no_session(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the old one and the session somebody set a new one."""
    person(store, "zoe", password=None)
    set_columns(store, AccountRow, password="x")

    def slowly(_kept: str, password: str) -> bool:
        with store.writing() as connection:
            users.set_password(connection, "zoe", "y", local_actor())
        return password == PASSWORD

    monkeypatch.setattr(hashing, "matches", slowly)
    assert tried(store, password=PASSWORD) == "refused"
    assert count(store, WebSession) == 0


def test_no_secret_stands_in_the_database(store: Store) -> None:
    """Passwords right and wrong, typed into the wrong field, session, token, one-time tokens: no value, no file."""
    secrets = [PASSWORD, OTHER, "canary in the name field"]
    with store.writing() as connection:
        secrets.append(str(onetime.setup_token(connection, local_actor())))
        onetime.first_admin(connection, secrets[-1], "zoe", kept(), local_actor())
    secrets.append(sign_in(store, Attempt("zoe", PASSWORD, HERE)).secret)
    assert tried(store, "zoe", OTHER) == tried(store, "canary in the name field", PASSWORD) == "refused"
    with store.writing() as connection:
        zoe = users.find(connection, "zoe")
        end = now(connection) + timedelta(days=1)
        secrets.append(tokens.make(connection, zoe, "export", READ, end, actor_of(zoe))[1])
        secrets.append(onetime.password_token(connection, "zoe", local_actor()))
    said = dump(store)
    if store.is_sqlite:
        from pathlib import Path

        file = Path(store.engine.url.database or "")
        said += b"".join(path.read_bytes() for path in file.parent.glob("auditor.sqlite*"))
    assert b"$argon2id$" in said
    for secret in secrets:
        for how, spelling in people.spellings(secret).items():
            assert spelling not in said, (secret, how)
