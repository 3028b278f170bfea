"""The OpenAPI document says of every route what it does and what it takes and gives, with examples that fit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from auditor.api.context import Context
from auditor.api.examples import NONE
from tests.api.caller import Caller
from tests.api.rows import made
from tests.api.serving import served

JSON = "application/json"
# POSTs that change nothing, and those that may be done again: they take no Idempotency-Key.
WITHOUT_KEY = {
    "/api/v1/session",
    "/api/v1/setup",
    "/api/v1/password",
    "/api/v1/users",
    "/api/v1/users/{name}/grants",
    "/api/v1/users/{name}/password-token",
    "/api/v1/tokens",
    "/api/v1/runs/{name}/preview",
    "/api/v1/runs/{name}/rejudge",
    "/api/v1/golden/capture",
    "/api/v1/golden/consensus",
    "/api/v1/golden/kickstart",
    "/api/v1/golden/check",
    "/api/v1/golden/judge",
    "/api/v1/rules/check",
    "/api/v1/inventory/imports",
    "/api/v1/inventory/sources/{name}/discovery",
    "/api/v1/notify/channels/{name}/test",
    "/api/v1/database/retention",
}


PUBLIC = {
    "POST /api/v1/session",
    "GET /api/v1/session/methods",
    "GET /api/v1/setup",
    "POST /api/v1/setup",
    "POST /api/v1/password",
    "GET /api/v1/openapi.json",
}
# What is described elsewhere: audit.json, and files.
DOWNLOADS = ("runs/{name}/document", "reports/{number}/content", "changes/{name}/report", "openapi.json")
FILES = {f"GET /api/v1/{one}" for one in DOWNLOADS}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """As the running service gives it."""
    folder: Path = tmp_path_factory.mktemp("described")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_STATE", str(folder))
        store = made(f"sqlite:///{folder}/a.sqlite")
        with served(Context(store)) as port:
            found = Caller(port).ask("GET", "/api/v1/openapi.json").json
        store.close()
    return found


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            if path.startswith("/api/v1"):
                yield f"{method.upper()} {path}", one


def contents(one: Any) -> Iterator[Any]:
    """The JSON that is sent, and that is answered when it went well."""
    if JSON in (sent := one.get("requestBody", {}).get("content", {})):
        yield sent[JSON]
    for status, answer in one["responses"].items():
        if status.startswith("2") and JSON in answer.get("content", {}):
            yield answer["content"][JSON]


def missing(value: Any) -> bool:
    """Whether a text in it is no example."""
    if isinstance(value, dict | list):
        return any(map(missing, value.values() if isinstance(value, dict) else value))
    return bool(value == NONE)


def test_every_route_says_what_it_does_with_examples(document: Any) -> None:
    """A summary, a tag, a description; each JSON has an example, and no text in it is left open."""
    without = []
    for name, one in operations(document):
        assert one["summary"], name
        assert one["description"], name
        assert len(one["tags"]) == 1, name
        found = list(contents(one))
        good = {status: answer for status, answer in one["responses"].items() if status.startswith("2")}
        assert found or set(good) == {"204"} or all(JSON not in each["content"] for each in good.values()), name
        without += [name for content in found if missing(content.get("example", NONE)) and name not in FILES]
    assert without == []


def test_examples_fit_their_schemas(document: Any) -> None:
    """What is shown would be taken, and is what is answered."""
    wrong = []
    for name, one in operations(document):
        for content in contents(one) if name not in FILES else ():
            schema = {**content["schema"], "components": document["components"]}
            problems = list(jsonschema_rs.Draft202012Validator(schema).iter_errors(content["example"]))
            wrong += [(name, problem.message[:200]) for problem in problems]
    assert wrong == []


def test_who_may_not_is_told(document: Any) -> None:
    """Each route that is not for everybody answers 401 and 403, and says so."""
    silent = {name for name, one in operations(document) if not {"401", "403"} <= {*one["responses"]}}
    assert silent <= PUBLIC


def test_errors_are_problems_and_what_changes_something_is_done_once(document: Any) -> None:
    """Each error is problem+json and nothing else; each POST that changes something takes an Idempotency-Key."""
    for name, one in operations(document):
        for status, answer in one["responses"].items():
            if status >= "400":
                assert set(answer["content"]) == {"application/problem+json"}, name
        method, path = name.split()
        takes = "Idempotency-Key" in {each["name"] for each in one.get("parameters", ())}
        assert not (takes and path in WITHOUT_KEY), name
        if method == "POST":
            assert takes or path in WITHOUT_KEY, name
