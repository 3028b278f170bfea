"""A render shard: one format of a run's report, kept as it was first written."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from auditor.reporting import write
from auditor.service.stored import document_of
from auditor.service.worker import persist
from auditor.store import phases, reports
from auditor.store.engine import Store
from auditor.store.shards import Claim


def render_report(store: Store, claim: Claim, fence: Callable[[Connection], None]) -> None:
    """Write the shard's format and keep it. A format that this machine cannot make is kept as a note.

    Raises InputError when the run has no result, OSError when there is no room to write, and what `fence` raises.
    """
    run, form = claim.key.run, str(claim.items["format"])
    with store.reading() as connection:
        name = phases.run_row(connection, run).name
    with tempfile.TemporaryDirectory(prefix="auditor-report-") as folder:
        (written,) = (one for one in write(document_of(store, name), [form], Path(folder)) if one.format == form)
        content = written.path.read_bytes() if written.path else None

    def keep(connection: Connection) -> None:
        fence(connection)
        reports.put_report(connection, run, form, content, written.note)

    persist(store, keep)
