"""The service in a process of its own, as `auditor serve` runs it; and the same lists the usual way, beside it.

Beside, under /beside: the tables as they stand, a page by OFFSET and how many there are by count(*), dicts that FastAPI
turns into JSON by itself. Nobody is asked for a session there, and nothing is drawn.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from auditor.api.context import Context
from auditor.api.server import server
from auditor.api.sockets import listening
from auditor.garbage import look_seldom
from auditor.store.engine import Store, open_store
from auditor.web.app import make_site

_SEVERITY = (
    "CASE f.severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END"
)
_STANDS = "FROM finding f JOIN target t ON t.id = f.target JOIN rule r ON r.id = f.rule WHERE f.last IS NULL"
_FINDINGS = f"""SELECT f.id, t.name AS target, r.rule, f.subject, f.status, f.severity {_STANDS} AND f.status = 'fail'
    ORDER BY {_SEVERITY}, f.rule, f.id LIMIT 50 OFFSET :offset"""
_LAST = "(SELECT max(id) FROM run WHERE state = 'done')"
_TARGETS = f"""SELECT t.id, t.name, t.platform, t.source, s.status, s.passed, s.failed, s.unknown, s.waived
    FROM run_target s JOIN target t ON t.id = s.target WHERE s.run = {_LAST} ORDER BY s.failed DESC, t.id
    LIMIT 50 OFFSET :offset"""  # noqa: S608


@dataclass
class Served:
    """A running service."""

    port: int
    pid: int

    def cpu(self) -> float:
        """CPU seconds so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """Peak resident MB."""
        [line] = [one for one in Path(f"/proc/{self.pid}/status").read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) / 1024


def beside(app: FastAPI, store: Store) -> None:
    """Add the usual way to an app."""

    def asked(statement: str, **values: Any) -> list[dict[str, Any]]:
        with store.reading() as connection:
            return [dict(row) for row in connection.execute(text(statement), values).mappings()]

    @app.get("/beside/findings")
    def findings(offset: int = 0) -> dict[str, Any]:
        count = asked(f"SELECT count(*) AS many {_STANDS} AND f.status = 'fail'")
        return {"items": asked(_FINDINGS, offset=offset), "total": count[0]["many"]}

    @app.get("/beside/targets")
    def targets(offset: int = 0) -> dict[str, Any]:
        count = asked(f"SELECT count(*) AS many FROM run_target s WHERE s.run = {_LAST}")  # noqa: S608
        return {"items": asked(_TARGETS, offset=offset), "total": count[0]["many"]}

    @app.get("/beside/rules")
    def rules() -> dict[str, Any]:
        statement = f"SELECT r.rule, f.status, f.severity, count(*) AS many {_STANDS} GROUP BY 1, 2, 3"
        return {"items": asked(statement)}


def main() -> None:
    """Serve the database of the environment; the first line said is the port."""
    look_seldom()  # as in the process that answers
    store = open_store(os.environ["BENCH_DATABASE"])
    app = make_site(Context(store))
    if os.environ.get("BENCH_BESIDE"):
        beside(app, store)
    listener = listening("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads the pipe from here on
    server(app).run(sockets=[listener])


@contextmanager
def serving(url: str, state: Path) -> Iterator[Served]:
    """A service over a database until the end of the block."""
    variables = {**os.environ, "BENCH_DATABASE": url, "BENCH_BESIDE": "1", "AUDITOR_STATE": str(state)}
    root = Path(__file__).parents[1]
    variables["PYTHONPATH"] = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "benchmarks._serving"], stdout=subprocess.PIPE, env=variables, text=True
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        if not said.strip():
            raise SystemExit("the service did not start")
        yield Served(int(said), process.pid)
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
