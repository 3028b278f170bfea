"""A run that was kept comes back as it was: the same bytes as the document that `auditor audit` writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain import Failure
from auditor.service.stored import document_of
from auditor.store.engine import Store, open_store
from tests.service.pasts import NIGHT, Night, keep, lines, read

_NUMBERS = count()
SHORT = st.sampled_from(
    ["web", "mail", "", "web\0", "web\ufffd", "\udc80x", "a" * 10_000, "a" * 9_999 + "b", "é" * 700]
)
TEXT = SHORT | st.text(st.characters(exclude_categories=[]), max_size=6)
NAMES = st.sampled_from(["web01", "web02", "b/web01", "web01 (linux)", "x" * 5_000, "x" * 5_001]) | TEXT.filter(bool)
SECONDS = st.sampled_from([0, 1, 0.999999, 1.999999, 61])


@st.composite
def nights(draw: st.DrawFn) -> Night:
    """Two sources, whose targets may have the same names, each read or lost, with subjects of any text."""
    snapshots: dict[str, list[Any]] = {"a": [], "b": []}
    lost: dict[str, list[Failure]] = {"a": [], "b": []}
    for source in ("a", "b"):
        for name in draw(st.lists(NAMES, max_size=3, unique=True)):
            if draw(st.booleans()):
                snapshots[source].append(
                    read(
                        name,
                        source,
                        NIGHT + timedelta(seconds=draw(SECONDS)),
                        hostname=draw(TEXT),
                        sysctl=draw(st.dictionaries(TEXT, st.sampled_from([0, 1, 2**70, "0", 0.5]), max_size=3)),
                        roles=draw(st.lists(TEXT, max_size=3)),
                        gaps=draw(st.dictionaries(st.sampled_from(["roles", "hostname"]), TEXT, max_size=1)),
                        labels=draw(st.dictionaries(TEXT, TEXT, max_size=1)),
                    )
                )
            else:
                lost[source].append(Failure(source, draw(TEXT), name, "linux"))
        if draw(st.integers(0, 5)) == 0:
            lost[source].append(Failure(source, draw(TEXT)))
    return Night(read=snapshots, lost=lost)


@contextmanager
def fresh(url: str) -> Iterator[Store]:
    """A store with its tables."""
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture
def plain_store(database_url: str) -> Iterator[Store]:
    """An empty store on each database."""
    with fresh(database_url) as store:
        yield store


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=nights(), second=nights())
def test_a_kept_run_is_the_same_bytes(plain_store: Store, first: Night, second: Night) -> None:
    """Whatever names, subjects, values and reasons devices send: two runs at one time, one after the other."""
    number = next(_NUMBERS)
    names = f"{number}-one", f"{number}-two"
    made = [keep(plain_store, night, name) for night, name in zip((first, second), names, strict=True)]
    for name, document in zip(names, made, strict=True):
        assert lines(document_of(plain_store, name)) == lines(document)
