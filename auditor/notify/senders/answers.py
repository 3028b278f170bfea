"""How much of an answer is read while a plug-in of apprise sends: plug-ins read all of it, packed or not."""

from collections.abc import Callable
from functools import cache
from typing import Any

MOST = 262_144  # bytes, unpacked
_PIECE = 16_384


@cache
def bound_answers(bound: Callable[[], bool]) -> None:
    """From now on, `requests` reads no more than MOST of an answer where `bound` says so at that moment.

    Once in a process: every request of the library, whatever a plug-in calls, passes its adapter's `send`. What goes
    beyond is not read, and the connection is closed; the status stays what it was. A request that asked for the stream
    itself (`stream=True`) is left to who asked.
    """
    from requests.adapters import HTTPAdapter

    original = HTTPAdapter.send

    def send(self: HTTPAdapter, request: Any, stream: bool = False, **more: Any) -> Any:
        answer = original(self, request, stream=stream, **more)
        return answer if stream or not bound() else _cut(answer)

    HTTPAdapter.send = send  # type: ignore[method-assign, assignment]


def _cut(answer: Any) -> Any:
    """The answer with at most MOST of its body, and nothing left to read."""
    read = bytearray()
    for piece in answer.iter_content(_PIECE):
        read += piece
        if len(read) >= MOST:
            break
    answer.close()
    answer._content, answer._content_consumed = bytes(read[:MOST]), True  # `raw` stays: it has the cookies
    return answer
