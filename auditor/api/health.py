"""`/health/live`: this process answers. `/health/ready`: everything that an audit needs is there, or what is not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from auditor.api.asking import NoAnswerError, Question
from auditor.api.context import Context
from auditor.api.guard import public
from auditor.store.engine import Store, now
from auditor.store.figures import Process, processes
from auditor.store.migrate import State, schema_of
from auditor.store.shards import KINDS

SCHEDULER = "scheduler"
_log = structlog.get_logger()
_SCHEMA = {
    State.EMPTY: "it has no tables: run `auditor db upgrade`",
    State.OLDER: "it has the tables of an older release: run `auditor db upgrade`",
    State.NEWER: "it has the tables of a newer release than this one",
    State.FOREIGN: "it holds tables that Auditor did not make",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is needed: `says` is why it is not well, or "". Anybody may read it: no address, no name."""

    name: str
    says: str = ""


def router(context: Context) -> APIRouter:
    """The two addresses."""
    health = APIRouter(prefix="/health", tags=["health"], dependencies=[public()])
    checks = _checks(context)

    @health.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @health.get("/ready")
    async def ready() -> JSONResponse:
        found = [one for check in checks for one in await check()]
        well = not any(one.says for one in found)
        body = {
            "status": "ready" if well else "not ready",
            "checks": [{"name": one.name, "ok": not one.says, "says": one.says or "well"} for one in found],
        }
        return JSONResponse(body, 200 if well else 503, {"Cache-Control": "no-store"})

    return health


def _checks(context: Context) -> list[Callable[[], Awaitable[list[Check]]]]:
    settings = {"fresh": context.fresh_health, "patience": context.patience}
    database = Question(lambda: _database(context.store), **settings)
    checks = [_bounded(database, "database")]
    if (url := context.broker) is not None:
        checks.append(_bounded(Question(lambda: _broker(url, context.patience), **settings), "broker"))
    return checks


def _bounded(question: Question[list[Check]], name: str) -> Callable[[], Awaitable[list[Check]]]:
    async def check() -> list[Check]:
        try:
            return await question.answer()
        except NoAnswerError as problem:
            return [Check(name, f"it gives {problem}")]
        except Exception as problem:
            _log.warning("not ready", check=name, reason=str(problem))
            return [Check(name, "it cannot be reached, or gives an error: the log says which")]

    return check


def _database(store: Store) -> list[Check]:
    if (wrong := _SCHEMA.get(schema_of(store).state)) is not None:
        return [Check("database", wrong)]
    with store.reading() as connection:
        found = processes(connection, now(connection))
    missing = [_absent(f"worker that can {kind}", [one for one in found if kind in one.roles]) for kind in KINDS]
    return [
        Check("database"),
        Check(SCHEDULER, _absent(SCHEDULER, [one for one in found if SCHEDULER in one.roles])),
        Check("workers", "; ".join(one for one in missing if one)),
    ]


def _absent(what: str, found: list[Process]) -> str:
    """Why none of these does its work; "" when one does. `found` has the one seen last first."""
    if any(one.alive for one in found):
        return ""
    if not found:
        return f"no {what} is there"
    return f"no {what} is alive: the last was seen {found[0].seen:.0f} s ago"


def _broker(url: str, patience: float) -> list[Check]:
    from redis import Redis

    address = url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=")  # Celery's words for it
    with Redis.from_url(address, socket_timeout=patience, socket_connect_timeout=patience) as client:
        client.ping()
    return [Check("broker")]
