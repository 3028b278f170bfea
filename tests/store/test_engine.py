"""The database beneath the store: what one process does to itself must not stop the others."""

import time

import pytest
from sqlalchemy import text

from auditor.store import engine
from auditor.store.engine import Store, StoreError, open_store


@pytest.fixture
def impatient(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose server ends a transaction that stands still for a second."""
    monkeypatch.setattr(engine, "IDLE", 1)
    return open_store(postgres_url)


def test_a_transaction_that_stands_still_loses_its_locks(impatient: Store) -> None:
    """A stopped process holds its locks for IDLE seconds, then others go on; what it wrote is refused when it wakes."""

    def stand_still() -> None:
        with impatient.writing() as stopped:
            stopped.execute(text("INSERT INTO rule (rule) VALUES ('late')"))
            with impatient.writing(alone=True) as other:  # waits for every writer
                other.execute(text("INSERT INTO rule (rule) VALUES ('next')"))
            stopped.execute(text("INSERT INTO rule (rule) VALUES ('later')"))

    with pytest.raises(StoreError, match="database gives an error"):
        stand_still()
    with impatient.reading() as connection:
        assert list(connection.scalars(text("SELECT rule FROM rule"))) == ["next"]
    impatient.close()


def test_a_transaction_that_works_is_left_alone(impatient: Store) -> None:
    """Only standing still counts: one that says something every now and then may take longer."""
    with impatient.writing() as connection:
        for number in range(4):
            connection.execute(text("INSERT INTO rule (rule) VALUES (:name)"), {"name": f"r{number}"})
            time.sleep(0.4)
    with impatient.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM rule")) == 4
    impatient.close()
