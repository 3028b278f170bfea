"""The servers that other tests rely on do what they say: they die, come back, forget and keep secrets."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests.servers.postgres import Postgres
from tests.servers.process import children
from tests.servers.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.needs_postgres
def test_committed_rows_outlive_a_kill_of_every_process() -> None:
    """After SIGKILL of the server and its children, the same URL gives the committed row and not the other."""
    with Postgres() as server:
        url = server.new_database()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (n integer)")
            connection.execute("INSERT INTO t VALUES (1)")
            connection.commit()
            connection.execute("INSERT INTO t VALUES (2)")
            server.kill()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        server.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM t").fetchall() == [(1,)]


@pytest.mark.needs_postgres
def test_a_restart_breaks_connections_and_keeps_the_url(postgres: Postgres, postgres_url: str) -> None:
    """A connection from before a restart is dead; a new one to the same URL is served."""
    with psycopg.connect(postgres_url) as before:
        postgres.restart()
        with pytest.raises(psycopg.OperationalError):
            before.execute("SELECT 1")
    with psycopg.connect(postgres_url) as after:
        assert after.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.needs_postgres
@pytest.mark.parametrize("unix_socket", [False, True])
def test_no_database_without_the_password(postgres: Postgres, *, unix_socket: bool) -> None:
    """Neither over TCP nor over the socket is anybody trusted."""
    url = postgres.url("postgres", unix_socket=unix_socket)
    psycopg.connect(url).close()
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "wrong"))


@pytest.mark.needs_postgres
def test_the_owner_is_no_superuser_and_databases_are_apart(postgres: Postgres) -> None:
    """Tests work with the rights that an installation gives, each in a database of its own, or in a copy."""
    first, second = postgres.new_database(), postgres.new_database()
    with psycopg.connect(first) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        connection.execute("CREATE TABLE t ()")
    copy = postgres.new_database(template=first.rpartition("/")[2])
    for url, expected in [(first, "t"), (second, None), (copy, "t")]:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT to_regclass('t')::text").fetchone() == (expected,)
        postgres.drop_database(url)


@pytest.mark.needs_redis
@pytest.mark.parametrize("appendonly", [False, True])
def test_only_an_append_only_file_outlives_a_kill(*, appendonly: bool) -> None:
    """A key written before SIGKILL is there afterwards exactly when the server keeps an append-only file."""
    with RedisServer(appendonly=appendonly) as server:
        with server.client() as client:
            client.set("key", "value")
        server.kill()
        with server.client() as client, pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        with server.client() as client:
            assert client.get("key") == (b"value" if appendonly else None)


@pytest.mark.needs_redis
@pytest.mark.parametrize("running", [False, True])
def test_wiping_forgets_what_the_file_kept(*, running: bool) -> None:
    """A wiped server has no key, whether it ran or lay dead meanwhile."""
    with RedisServer(appendonly=True) as server:
        with server.client() as client:
            client.set("key", "value")
        if not running:
            server.kill()
        server.wipe()
        server.stop()
        server.start()
        with server.client() as client:
            assert client.dbsize() == 0


@pytest.mark.needs_redis
def test_redis_wants_its_password(redis_server: RedisServer) -> None:
    """Both URLs are served; without the password nobody is."""
    for url in (redis_server.url, redis_server.socket_url):
        with redis.Redis.from_url(url) as client:
            assert client.ping()
    with redis.Redis(port=redis_server.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


@pytest.mark.needs_postgres
@pytest.mark.needs_redis
def test_secrets_are_not_in_command_lines_and_nothing_is_left_behind() -> None:
    """No process shows a password to others, its file is 0600; afterwards no process and no folder is left."""
    with Postgres() as database, RedisServer() as queue:
        folders = [database.folder.path, queue.folder.path]
        processes = [pid for pid in children(os.getpid()) if str(folders[0]) in words(pid) or "redis" in words(pid)]
        assert len(processes) >= 2
        secrets = [url.split(":")[2].split("@")[0] for url in (database.url("x"), queue.url)]
        assert not [pid for pid in processes for secret in secrets if secret in words(pid)]
        configuration = queue.folder.path / "redis.conf"
        assert secrets[1] in configuration.read_text()
        assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o700]
        ours = [pid for pid in processes if str(folders[0]) in words(pid) or str(folders[1]) in words(pid)]
    assert not [pid for pid in ours if Path(f"/proc/{pid}").exists()]
    assert not [folder for folder in folders if folder.exists()]


ABANDONED = """
import sys
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
kept = Postgres(), RedisServer()
print(*(f"{one._process.pid} {one.folder.path}" for one in kept), flush=True)
sys.stdin.read()
"""


@pytest.mark.needs_postgres
@pytest.mark.needs_redis
def test_servers_end_with_tests_that_were_killed() -> None:
    """SIGKILL of whoever started them ends the servers too, and takes their folders away."""
    command = [sys.executable, "-c", ABANDONED]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    first, folder, second, other = process.stdout.readline().split()
    assert "postgres" in words(int(first))
    process.kill()
    process.communicate()
    while words(int(first)) or words(int(second)) or Path(folder).exists() or Path(other).exists():
        time.sleep(0.02)


def words(pid: int) -> str:
    """The command line of a process, "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
