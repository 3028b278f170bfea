"""The children of `auditor serve`: one answers over HTTP, one keeps the schedules, the others audit."""

import socket
import threading
from typing import Any

from workers.child import main


def answer(told: dict[str, Any], stop: threading.Event) -> None:
    """Answer over HTTP on the socket that the parent listens on."""
    from auditor.api.app import make_app
    from auditor.api.context import Context
    from auditor.api.server import server
    from auditor.store.engine import Store, make_engine

    store = Store(make_engine(told["database"]))  # opened by whoever asks: a database that is away now may come back
    running = server(make_app(Context(store, told["broker"])))

    def end() -> None:
        stop.wait()
        running.should_exit = True

    threading.Thread(target=end, name="stop", daemon=True).start()
    running.run(sockets=[socket.socket(fileno=told["listener"])])


if __name__ == "__main__":
    main({"api": answer})
