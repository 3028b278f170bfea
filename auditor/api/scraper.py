"""Who may read /metrics: a program that is nobody's, so it has a token of its own."""

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParam

from auditor.api.guard import Guard, context_of
from auditor.api.problems import ProblemError
from auditor.store.access.secret import same


class ScraperGuard(Guard):
    """Lets in who knows the token of /metrics; where none is set, whoever is on this machine."""

    def __init__(self) -> None:
        super().__init__(None)

    def __call__(self, request: Request) -> None:
        door = context_of(request).door
        if not door.metrics_token:
            if not door.on_this_machine(request):
                what = "from elsewhere /metrics needs the token of the setting metrics_token_file"
                raise ProblemError(401, "not-signed-in", what, {"WWW-Authenticate": "Bearer"})
            return
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same(secret.strip(), door.metrics_token):
            raise ProblemError(401, "not-signed-in", "send the token of /metrics", {"WWW-Authenticate": "Bearer"})


def scraper() -> DependsParam:
    """For the route of metrics."""
    found: DependsParam = Depends(ScraperGuard())
    return found
