"""Forms with files (multipart/form-data, RFC 7578), read from a body that is bounded already."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

MEDIA = "multipart/form-data"
MOST_PARTS = 1000
_BOUNDARY = re.compile(r"""boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE)


class Part(NamedTuple):
    """A field. `file` is the name that the sender gives, "" of a file that was not chosen; None: it is no file."""

    name: str
    file: str | None
    content: bytes


def parts_of(content_type: str, body: bytes) -> Iterator[Part]:
    """The parts of a body. Raises ValueError for one that is none, or has too many."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ValueError("no boundary")
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(mark, MOST_PARTS + 2)
    if len(pieces) > MOST_PARTS + 1 or not pieces[-1].startswith(b"--"):
        raise ValueError("too many parts, or no end")
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if not blank:
            raise ValueError("a part without a head")
        yield _part(head, content)


def _part(head: bytes, content: bytes) -> Part:
    message = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        if colon and key.strip().lower() == "content-disposition":
            message["Content-Disposition"] = value.strip()
    name = message.get_param("name", header="content-disposition")
    file = message.get_param("filename", header="content-disposition")
    if not isinstance(name, str):
        raise ValueError("a part without a name")
    return Part(name, file if isinstance(file, str) else None if file is None else file[2], content)
