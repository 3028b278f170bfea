"""What the event loop sees of a collection."""

import asyncio
import threading
from collections.abc import AsyncIterator

from auditor.collectors.vsphere.collect import Collection
from auditor.domain import Capture, Failure, Source

_GRACE = 1.0  # seconds for the thread to put its result together


async def fetch(source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
    """Captures and failures of a vCenter or an ESXi host, after at most `deadline` seconds.

    The work runs on a daemon thread: not on the loop's executor, whose threads hold up the end of the process while a
    name server or a peer does not answer.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    collection = Collection(source, deadline)

    def work() -> None:
        try:
            collection.run()
        finally:
            try:
                loop.call_soon_threadsafe(done.set)
            except RuntimeError:
                pass  # the loop has ended; nobody waits

    threading.Thread(target=work, name=f"vsphere-{source.name}", daemon=True).start()
    try:
        await asyncio.wait_for(done.wait(), deadline + _GRACE)
    except TimeoutError:
        pass  # `result` tells what that means for each target
    finally:
        if not done.is_set():
            collection.cancel()
    for item in collection.result():
        yield item
