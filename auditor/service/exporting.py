"""A report that somebody asked for, made beside the service: in a process of its own, one at a time."""

import multiprocessing
import tempfile
import threading
from pathlib import Path

import orjson
import structlog

from auditor.access import Reach, Scope
from auditor.errors import AuditorError, InputError
from auditor.reporting import write
from auditor.service.within import document_within
from auditor.store import exports, runs
from auditor.store.engine import Store, open_store

_one_at_a_time = threading.Lock()


def make_soon(store: Store, number: int) -> None:
    """See to it that an export is made; returns at once. What dies is made when it is asked for again."""
    threading.Thread(target=_make, args=(store, number), name=f"export {number}", daemon=True).start()


def _make(store: Store, number: int) -> None:
    with _one_at_a_time:
        try:
            with store.writing() as connection:
                if not exports.claim(connection, number):
                    return
            url = store.engine.url.render_as_string(hide_password=False)
            child = multiprocessing.get_context("spawn").Process(target=_in_child, args=(url, number), daemon=True)
            child.start()
            child.join()
            if child.exitcode:
                with store.writing() as connection:
                    exports.fail(connection, number, "making it was cut off; ask again")
        except InputError as problem:
            structlog.get_logger().error("export not made", export=number, reason=problem.what)


def _in_child(url: str, number: int) -> None:
    store = open_store(url)
    try:
        make_now(store, number)
    finally:
        store.close()


def make_now(store: Store, number: int) -> None:
    """Make a claimed export, and keep it or why it could not be made."""
    with store.reading() as connection:
        row = exports.get(connection, number)
        run = runs.find_run(connection, row.run_name)
    note, content = "", None
    try:
        document = document_within(store, run, reach_in(row.scope))
        with tempfile.TemporaryDirectory(prefix="auditor-export-") as folder:
            made = write(document, [row.format], Path(folder))
            (written,) = (one for one in made if one.format == row.format)
            content, note = written.path.read_bytes() if written.path else None, written.note
    except AuditorError as problem:
        note = str(problem)
    except OSError as problem:
        note = problem.strerror or "there is no room to write it"
    with store.writing() as connection:
        if content is None:
            exports.fail(connection, number, note)
        else:
            exports.keep(connection, number, content, note)


def reach_in(text: str) -> Reach:
    """The reach that stands in an export's row."""
    return Reach.of(Scope(frozenset(one.items())) for one in orjson.loads(text))
