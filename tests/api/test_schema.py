"""Whatever is sent to the running service, its answers are those that it describes, and none is a fault of ours.

Cases are made by schemathesis out of the OpenAPI document, the same ones each time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from auditor.access import Role
from auditor.api.app import make_app
from auditor.api.context import Context
from tests.api.caller import PLAIN, signed_in
from tests.api.rows import made
from tests.api.serving import served
from tests.api.sites import Estate, two_nights
from tests.store.access.people import person

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NOUNS = "|".join(
    (
        "runs|sources|targets|findings|drift|rules|baselines|golden|waivers|schedules|reports",
        "inventory|series|notify|database|journal|rules-conflicts|waivers-file",
    )
)


def described() -> Any:
    """The OpenAPI document, of an app that is asked nothing else."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", folder)
        store = made(f"sqlite:///{folder}/a.sqlite")
        document = make_app(Context(store)).openapi()
        store.close()
    return document


schema = schemathesis.openapi.from_dict(described()).include(path_regex=rf"^/api/v1/({NOUNS})")


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Two nights over two sites, and somebody who may do everything."""
    folder: Path = tmp_path_factory.mktemp("estate")
    with two_nights(folder, f"sqlite:///{folder}/a.sqlite") as found:
        person(found.store, "everybody", *Role, password=None)
        yield found


@pytest.fixture(scope="module")
def port(estate: Estate) -> Iterator[int]:
    """The service over it."""
    with served(Context(estate.store)) as found:
        yield found


@schema.parametrize()
@settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: Any, estate: Estate, port: int) -> None:
    """Status, media type and schema of every answer; never 500."""
    caller = signed_in(port, estate.store, "everybody")
    headers = {"Cookie": f"{PLAIN}={caller.cookie}", "x-csrf-token": caller.csrf}
    case.call_and_validate(base_url=f"http://127.0.0.1:{port}", headers=headers, checks=CHECKS, timeout=60)
