"""What a form of a page sent."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from auditor.api import multipart
from auditor.api.guard import MOST_FIELDS
from auditor.api.problems import ProblemError

F = TypeVar("F", bound=BaseModel)
Fields = Mapping[str, list[str]]


class Upload(NamedTuple):
    """A file that was sent with a form; `file` is the name that the sender gives."""

    name: str
    file: str
    content: bytes


class Uploads(NamedTuple):
    """What a form sent: its fields, and its files."""

    fields: Fields
    files: tuple[Upload, ...]


async def _posted(request: Request) -> Fields:
    body = await request.body()
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ProblemError(400, "unreadable", "the form cannot be read, or has too many fields") from None


async def _uploaded(request: Request) -> Uploads:
    said, body = request.headers.get("content-type", ""), await request.body()
    if said.partition(";")[0].strip().lower() != multipart.MEDIA:
        return Uploads(await _posted(request), ())
    fields: dict[str, list[str]] = {}
    files: list[Upload] = []
    try:
        for part in multipart.parts_of(said, body):
            if part.file is None:
                fields.setdefault(part.name, []).append(part.content.decode("utf-8", "replace"))
            elif part.file:
                files.append(Upload(part.name, part.file, part.content))
    except ValueError:
        raise ProblemError(400, "unreadable", "the form cannot be read, or has too many fields") from None
    return Uploads(fields, tuple(files))


Uploaded = Annotated[Uploads, Depends(_uploaded)]  # the same, of a form that may send files
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
