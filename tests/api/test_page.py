"""The page of the API in the docs has every route, with what it needs, as the service itself describes it.

`python -m tests.api.test_page` writes the table anew.
"""

import re
import tempfile
from pathlib import Path

from fastapi.routing import APIRoute

from auditor.api.app import make_app
from auditor.api.context import Context
from auditor.api.guard import Guard, _routes
from tests.api.rows import made

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


def rows(folder: Path) -> list[str]:
    """A line of the table for each route of the API, in the order of the OpenAPI document."""
    store = made(f"sqlite:///{folder}/a.sqlite")
    app = make_app(Context(store))
    store.close()
    found = []
    for route in _routes(app.routes):
        if isinstance(route, APIRoute) and route.path.startswith("/api/v1") and route.include_in_schema:
            (guard,) = (one.dependency for one in route.dependencies if isinstance(one.dependency, Guard))
            said = (route.description or "").partition("\n")[0].replace("|", "\\|")
            (method,) = route.methods or {""}
            found.append(f"| `{method} {route.path}` | {guard.permission or 'nothing'} | {said} |")
    return found


def test_the_page_has_every_route(tmp_path: Path) -> None:
    """Neither a route too few nor one that is gone."""
    told = [line for line in PAGE.read_text().splitlines() if re.match(r"\| `[A-Z]+ /", line)]
    assert told == rows(tmp_path)


if __name__ == "__main__":
    text = "".join(line for line in PAGE.read_text().splitlines(True) if not re.match(r"\| `[A-Z]+ /", line))
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(text + "".join(f"{line}\n" for line in rows(Path(folder))))
