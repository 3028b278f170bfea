"""Requests that take seconds of this process's time: one of a kind at a time, so that lists stay quick beside them."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.api.problems import ProblemError

_LOCKS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def alone(kind: str) -> Iterator[None]:
    """Do it unless another of this kind goes on. Raises ProblemError (503) then: nobody waits in a thread."""
    lock = _LOCKS[kind]
    if not lock.acquire(blocking=False):
        raise ProblemError(503, "busy", "another one of these goes on: try again in a while", {"Retry-After": "10"})
    try:
        yield
    finally:
        lock.release()
