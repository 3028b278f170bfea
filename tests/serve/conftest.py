"""The simulated kind of source, known to the services that tests start and to the tests themselves."""

from collections.abc import Iterator

import pytest

from auditor import collectors
from tests.simulators import estate


@pytest.fixture
def simulated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The simulated kind is known to this process and its children."""
    folder = estate.announce(tmp_path_factory.mktemp("plugin"))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    collectors._modules.cache_clear()
    yield
    monkeypatch.undo()
    collectors._modules.cache_clear()
