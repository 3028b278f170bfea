"""Questions that may take for ever, asked so that nobody who waits for the answer does."""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
FAILURE_KEPT = 1.0  # seconds: a crowd of askers is no crowd of attempts


class NoAnswerError(Exception):
    """The question has not been answered in time. It still stands: a later answer is kept."""


class Question(Generic[T]):
    """A blocking question, asked in a thread of its own and never twice at a time.

    `fresh`: seconds for which an answer is given again. `patience`: seconds that one who asks waits for it.
    """

    def __init__(self, ask: Callable[[], T], *, fresh: float, patience: float) -> None:
        self._ask, self._fresh, self._patience = ask, fresh, patience
        self._open: concurrent.futures.Future[T] | None = None
        self._asked_at = 0.0

    async def answer(self) -> T:
        """The answer. Raises NoAnswerError, or what the question raised."""
        if self._open is None or self._stale(self._open):
            self._open, self._asked_at = self._begin(), time.monotonic()
        waited = asyncio.wrap_future(self._open)
        done, _ = await asyncio.wait({waited}, timeout=self._patience)
        if not done:
            waited.add_done_callback(_look_at)
            raise NoAnswerError(f"no answer for {time.monotonic() - self._asked_at:.0f} s")
        return waited.result()

    def _stale(self, answer: "concurrent.futures.Future[T]") -> bool:
        if not answer.done():
            return False
        kept = FAILURE_KEPT if answer.exception() else self._fresh
        return time.monotonic() - self._asked_at > kept

    def _begin(self) -> "concurrent.futures.Future[T]":
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                future.set_result(self._ask())
            except BaseException as problem:
                future.set_exception(problem)

        threading.Thread(target=run, name="question", daemon=True).start()  # daemon: a hung one must not keep us alive
        return future


def _look_at(future: "asyncio.Future[T]") -> None:
    """Take notice of a late failure, which asyncio would complain about otherwise."""
    if not future.cancelled():
        future.exception()
