"""Answers are worked out a few at a time, in order; nobody is held up by who is slow."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from auditor.api.turns import Turns

Work = Callable[[str], Awaitable[None]]


class App:
    """Works for each request, answers, and may be slow to send the rest. Who works, and in which order they began."""

    def __init__(self, work: Work, sends: Work | None = None) -> None:
        self.work, self.sends = work, sends
        self.now, self.most, self.began = 0, 0, list[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        self.began.append(scope["path"])
        try:
            await self.work(scope["path"])
        finally:
            self.now -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if self.sends:
            await self.sends(scope["path"])
        await send({"type": "http.response.body", "body": b""})


async def ask(app: Any, path: str, method: str = "GET") -> list[Message]:
    """What is answered."""
    said: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nobody reads a body here")

    async def send(message: Message) -> None:
        said.append(message)

    await app({"type": "http", "method": method, "path": path}, receive, send)
    return said


async def a_moment(_: str) -> None:
    for _step in range(5):
        await asyncio.sleep(0)


def test_so_many_at_once_and_in_order() -> None:
    """Of thirty, three are worked at; they begin in the order in which they came, and each is answered."""

    async def run() -> tuple[App, list[list[Message]]]:
        app = App(a_moment)
        turns = Turns(app, at_once=3, patience=60)
        return app, list(await asyncio.gather(*(ask(turns, f"/{n}") for n in range(30))))

    app, said = asyncio.run(run())
    assert (app.most, app.began) == (3, [f"/{n}" for n in range(30)])
    assert all(len(one) == 2 for one in said)


def test_a_caller_who_reads_slowly_holds_no_turn() -> None:
    """What is sent for ever leaves the turn to the next."""

    async def run() -> None:
        never = asyncio.Event()

        async def stalls(path: str) -> None:
            if path == "/slow":
                await never.wait()

        turns = Turns(App(a_moment, stalls), at_once=1, patience=60)
        slow = asyncio.create_task(ask(turns, "/slow"))
        assert len(await asyncio.wait_for(ask(turns, "/next"), 30)) == 2
        assert not slow.done()
        slow.cancel()

    asyncio.run(run())


def test_who_has_waited_long_goes_on() -> None:
    """Two answers that never come take every turn; a third is answered after its patience."""

    async def run() -> None:
        never = asyncio.Event()

        async def hangs(path: str) -> None:
            if path == "/hangs":
                await never.wait()

        turns = Turns(App(hangs), at_once=2, patience=0.05)
        hung = [asyncio.create_task(ask(turns, "/hangs")) for _ in range(2)]
        await asyncio.sleep(0)
        assert len(await asyncio.wait_for(ask(turns, "/third"), 30)) == 2
        for one in hung:
            one.cancel()
        await asyncio.gather(*hung, return_exceptions=True)
        turns._patience = 60.0
        assert len(await asyncio.wait_for(asyncio.gather(*(ask(turns, "/x") for _ in range(4))), 30)) == 4

    asyncio.run(run())


@pytest.mark.parametrize(("method", "path"), [("GET", "/health/ready"), ("GET", "/metrics"), ("POST", "/runs")])
def test_whoever_watches_or_acts_does_not_wait(method: str, path: str) -> None:
    """Health, metrics, and what changes something, while every turn is taken."""

    async def run() -> None:
        never = asyncio.Event()

        async def hangs(at: str) -> None:
            if at == "/hangs":
                await never.wait()

        turns = Turns(App(hangs), at_once=1, patience=3600)
        hung = asyncio.create_task(ask(turns, "/hangs"))
        await asyncio.sleep(0)
        assert len(await asyncio.wait_for(ask(turns, path, method), 30)) == 2
        hung.cancel()

    asyncio.run(run())


def test_a_fault_gives_its_turn_back() -> None:
    """After ten that broke, the eleventh is answered."""

    async def run() -> None:
        async def breaks(path: str) -> None:
            if path == "/breaks":
                raise ValueError(path)

        turns = Turns(App(breaks), at_once=1, patience=3600)
        for _ in range(10):
            with pytest.raises(ValueError, match="breaks"):
                await ask(turns, "/breaks")
        assert len(await asyncio.wait_for(ask(turns, "/works"), 30)) == 2

    asyncio.run(run())
