"""One browser and one service for all stories: each goes on where the one before ended."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import program
from tests.reporting.test_html import FLAGS
from tests.stories.world import World, world_there


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The service, new, and a browser."""
    folder = tmp_path_factory.mktemp("world")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        with world_there(folder, chromium) as made:
            yield made
        chromium.close()
