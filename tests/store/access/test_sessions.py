"""Sessions and one-time tokens: they end when they should, and no sooner."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from auditor.access import Grant, Role
from auditor.errors import InputError
from auditor.store.access import onetime, sessions, users
from auditor.store.access.acting import local_actor
from auditor.store.access.onetime import Purpose
from auditor.store.access_tables import OneTimeToken, WebSession
from auditor.store.engine import Store, now
from auditor.store.sql import table_of
from tests.store.access.people import ADDRESS, OTHER, actor_of, count, journal, kept, person, set_columns


def opened(store: Store, name: str = "zoe") -> str:
    with store.writing() as connection:
        user = users.find(connection, name)
        return sessions.open_session(connection, user, actor_of(user)).secret


def at(store: Store) -> datetime:
    with store.reading() as connection:
        return now(connection)


def test_a_session_is_its_users_until_it_is_ended(store: Store) -> None:
    """Any other text is nobody's; after signing out it is over, once."""
    person(store, "zoe", Role.VIEWER)
    secret = opened(store)
    found = sessions.signed_in(store, secret)
    assert found is not None
    assert found.user.name == "zoe"
    for wrong in ("", "x", secret[:-1], secret + "A", secret.swapcase(), "A" * 43, "\0" * 43, "é" * 43, secret + "\n"):
        assert sessions.signed_in(store, wrong) is None
    with store.writing() as connection:
        assert sessions.end_session(connection, secret, actor_of(found.user))
        assert not sessions.end_session(connection, secret, actor_of(found.user))
    assert sessions.signed_in(store, secret) is None
    assert journal(store)[-2:] == [("zoe", "signed in", "zoe"), ("zoe", "signed out", "zoe")]


@pytest.mark.parametrize(
    ("column", "ago"),
    [("seen_at", sessions.IDLE), ("expires_at", timedelta(0)), ("created_at", -timedelta(minutes=6))],
)
def test_a_session_ends_by_itself(store: Store, column: str, ago: timedelta) -> None:
    """After being idle, after its longest life, and when the clock was set back behind its beginning."""
    person(store, "zoe")
    secret = opened(store)
    set_columns(store, WebSession, **{column: at(store) - ago})
    assert sessions.signed_in(store, secret) is None
    opened(store)
    assert count(store, WebSession) == 1  # what is over is tidied away


def test_a_request_keeps_a_session_from_being_idle(store: Store) -> None:
    """But not beyond its longest life."""
    person(store, "zoe")
    secret = opened(store)
    before = at(store) - sessions.IDLE + timedelta(minutes=1)
    set_columns(store, WebSession, seen_at=before)
    assert sessions.signed_in(store, secret) is not None
    with store.reading() as connection:
        (seen,) = connection.execute(select(table_of(WebSession).c.seen_at)).one()
    assert seen > before + timedelta(minutes=20)


def test_a_user_has_so_many_sessions_at_most(store: Store) -> None:
    """The one that was not used for longest goes first."""
    person(store, "zoe")
    first = opened(store)
    others = [opened(store) for _ in range(sessions.MOST)]
    assert count(store, WebSession) == sessions.MOST
    assert sessions.signed_in(store, first) is None
    assert sessions.signed_in(store, others[-1]) is not None


def made(store: Store) -> str:
    with store.writing() as connection:
        secret = onetime.setup_token(connection, local_actor())
    assert secret is not None
    return secret


def test_the_first_admin_is_made_once(store: Store) -> None:
    """By the newest token only, which is good no longer after; with users there, there is none to be had."""
    old, secret = made(store), made(store)
    for wrong in (old, "", "audonce_" + "A" * 43, secret[:-1]):
        with pytest.raises(InputError, match="not good"), store.writing() as connection:
            onetime.first_admin(connection, wrong, "zoe", kept(), local_actor())
    with store.writing() as connection:
        onetime.first_admin(connection, secret, "zoe", kept(), local_actor())
        assert users.find(connection, "zoe").grants == {Grant(Role.ADMIN)}
        assert onetime.setup_token(connection, local_actor()) is None
    with pytest.raises(InputError, match="not good"), store.writing() as connection:
        onetime.first_admin(connection, secret, "ann", kept(), local_actor())


def test_a_token_for_the_first_admin_is_void_with_a_user(store: Store) -> None:
    """Somebody was added on the command line meanwhile."""
    secret = made(store)
    person(store, "ann", Role.ADMIN)
    with pytest.raises(InputError, match="not good"), store.writing() as connection:
        onetime.first_admin(connection, secret, "zoe", kept(), local_actor())


def test_of_several_at_once_one_uses_a_token(store: Store) -> None:
    """Eight that use it at the same time: exactly one wins, and there is one user."""
    secret, hash_, won, lost = made(store), kept(), [], []
    ready = threading.Barrier(8)

    def use(name: str) -> None:
        ready.wait()
        try:
            with store.writing() as connection:
                onetime.first_admin(connection, secret, name, hash_, local_actor())
            won.append(name)
        except InputError:
            lost.append(name)

    every = [threading.Thread(target=use, args=(f"user{number}",)) for number in range(8)]
    for one in every:
        one.start()
    for one in every:
        one.join()
    assert (len(won), len(lost)) == (1, 7)
    with store.reading() as connection:
        assert [one.name for one in users.listed(connection)] == won


@pytest.mark.parametrize("purpose", Purpose)
def test_a_one_time_token_expires(store: Store, purpose: Purpose) -> None:
    """At its very end, and when the clock was set back behind its beginning."""
    if purpose is Purpose.PASSWORD:
        person(store, "zoe")
        with store.writing() as connection:
            secret = onetime.password_token(connection, "zoe", local_actor())
    else:
        secret = made(store)

    def use() -> None:
        with store.writing() as connection:
            if purpose is Purpose.SETUP:
                onetime.first_admin(connection, secret, "zoe", kept(), local_actor())
            else:
                onetime.new_password(connection, secret, kept(OTHER), ADDRESS)

    end = at(store) + onetime.LIVES[purpose]
    for wrong in ({"expires_at": at(store)}, {"expires_at": end, "created_at": at(store) + timedelta(hours=1)}):
        set_columns(store, OneTimeToken, **wrong)
        with pytest.raises(InputError, match="not good"):
            use()
    set_columns(store, OneTimeToken, expires_at=end, created_at=at(store))
    use()


def test_a_new_password_is_set_once_and_ends_sessions(store: Store) -> None:
    """By the newest token; not by one that is for something else."""
    person(store, "zoe")
    secret = opened(store)
    with store.writing() as connection:
        old = onetime.password_token(connection, "zoe", local_actor())
        new = onetime.password_token(connection, "zoe", local_actor())
    with pytest.raises(InputError, match="not good"), store.writing() as connection:
        onetime.new_password(connection, old, kept(OTHER), ADDRESS)
    with pytest.raises(InputError, match="not good"), store.writing() as connection:
        onetime.first_admin(connection, new, "ann", kept(), local_actor())
    with store.writing() as connection:
        assert onetime.owner_of(connection, new).name == "zoe"
        onetime.new_password(connection, new, kept(OTHER), ADDRESS)
        assert users.kept_hash(connection, "zoe") == (users.find(connection, "zoe").id, kept(OTHER))
    assert sessions.signed_in(store, secret) is None
    with pytest.raises(InputError, match="not good"), store.writing() as connection:
        onetime.owner_of(connection, new)
