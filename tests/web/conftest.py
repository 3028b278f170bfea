"""A service with pages, over two audited sites."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.api.context import Context
from auditor.store.engine import Store
from auditor.web.app import make_site
from tests.api.serving import served
from tests.api.sites import Estate, two_nights
from tests.web.browsing import Browser, browser


@dataclass(frozen=True)
class Site:
    """The service's port, and what it is over: see tests/api/sites.py for the people and the hosts."""

    port: int
    estate: Estate

    @property
    def store(self) -> Store:
        """Its database."""
        return self.estate.store

    def by(self, name: str) -> Browser:
        """A browser in which this user is signed in: viewer, auditor-ams, both ..."""
        return browser(self.port, self.store, name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two nights over two sites, served on SQLite."""
    folder: Path = tmp_path_factory.mktemp("site")
    with two_nights(folder, f"sqlite:///{folder}/a.sqlite") as estate, served(Context(estate.store), make_site) as port:
        yield Site(port, estate)
