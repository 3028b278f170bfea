"""A report that somebody asked for, made beside the service: in a process of its own, one at a time."""

import multiprocessing
import threading
from datetime import datetime
from multiprocessing.process import BaseProcess

import structlog

from auditor.errors import InputError
from auditor.service.making import make
from auditor.store import exports
from auditor.store.engine import Store, open_store

LOOK = 0.5  # seconds between two looks at whether somebody cancelled it
_one_at_a_time, _looking = threading.Lock(), threading.Lock()
_queued: set[tuple[str, int]] = set()  # what a thread of this process waits for, or makes


def make_soon(store: Store, number: int) -> None:
    """See to it that an export is made; returns at once. What dies is made when it is asked for again.

    Whoever asks how far one is that waits for another calls this each time: one thread waits for it, not one for each.
    """
    what = (store.place, number)
    with _looking:
        if what in _queued:
            return
        _queued.add(what)
    threading.Thread(target=_make, args=(store, number), name=f"export {number}", daemon=True).start()


def _make(store: Store, number: int) -> None:
    with _one_at_a_time:
        try:
            with store.writing() as connection:
                lease = exports.claim(connection, number)
            if lease is None:
                return
            url = store.engine.url.render_as_string(hide_password=False)
            spawn = multiprocessing.get_context("spawn")
            child = spawn.Process(target=_in_child, args=(url, number, lease), daemon=True)
            child.start()
            _wait(store, number, child)
            if child.exitcode:
                with store.writing() as connection:
                    exports.fail(connection, number, "making it was cut off; ask again")
        except InputError as problem:
            structlog.get_logger().error("export not made", export=number, reason=problem.what)
        finally:
            with _looking:
                _queued.discard((store.place, number))


def _wait(store: Store, number: int, child: BaseProcess) -> None:
    """Until it has ended; end it when nobody wants it any more."""
    while child.exitcode is None:
        child.join(LOOK)
        with store.reading() as connection:
            wanted = exports.get(connection, number).state == exports.WAITING
        if not wanted and child.exitcode is None:
            child.join(LOOK)  # it may just be saying that it is made
            child.terminate()
            child.join()


def _in_child(url: str, number: int, lease: datetime) -> None:
    store = open_store(url)
    try:
        make(store, number, lease)
    finally:
        store.close()
