"""Users and their grants: kept as said, told to the journal, and never without an admin."""

import threading
from collections.abc import Iterable

import pytest
from sqlalchemy import Connection

from auditor.access import Grant, Role, Scope
from auditor.errors import InputError
from auditor.store.access import grants, users
from auditor.store.access.acting import local_actor
from auditor.store.access_tables import WebSession
from auditor.store.engine import Store
from auditor.store.journal import verify
from tests.store.access.people import actor_of, count, journal, kept, person

AMS = Scope.of(site="ams")


def test_a_user_is_what_was_said(store: Store) -> None:
    """Name, grants with their scopes, state and password; each action stands in the journal, which holds."""
    ann, zoe = person(store, "ann", Role.ADMIN), person(store, "zoe", Role.VIEWER, Role.OPERATOR, scope=AMS)
    assert zoe.grants == {Grant(Role.VIEWER, AMS), Grant(Role.OPERATOR, AMS)}
    with store.writing() as connection:
        users.rename(connection, "zoe", "Zoé", actor_of(ann))
        assert users.set_state(connection, "zoe", users.DISABLED, actor_of(ann))
        assert not users.set_state(connection, "zoe", users.DISABLED, actor_of(ann))
        assert grants.take(connection, "zoe", Grant(Role.VIEWER, AMS), actor_of(ann))
        assert not grants.take(connection, "zoe", Grant(Role.VIEWER), actor_of(ann))
        assert not grants.give(connection, "zoe", Grant(Role.OPERATOR, AMS), actor_of(ann))
        users.set_password(connection, "zoe", None, actor_of(ann))
        found = users.find(connection, "zoe")
        assert [one.name for one in users.listed(connection)] == ["ann", "zoe"]
        assert [one.name for one in users.listed(connection, after="ann")] == ["zoe"]
        assert users.listed(connection)[1] == found
    assert (found.display, found.state, found.has_password) == ("Zoé", "disabled", False)
    assert found.grants == {Grant(Role.OPERATOR, AMS)}
    assert users.permissions_of(found) == []
    assert [action for _, action, _ in journal(store)] == [
        "user added", "role granted", "user added", "role granted", "role granted",
        "user changed", "user disabled", "role revoked", "password removed",
    ]  # fmt: skip
    assert verify(store).broken is None


@pytest.mark.parametrize("name", ["", "Zoe", "zoë", "-zoe", "zoe x", "z" * 101, "zoe\n", "zoe\0", "../zoe", "аnn"])
def test_a_name_that_could_be_mistaken_is_refused(store: Store, name: str) -> None:
    """Capitals, other alphabets' look-alikes, blanks, paths, length."""
    with store.writing() as connection, pytest.raises(InputError):
        users.add(connection, name, local_actor())


def test_a_name_and_an_identity_are_used_once(store: Store) -> None:
    """Also by two at once: one gets it, the other an answer."""
    person(store, "zoe")
    with pytest.raises(InputError, match="there is a user zoe already"):
        person(store, "zoe")
    with store.writing() as connection:
        users.add(connection, "ann", local_actor(), external=("https://id.example.org", "1"))
    with store.reading() as connection:
        found = users.by_identity(connection, "https://id.example.org", "1")
        assert found is not None
        assert (found.name, found.has_password) == ("ann", False)
        assert users.by_identity(connection, "https://id.example.org", "2") is None
        assert users.by_identity(connection, "https://other.example.org", "1") is None
    with pytest.raises(InputError), store.writing() as connection:
        users.add(connection, "ann2", local_actor(), external=("https://id.example.org", "1"))


def test_an_unknown_user_is_told_with_a_near_one(store: Store) -> None:
    """Whatever is asked for."""
    person(store, "zoe")
    with store.reading() as connection:
        with pytest.raises(InputError, match="Did you mean zoe"):
            users.find(connection, "zoee")
        with pytest.raises(InputError, match="there is no user"):
            users.find(connection, "\0\ud800" * 5000)


def test_there_is_always_an_admin(store: Store) -> None:
    """The last one can be neither disabled nor lose the role; an admin of a site, or a disabled one, does not count."""
    admin = Grant(Role.ADMIN)
    ann = person(store, "ann", Role.ADMIN)
    person(store, "zoe", Role.ADMIN, scope=AMS)
    person(store, "old", Role.ADMIN)
    with store.writing() as connection:
        users.set_state(connection, "old", users.DISABLED, actor_of(ann))
    with pytest.raises(InputError, match="last admin"), store.writing() as connection:
        grants.take(connection, "ann", admin, local_actor())
    with pytest.raises(InputError, match="last admin"), store.writing() as connection:
        users.set_state(connection, "ann", users.DISABLED, local_actor())
    with store.writing() as connection:
        assert users.find(connection, "ann").active
        grants.take(connection, "old", admin, local_actor())
        grants.give(connection, "zoe", admin, local_actor())
        grants.take(connection, "ann", admin, local_actor())
        assert users.find(connection, "ann").grants == frozenset()


@pytest.mark.parametrize("how", ["disable", "revoke"])
def test_two_admins_cannot_take_each_other_away_at_once(
    store: Store, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that each take the other away at the same time, one is refused: the second waits before it looks."""
    person(store, "ann", Role.ADMIN)
    person(store, "zoe", Role.ADMIN)
    both_look, refused, look = threading.Barrier(2), [], grants.refuse_to_be_without_admin

    def look_together(connection: Connection, taken: Iterable[Grant]) -> None:
        try:
            both_look.wait(3)  # if both came this far, both would see the other one
        except threading.BrokenBarrierError:
            pass
        look(connection, taken)

    def take_away(name: str) -> None:
        try:
            with store.writing() as connection:
                if how == "disable":
                    users.set_state(connection, name, users.DISABLED, local_actor())
                else:
                    grants.take(connection, name, Grant(Role.ADMIN), local_actor())
        except InputError as problem:
            refused.append(str(problem))

    monkeypatch.setattr(grants, "refuse_to_be_without_admin", look_together)
    both = [threading.Thread(target=take_away, args=(name,)) for name in ("ann", "zoe")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1
    assert "last admin" in refused[0]


def test_grants_of_another_service_are_replaced_and_ours_stay(store: Store) -> None:
    """What groups grant is what they say at each sign-in; what was granted here is not theirs to take."""
    person(store, "zoe", Role.VIEWER)
    issuer, actor = "https://id.example.org", local_actor()
    with store.writing() as connection:
        assert grants.replace(connection, "zoe", [Grant(Role.OPERATOR, AMS), Grant(Role.VIEWER)], issuer, actor)
        assert not grants.replace(connection, "zoe", [Grant(Role.VIEWER), Grant(Role.OPERATOR, AMS)], issuer, actor)
        assert grants.replace(connection, "zoe", [Grant(Role.AUDITOR)], issuer, actor)
        assert users.find(connection, "zoe").grants == {Grant(Role.VIEWER), Grant(Role.AUDITOR)}


def test_other_roles_or_another_password_end_every_session(store: Store) -> None:
    """So does being disabled: what a session was opened with does not outlive it."""
    from auditor.store.access.sessions import open_session

    person(store, "ann", Role.ADMIN)
    zoe = person(store, "zoe", Role.VIEWER)
    actor = local_actor()
    for change in (
        lambda connection: grants.give(connection, "zoe", Grant(Role.OPERATOR), actor),
        lambda connection: grants.take(connection, "zoe", Grant(Role.OPERATOR), actor),
        lambda connection: users.set_password(connection, "zoe", kept(), actor),
        lambda connection: users.set_state(connection, "zoe", users.DISABLED, actor),
    ):
        with store.writing() as connection:
            open_session(connection, zoe, actor_of(zoe))
            open_session(connection, zoe, actor_of(zoe))
        assert count(store, WebSession) == 2
        with store.writing() as connection:
            change(connection)
        assert count(store, WebSession) == 0


@pytest.mark.parametrize("wrong", ["a\nb", "\x1b[2J", "a\u202eb", "\0", "\ud800"])
def test_a_name_of_a_person_is_one_plain_line(store: Store, wrong: str) -> None:
    """It stands on pages and terminals."""
    person(store, "zoe")
    with pytest.raises(InputError, match="one line"), store.writing() as connection:
        users.add(connection, "ann", local_actor(), display=wrong)
    with pytest.raises(InputError, match="one line"), store.writing() as connection:
        users.rename(connection, "zoe", wrong, local_actor())


@pytest.mark.parametrize("wrong", ["", "1\0", "\ud800", "1" * 2000, "a\nb"])
def test_an_identity_is_never_mistaken_for_another(store: Store, wrong: str) -> None:
    """What a database would have to change is refused, and found to be nobody's."""
    with pytest.raises(InputError, match="identity"), store.writing() as connection:
        users.add(connection, "ann", local_actor(), external=("https://id.example.org", wrong))
    with store.reading() as connection:
        assert users.by_identity(connection, "https://id.example.org", wrong) is None
        assert users.by_identity(connection, wrong, "1") is None
