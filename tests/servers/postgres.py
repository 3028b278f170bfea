"""A PostgreSQL cluster of our own: TCP on loopback and a unix socket, both with SCRAM passwords."""

import base64
import hashlib
import hmac
import itertools
import os
import secrets
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import LiteralString, Self

import psycopg
from psycopg import sql

from tests.conftest import program
from tests.servers.process import PATIENCE, NotStartedError, ServerFolder, free_port, kill_tree, wait_until

OWNER = "auditor"
ADMINISTRATOR = "administrator"


def postgres_programs() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest release installed; None where there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _number(path.parent.name))
    found = program("initdb")
    for folder in [*reversed(versions), *([Path(found).resolve().parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _number(version: str) -> float:
    try:
        return float(version)
    except ValueError:
        return 0.0


def _verifier(password: str) -> str:
    """What the server keeps of a password (RFC 5803): one round, for a random one of 24 bytes needs no more.

    A client works as many rounds at every connection; PostgreSQL's 4,096 are milliseconds each time.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    seen = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(one).decode() for one in (salt, stored, seen)]
    return f"SCRAM-SHA-256$1:{text[0]}${text[1]}:{text[2]}"


class Postgres:
    """One cluster. Its tests connect as a role that owns its databases and is no superuser.

    `durable` turns fsync on, on a real disk, for a benchmark. A kill of its processes loses no commit either way, only
    a loss of power would.
    """

    def __init__(self, *, durable: bool = False) -> None:
        programs = postgres_programs()
        if programs is None:
            raise NotStartedError("PostgreSQL is missing; apt-get install postgresql")
        self._programs, self._numbers = programs, itertools.count(1)
        self._template: str | None = None  # the name of a database with tables, once somebody wanted one
        self.folder, self.port = ServerFolder("pg", on_disk=durable), free_port()
        self._password, self._administrators_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._make(durable=durable)
            self.start()
            with self.administrator() as connection:
                for statement, role, password in (
                    ("CREATE ROLE {} LOGIN PASSWORD {}", OWNER, self._password),
                    ("ALTER ROLE {} PASSWORD {}", ADMINISTRATOR, self._administrators_password),
                ):
                    made = sql.SQL(statement).format(sql.Identifier(role), sql.Literal(_verifier(password)))
                    connection.execute(made)
        except BaseException:
            self.close()
            raise

    def _make(self, *, durable: bool) -> None:
        data = self.folder.path / "data"
        password = self.folder.write_secret("password", self._administrators_password + "\n")
        initdb = [str(self._programs / "initdb"), "--pgdata", str(data), "--username", ADMINISTRATOR]
        initdb += ["--pwfile", str(password), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"]
        self.folder.run([*initdb, "--no-sync"])
        password.unlink()
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\n"
                f"unix_socket_directories = '{self.folder.path}'\nunix_socket_permissions = 0777\n"
                "shared_buffers = 32MB\nmax_connections = 100\nlog_statement = none\n"
                "dynamic_shared_memory_type = mmap\n"  # in its folder: other kinds stay behind when it is killed
            )
            if not durable:
                configuration.write("fsync = off\nfull_page_writes = off\nmin_wal_size = 32MB\nmax_wal_size = 128MB\n")

    def url(self, database: str, *, unix_socket: bool = False) -> str:
        """The URL of a database, with the password of its owner."""
        if unix_socket:
            return f"postgresql://{OWNER}:{self._password}@/{database}?host={self.folder.path}&port={self.port}"
        return f"postgresql://{OWNER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of another one that nobody is connected to."""
        name = f"test_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} {}")
        with self.administrator() as connection:
            # the cheaper of two ways in memory, where these servers are; older ones know no other
            how = sql.SQL("STRATEGY file_copy" if connection.info.server_version >= 150000 else "")
            connection.execute(statement.format(*map(sql.Identifier, (name, OWNER, template)), how))
        return self.url(name)

    def new_database_with_tables(self) -> str:
        """The URL of a new database with the tables of this release, a copy of one that was migrated."""
        if self._template is None:
            from tests.servers.tables import store_with_tables

            url = self.new_database()
            store_with_tables(url).close()  # nobody may be connected to what is copied
            self._template = url.rpartition("/")[2]
        return self.new_database(self._template)

    def drop_database(self, url: str) -> None:
        """Take a database away, and disconnect whoever still uses it."""
        name = url.rpartition("/")[2]
        with self.administrator() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def administrator(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the superuser, each statement committed at once."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMINISTRATOR,
            password=self._administrators_password,
            dbname=database,
            autocommit=True,
        )

    def ask(self, question: LiteralString, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows that the superuser is answered."""
        with self.administrator(database) as connection:
            return connection.execute(question).fetchall()

    def start(self) -> None:
        """Start it, and return when it answers."""
        if self._process is not None:
            return
        command = [str(self._programs / "postgres"), "-D", str(self.folder.path / "data")]
        process = self._process = self.folder.begin(command)
        wait_until(self._answers, process, self.folder, "PostgreSQL")

    def stop(self) -> None:
        """Shut it down, disconnecting everybody ("fast"), and return when it has ended."""
        if (process := self._process) is not None:
            self.folder.ends()
            os.kill(process.pid, signal.SIGINT)
            process.wait(PATIENCE)
            self._process = None

    def restart(self) -> None:
        """Stop and start: every connection breaks, data and URLs stay."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """SIGKILL it and all its children; `start` then recovers from its log."""
        if self._process is not None:
            self.folder.ends()
            kill_tree(self._process)
            self._process = None

    def close(self) -> None:
        """End it and remove its folder."""
        try:
            self.kill()
        finally:
            self.folder.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answers(self) -> bool:
        try:
            self.administrator().close()
        except psycopg.OperationalError:
            return False
        return True
