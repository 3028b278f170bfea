"""Tokens for programs."""

from datetime import datetime, timedelta

import pytest

from auditor.access import EVERYTHING, Narrowing, Permission, Role, Scope, may
from auditor.errors import InputError
from auditor.store.access import tokens, users
from auditor.store.access_tables import ApiToken
from auditor.store.engine import Store, now
from tests.store.access.people import ADDRESS, actor_of, journal, person, set_columns

READ = Narrowing(frozenset({Permission.RESULTS_READ}))
AMS = Scope.of(site="ams")


def at(store: Store) -> datetime:
    with store.reading() as connection:
        return now(connection)


def made(store: Store, name: str = "zoe", narrowing: Narrowing = READ, days: float = 30) -> tuple[tokens.Token, str]:
    with store.writing() as connection:
        user = users.find(connection, name)
        end = now(connection) + timedelta(days=days)
        return tokens.make(connection, user, "nightly export", narrowing, end, actor_of(user))


def test_a_token_is_its_owner_narrowed(store: Store) -> None:
    """Only what it is for, only where, and only while it is good; that it was used is known."""
    person(store, "zoe", Role.OPERATOR)
    token, secret = made(store, narrowing=Narrowing(READ.permissions, AMS))
    assert secret.startswith("aud_")
    found = tokens.bearer(store, secret, ADDRESS)
    assert found is not None
    _, _, principal = found
    assert may(principal, Permission.RESULTS_READ, {"site": "ams"})
    assert not may(principal, Permission.RESULTS_READ, {"site": "fra"})
    assert not may(principal, Permission.RUNS_WRITE)
    assert not may(principal, Permission.ACCOUNT_WRITE)
    with store.reading() as connection:
        used = tokens.find(connection, token.id)
    assert used.used_at is not None
    assert used.used_from == ADDRESS
    assert journal(store)[-1] == ("zoe", "token made", "zoe")


def test_what_is_no_token_is_nobodys(store: Store) -> None:
    """Part of one, one with more, other letters, a session's secret, nothing."""
    person(store, "zoe", Role.VIEWER)
    _, secret = made(store)
    for wrong in ("", "aud_", secret[4:], secret[:-1], secret + "A", secret.upper(), "aud_" + "A" * 43, secret + "\n"):
        assert tokens.bearer(store, wrong, ADDRESS) is None
    assert tokens.bearer(store, secret, ADDRESS) is not None


def test_a_token_ends(store: Store) -> None:
    """When it expires, is revoked, or its owner is disabled; what the owner loses, it loses at once."""
    ann = person(store, "ann", Role.ADMIN)
    person(store, "zoe", Role.VIEWER)
    token, secret = made(store)
    with store.writing() as connection:
        users.set_state(connection, "zoe", users.DISABLED, actor_of(ann))
    assert tokens.bearer(store, secret, ADDRESS) is None
    with store.writing() as connection:
        users.set_state(connection, "zoe", users.ACTIVE, actor_of(ann))
    assert tokens.bearer(store, secret, ADDRESS) is not None
    end = at(store)
    set_columns(store, ApiToken, expires_at=end)
    assert tokens.bearer(store, secret, ADDRESS) is None
    set_columns(store, ApiToken, expires_at=end + timedelta(days=1))
    with store.writing() as connection:
        assert tokens.revoke(connection, token.id, actor_of(ann))
        assert not tokens.revoke(connection, token.id, actor_of(ann))
    assert tokens.bearer(store, secret, ADDRESS) is None
    with store.reading() as connection:
        assert [one.id for one in tokens.listed(connection, "zoe")] == [token.id]
        assert tokens.listed(connection, "ann") == tokens.listed(connection, "\0\ud800") == []
        assert tokens.listed(connection, after=token.id) == []


@pytest.mark.parametrize(
    ("narrowing", "days", "says"),
    [
        (READ, 0, "between now and a year"),
        (READ, -1, "between now and a year"),
        (READ, 367, "between now and a year"),
        (Narrowing(frozenset()), 30, "at least one permission"),
        (Narrowing(frozenset({Permission.RUNS_WRITE})), 30, "does not have runs:write"),
        (Narrowing(frozenset({Permission.ACCOUNT_WRITE})), 30, "no token may have"),
        (Narrowing(READ.permissions, Scope.of(site="fra")), 30, "nothing of results:read within"),
    ],
)
def test_more_than_the_owner_has_is_refused(store: Store, narrowing: Narrowing, days: float, says: str) -> None:
    """Longer than a year, for nothing, for what the owner does not have, where the owner has nothing."""
    person(store, "zoe", Role.VIEWER, scope=AMS)
    with pytest.raises(InputError, match=says):
        made(store, narrowing=narrowing, days=days)
    assert made(store, narrowing=Narrowing(READ.permissions, EVERYTHING))[0].scope == EVERYTHING


def test_a_title_is_one_line(store: Store) -> None:
    """It is shown in lists and stands in the journal."""
    zoe = person(store, "zoe", Role.VIEWER)
    for wrong in ("", "  ", "a\nb", "a\u202eb", "\x1b[2J"):
        with pytest.raises(InputError, match="title"), store.writing() as connection:
            tokens.make(connection, zoe, wrong, READ, at(store) + timedelta(days=1), actor_of(zoe))


def test_a_user_has_so_many_tokens_at_most(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not good any more are not counted."""
    monkeypatch.setattr(tokens, "MOST", 2)
    zoe = person(store, "zoe", Role.VIEWER)
    first, _ = made(store)
    made(store)
    with pytest.raises(InputError, match="2 tokens already"):
        made(store)
    with store.writing() as connection:
        tokens.revoke(connection, first.id, actor_of(zoe))
    made(store)
