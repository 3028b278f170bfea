"""Readers: some connections that ask for pages without pause, each for the next of its list."""

import http.client
import itertools
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks._serving import Served

HEADERS = {"Accept": "text/html,*/*", "Host": "127.0.0.1"}


@dataclass
class Asked:
    """What came of asking: milliseconds of each answer, and what else there is to tell of them."""

    first: float = 0.0  # ms of the very first, alone
    times: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0  # seconds of the server
    size: int = 0  # bytes of the first answer

    def share(self, part: float) -> float:
        """A percentile, in ms."""
        return statistics.quantiles(self.times, n=100, method="inclusive")[round(part * 100) - 1]


class Connection:
    """One connection that stays open as long as the server lets it."""

    def __init__(self, port: int, cookie: str) -> None:
        self._open = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {**HEADERS, "Cookie": f"auditor_session={cookie}"}

    def get(self, path: str) -> bytes:
        """The body of a page. Raises SystemExit for an answer that is none."""
        for last in (False, True):
            try:
                self._open.request("GET", path, headers=self._headers)
                answer = self._open.getresponse()
                body = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):  # it had been idle for too long
                self._open.close()
                if last:
                    raise
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
        return body


def ask(served: Served, cookie: str, paths: Sequence[str], clients: int, seconds: float) -> Asked:
    """Ask for these, in turn, from so many connections for so long."""
    asked, turns, lock = Asked(), itertools.cycle(paths), threading.Lock()
    begun = time.perf_counter()
    asked.size = len(Connection(served.port, cookie).get(paths[0]))
    asked.first = 1000 * (time.perf_counter() - begun)
    end, faults = time.perf_counter() + seconds, list[str]()

    def one() -> None:
        connection, own = Connection(served.port, cookie), list[float]()
        try:
            while (start := time.perf_counter()) < end or not own:
                with lock:
                    path = next(turns)
                connection.get(path)
                own.append(1000 * (time.perf_counter() - start))
        except (SystemExit, OSError) as fault:
            faults.append(repr(fault))
        with lock:
            asked.times += own

    cpu, begun = served.cpu(), time.perf_counter()
    threads = [threading.Thread(target=one) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked.wall, asked.cpu = time.perf_counter() - begun, served.cpu() - cpu
    if faults:
        raise SystemExit(faults[0])
    return asked
