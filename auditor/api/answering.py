"""Answers with what lets a client ask again cheaply: ETag and 304; of downloads parts, checksum and a name too."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response, StreamingResponse

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
MEDIA = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_json(request: Request, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`data` as JSON: 304 where the caller has it already."""
    content = orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    said = {**(headers or {}), "ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if status == 200 and has_it(request, tag):
        return Response(status_code=304, headers=said)
    return Response(content, status, said, "application/json")


def page_of(request: Request, items: list[Any], next_: str | None, **more: Any) -> Response:
    """Part of a list."""
    return as_json(request, {"items": items, "next": next_, **more})


@dataclass(frozen=True, slots=True)
class Content:
    """What is downloaded. `read` gives the bytes from a first to a last one, in pieces."""

    size: int
    sha256: bytes
    read: Callable[[int, int], Iterator[bytes]]

    @classmethod
    def of(cls, content: bytes) -> "Content":
        """Of bytes that are at hand."""
        return cls(
            len(content), hashlib.sha256(content).digest(), lambda first, last: iter([content[first : last + 1]])
        )


def download(request: Request, content: Content, name: str, media: str) -> Response:
    """Content to keep: whole, or the part that `Range` asks for (RFC 9110, 14), with its SHA-256 (RFC 9530).

    It is sent piece by piece, and only the pieces needed are read. HEAD reads none.
    """
    size, sha256 = content.size, content.sha256
    tag = f'"{sha256.hex()}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(sha256).decode()}:",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    if has_it(request, tag):
        return Response(status_code=304, headers=headers)
    part = asked_part(request, size, tag)
    first, last = part or (0, size - 1)
    if part is not None and first > last:
        from auditor.api.problems import answer

        about = f"there are {size} bytes"
        return answer(request, 416, "no-such-range", about, {"Content-Range": f"bytes */{size}"})
    if part is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    status = 200 if part is None else 206
    if request.scope.get("headless"):
        return Response(status_code=status, headers=headers, media_type=media)
    return StreamingResponse(content.read(first, last), status, headers, media)


def has_it(request: Request, tag: str) -> bool:
    """Whether the caller says in If-None-Match that it has this."""
    said = request.headers.get("if-none-match", "")[:4000]
    return said.strip() == "*" or tag in (one.removeprefix("W/") for one in _TAG.findall(said))


def asked_part(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """(first, last) byte of the one range that is asked for; None for all, first > last for none that there is.

    What is no range of bytes, or more than one, is passed over, as RFC 9110 allows; so is a part of something older.
    """
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if not found or not any(found.groups()) or request.headers.get("if-range", tag).strip() != tag:
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) and size else (1, 0)
    if last and int(last) < int(first):
        return None
    return (int(first), min(int(last or size), size - 1)) if int(first) < size else (1, 0)
