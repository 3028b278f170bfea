"""The other side of `nights`: one row for each finding of each night, written by the fastest way each database has.

Bodies are kept once, as on our side, and found by a memo that never forgets: no lookup at all. There are no foreign
keys, no unique findings, no snapshots; only the two indexes that the questions need.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import zstandard
from sqlalchemy import Connection, text

from auditor.evidence.captures import canonical
from auditor.store.engine import Store
from auditor.store.history import TargetResult, moment_of

TABLES = """
CREATE TABLE a_body (id BIGINT PRIMARY KEY, sha256 {bytes} NOT NULL UNIQUE, size BIGINT NOT NULL,
                     data {bytes} NOT NULL);
CREATE TABLE a_target (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE a_rule (id BIGINT PRIMARY KEY, rule TEXT NOT NULL UNIQUE);
CREATE TABLE a_night (run BIGINT NOT NULL, target BIGINT NOT NULL, moment BIGINT NOT NULL, PRIMARY KEY (run, target));
CREATE INDEX a_night_moment ON a_night (target, moment);
CREATE TABLE a_finding (run BIGINT NOT NULL, target BIGINT NOT NULL, rule BIGINT NOT NULL, subject TEXT NOT NULL,
                        status TEXT NOT NULL, severity TEXT NOT NULL, body BIGINT NOT NULL);
CREATE INDEX a_finding_status ON a_finding (run, status);
CREATE INDEX a_finding_target ON a_finding (target, run);
"""
COLUMNS = {
    "a_body": "id, sha256, size, data",
    "a_target": "id, name",
    "a_rule": "id, rule",
    "a_night": "run, target, moment",
    "a_finding": "run, target, rule, subject, status, severity, body",
}
NAMED = "FROM a_finding f JOIN a_target t ON t.id = f.target JOIN a_rule r ON r.id = f.rule"


class Rows:
    """A database with one row for each finding of each night."""

    def __init__(self, store: Store) -> None:
        self.store, self.bodies = store, dict[bytes, int]()
        self.targets, self.rules = dict[str, int](), dict[str, int]()
        self.packer = zstandard.ZstdCompressor(level=3)
        with store.writing() as connection:
            for statement in TABLES.format(bytes="BLOB" if store.is_sqlite else "BYTEA").split(";"):
                if statement.strip():
                    connection.exec_driver_sql(statement)

    def write(self, connection: Connection, run: int, results: Sequence[TargetResult]) -> None:
        """The findings of some targets of a run."""
        fresh: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}

        def number(known: dict[Any, int], key: Any, table: str, *rest: Any) -> int:
            if (ident := known.get(key)) is None:
                ident = known[key] = len(known) + 1
                fresh[table].append((ident, key, *rest))
            return ident

        for one in results:
            target = number(self.targets, one.name, "a_target")
            fresh["a_night"].append((run, target, moment_of(one.at)))
            for v in one.verdicts:
                content = canonical(v.body)
                sha = hashlib.sha256(content).digest()
                if (body := self.bodies.get(sha)) is None:
                    body = number(self.bodies, sha, "a_body", len(content), self.packer.compress(content))
                rule = number(self.rules, v.rule, "a_rule")
                fresh["a_finding"].append((run, target, rule, v.subject or "", v.status, v.severity, body))
        for table, rows in fresh.items():
            if rows:
                self._put(connection, table, rows)

    def _put(self, connection: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
        columns = COLUMNS[table]
        if self.store.is_sqlite:
            places = ", ".join("?" * len(rows[0]))
            connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608
            return
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def failing(self, connection: Connection, run: int) -> list[Any]:
        """(target, rule, subject, severity) of each failure of a run."""
        query = f"SELECT t.name, r.rule, f.subject, f.severity {NAMED} WHERE f.run = :run AND f.status = 'fail'"
        return [tuple(row) for row in connection.execute(text(query), {"run": run})]

    def history(self, connection: Connection, name: str) -> list[Any]:
        """(rule, subject, status, first run, last run) of one target, folded from its rows."""
        query = (
            f"SELECT r.rule, f.subject, f.status, f.severity, f.body, f.run {NAMED} "
            "WHERE t.name = :name ORDER BY r.rule, f.subject, f.run"
        )
        folded: list[Any] = []
        for rule, subject, *value, run in connection.execute(text(query), {"name": name}):
            if folded and folded[-1][0] == (rule, subject, *value) and folded[-1][2] == run - 1:
                folded[-1][2] = run
            else:
                folded.append([(rule, subject, *value), run, run])
        return [(key[0], key[1], key[2], first, last) for key, first, last in folded]

    def state(self, connection: Connection, moment: int) -> list[Any]:
        """(target, rule, subject, status) of everything, as each target was seen last by then."""
        query = f"""SELECT t.name, r.rule, f.subject, f.status {NAMED} JOIN
            (SELECT target, max(run) AS run FROM a_night WHERE moment <= :moment GROUP BY target) n
            ON n.target = f.target AND n.run = f.run"""  # noqa: S608
        return [tuple(row) for row in connection.execute(text(query), {"moment": moment})]
