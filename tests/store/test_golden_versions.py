"""Golden profiles that are proposed and decided about, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Connection

from auditor.errors import ConflictError, InputError
from auditor.store import golden_versions as versions
from auditor.store.engine import Store, now, open_store
from auditor.store.golden_versions import Version


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store."""
    found = open_store(database_url)
    yield found
    found.close()


def proposed(connection: Connection, text: str, replaces: int | None = None, by: str = "ann") -> Version:
    labels = {"site": "ams"}
    values: dict[str, Any] = {"name": "web", "title": "T", "version": "1", "platform": "linux", "labels": labels}
    values |= {"text": text, "sha256": text, "replaces": replaces, "replaced_sha256": ""}
    return versions.propose(connection, values, "because it is so", by, by)


def test_one_proposes_and_another_decides_once(store: Store) -> None:
    """Whoever proposed it never decides, in whatever case the name is written; what is decided stays; all is told."""
    with store.writing() as connection:
        first = proposed(connection, "a")
        for step in (versions.approve, versions.reject):
            with pytest.raises(InputError, match="whoever proposed it does not decide"):
                step(connection, first.id, " ANN ", "fine", "ann")
        with pytest.raises(InputError, match="whoever proposed it withdraws it"):
            versions.withdraw(connection, first.id, "bob", "", "bob")
        made = versions.approve(connection, first.id, "bob", "fine", "bob")
        assert (made.state, made.decided_by, made.note, made.text) == ("approved", "bob", "fine", first.text)
        for again in (versions.approve, versions.reject):
            with pytest.raises(ConflictError, match="approved already, by bob"):
                again(connection, first.id, "zoe", "", "zoe")
        own = proposed(connection, "b", first.id)
        assert versions.withdraw(connection, own.id, "Ann", "a mistake", "ann").state == "withdrawn"
        assert [one.id for one in versions.listed(connection)] == [own.id, first.id]
        assert [one.id for one in versions.listed(connection, states=["approved"], name="web")] == [first.id]


def test_what_was_replaced_meanwhile_is_not_approved(store: Store) -> None:
    """Of two proposals on top of one version the second is refused, and told which is approved now; each moment has
    its version.
    """
    with store.writing() as connection:
        base = versions.approve(connection, proposed(connection, "a").id, "bob", "", "bob")
        one, other = proposed(connection, "b", base.id), proposed(connection, "c", base.id)
        made = versions.approve(connection, one.id, "bob", "", "bob")
        assert versions.find(connection, base.id).state == "retired"
        with pytest.raises(ConflictError, match=f"version {one.id} is approved now"):
            versions.approve(connection, other.id, "bob", "", "bob")
        assert [found.text for found in versions.in_use(connection)] == ["b"]
        at = now(connection)
        assert versions.approved_at(connection, "web", at) == made
        assert versions.approved_at(connection, "web", at - timedelta(days=1)) is None


def test_of_two_who_approve_at_once_one_wins(store: Store) -> None:
    """Two first versions of one name, approved by two people at the same moment."""
    with store.writing() as connection:
        numbers = [proposed(connection, text).id for text in "ab"]
    barrier, said = Barrier(2), []

    def approve(number: int) -> None:
        barrier.wait()
        try:
            with store.writing() as connection:
                versions.approve(connection, number, "bob", "", "bob")
            said.append("done")
        except ConflictError:
            said.append("refused")

    threads = [Thread(target=approve, args=(number,)) for number in numbers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == ["done", "refused"]
    with store.reading() as connection:
        assert len(versions.in_use(connection)) == 1


def test_nobody_has_hundreds_that_wait(store: Store) -> None:
    """One person's proposals that wait are bounded; those of others are not counted."""
    with store.writing() as connection:
        for number in range(versions.MOST_OPEN):
            proposed(connection, str(number))
        with pytest.raises(ConflictError, match="Withdraw one"):
            proposed(connection, "more")
        assert proposed(connection, "other", by="zoe").state == "proposed"
