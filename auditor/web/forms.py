"""What a form of a page sent."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from auditor.api.guard import MOST_FIELDS
from auditor.api.problems import ProblemError

F = TypeVar("F", bound=BaseModel)
Fields = Mapping[str, list[str]]


async def _posted(request: Request) -> Fields:
    body = await request.body()
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ProblemError(400, "unreadable", "the form cannot be read, or has too many fields") from None


Posted = Annotated[Fields, Depends(_posted)]  # a parameter of a page that takes a form


def one(fields: Fields, name: str) -> str:
    """The value of a field, "" of one that was not sent."""
    return fields.get(name, [""])[-1]


def filled(form: type[F], values: Mapping[str, Any]) -> F:
    """A form of the API filled with what a page was sent: one set of limits for both. Raises RequestValidationError."""
    try:
        return form.model_validate(dict(values))
    except ValidationError as problem:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in problem.errors()]) from None
