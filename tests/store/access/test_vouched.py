"""Whom another service vouches for, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.access import Grant, Narrowing, Permission, Role, Scope
from auditor.store.access import grants, setting_out, tokens, users, vouched
from auditor.store.access.secret import new_secret
from auditor.store.access.vouched import Arrival, NotAdmittedError
from auditor.store.access_tables import AccountGrant, SsoState, WebSession
from auditor.store.engine import Store, now
from tests.store.access.people import actor_of, count, person, set_columns

ARRIVAL = Arrival("https://login.example.org", "u-1", "zoe", "Zoe", frozenset({Grant(Role.VIEWER)}), "192.0.2.7")


def test_who_arrives_many_times_at_once_is_one_user(store: Store) -> None:
    """With as many sessions; two of the same name are two."""
    person(store, "zoe", password=None)
    subjects = ["u-1", "u-2"] * 4
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda one: vouched.admit(store, replace(ARRIVAL, subject=one)), subjects))
    assert len({one.user.id for one in found}) == 2
    assert count(store, WebSession) == len(subjects)
    with store.reading() as connection:
        assert {one.name for one in users.listed(connection)} == {"zoe", "zoe-2", "zoe-3"}


def test_tokens_rest_when_their_owner_stays_away(store: Store) -> None:
    """Some days after the last sign-in they are good no more, and good again after the next; whoever no group lets in
    has none at once, and a local user's are no matter of sign-ins.
    """
    user = vouched.admit(store, ARRIVAL).user
    person(store, "local", Role.VIEWER)
    kept = Narrowing(frozenset({Permission.RESULTS_READ}))
    with store.writing() as connection:
        end = now(connection) + timedelta(days=300)
        secrets = [
            tokens.make(connection, users.find(connection, name), "export", kept, end, actor_of(user))[1]
            for name in (user.name, "local")
        ]

    def good(days: int = 30) -> list[bool]:
        return [tokens.bearer(store, one, "192.0.2.7", days) is not None for one in secrets]

    assert good() == [True, True]
    with store.reading() as connection:
        past = now(connection) - timedelta(days=31)
    set_columns(store, AccountGrant, granted_at=past)
    assert (good(), good(40), good(0)) == ([False, True], [True, True], [True, True])
    vouched.admit(store, ARRIVAL)
    assert good() == [True, True]
    with pytest.raises(NotAdmittedError):
        vouched.admit(store, replace(ARRIVAL, granted=frozenset()))
    assert good() == [False, True]


def test_more_roles_than_a_user_may_have_let_nobody_in(store: Store) -> None:
    """And leave what he has as it is."""
    vouched.admit(store, ARRIVAL)
    many = frozenset(Grant(Role.VIEWER, Scope.of(site=str(one))) for one in range(grants.MOST + 1))
    with pytest.raises(NotAdmittedError) as caught:
        vouched.admit(store, replace(ARRIVAL, granted=many))
    assert caught.value.reason == "too-many-roles"
    with store.reading() as connection:
        assert users.find(connection, "zoe").grants == ARRIVAL.granted


def test_a_state_is_used_by_one_of_many(store: Store) -> None:
    """Also when they come at once."""
    browser = new_secret()
    with store.writing() as connection:
        state = setting_out.set_out(connection, browser, "/runs", "192.0.2.7")
    assert state is not None

    def back(_: int) -> setting_out.Back | None:
        with store.writing() as connection:
            return setting_out.come_back(connection, state, browser)

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(back, range(8)))
    assert [one for one in found if one] == [setting_out.Back("/runs", True)]
    assert count(store, SsoState) == 0
