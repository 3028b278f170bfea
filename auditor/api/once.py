"""POSTs that may be sent again: with an Idempotency-Key they are done once, and answered the same way each time."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response

from auditor.api.guard import Asking
from auditor.api.problems import ProblemError
from auditor.store import answers
from auditor.store.engine import Store

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Any word of the caller's: the same request with it is done once in a day.",
        examples=["4f0c9a1e"],
    ),
]


def once(
    request: Request,
    store: Store,
    asks: Asking,
    key: str | None,
    form: BaseModel | None,
    status: int,
    act: Callable[[Connection], Any],
) -> Response:
    """Do it in one transaction and answer what it returns; or give the answer that was given to the same before.

    Raises ProblemError when the key was used for something else, and what `act` raises: then nothing is kept.
    """
    with store.writing() as connection:
        if key is not None:
            body = orjson.dumps(form.model_dump(mode="json") if form else None, option=orjson.OPT_SORT_KEYS)
            asked = b"\n".join([request.method.encode(), request.scope["path"].encode("utf-8", "replace"), body])
            digest = hashlib.sha256(asked).digest()
            given = answers.first(connection, asks.actor.name, key, digest)
            if given is not None and given.request != digest:
                raise ProblemError(422, "key-reused", "this Idempotency-Key was used for another request")
            if given is not None:
                return _answer(given.answer.encode(), given.status, again=True)
        content = orjson.dumps(act(connection))
        if key is not None:
            answers.keep(connection, asks.actor.name, key, status, content.decode())
    return _answer(content, status, again=False)


def _answer(content: bytes, status: int, *, again: bool) -> Response:
    headers = {"Idempotent-Replayed": "true"} if again else None
    return Response(content, status, headers, "application/json")
