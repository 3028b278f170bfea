"""Whom another service vouches for, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from auditor.access import Grant, Role, Scope
from auditor.store.access import grants, setting_out, users, vouched
from auditor.store.access.secret import new_secret
from auditor.store.access.vouched import Arrival, NotAdmittedError
from auditor.store.access_tables import SsoState, WebSession
from auditor.store.engine import Store
from tests.store.access.people import count, person

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
