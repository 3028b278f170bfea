"""A Redis or Valkey server of our own: TCP on loopback and a unix socket, with a password."""

import secrets
import subprocess
from types import TracebackType
from typing import Self

import redis

from tests.conftest import program
from tests.servers.process import PATIENCE, NotStartedError, ServerFolder, free_port, kill_tree, wait_until


def redis_program() -> str | None:
    """The server that is installed: Valkey's, else Redis'."""
    return program("valkey-server") or program("redis-server")


class RedisServer:
    """One server. Without `appendonly` it keeps nothing over a kill or a stop; with it, every write is kept."""

    def __init__(self, *, appendonly: bool = False) -> None:
        server = redis_program()
        if server is None:
            raise NotStartedError("Redis and Valkey are missing; apt-get install redis-server")
        self._server, self._password = server, secrets.token_urlsafe(24)
        self.folder, self.port = ServerFolder("redis"), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        socket = self.folder.path / "socket"
        self.url = f"redis://:{self._password}@127.0.0.1:{self.port}/0"
        self.socket_url = f"unix://:{self._password}@{socket}?db=0"
        self.celery_socket_url = f"redis+socket://:{self._password}@{socket}?virtual_host=0"
        kept = "appendonly yes\nappendfsync always\n" if appendonly else "appendonly no\n"
        self._configuration = self.folder.write_secret(
            "redis.conf",
            f"bind 127.0.0.1\nport {self.port}\nunixsocket {socket}\nunixsocketperm 777\nrequirepass {self._password}\n"
            f'dir {self.folder.path}\nsave ""\ndaemonize no\n{kept}',
        )
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def client(self) -> "redis.Redis":
        """A client; close it, or use it in a `with` block."""
        return redis.Redis(host="127.0.0.1", port=self.port, password=self._password, socket_timeout=PATIENCE)

    def start(self) -> None:
        """Start it, and return when it answers."""
        if self._process is not None:
            return
        process = self._process = self.folder.begin([self._server, str(self._configuration)])
        wait_until(self._answers, process, self.folder, "Redis")

    def stop(self) -> None:
        """End it in order, and return when it has ended."""
        if (process := self._process) is not None:
            self.folder.ends()
            process.terminate()
            process.wait(PATIENCE)
            self._process = None

    def kill(self) -> None:
        """SIGKILL it."""
        if self._process is not None:
            self.folder.ends()
            kill_tree(self._process)
            self._process = None

    def wipe(self) -> None:
        """Forget all keys: of the running server, or in the files of one that does not run."""
        if self._process is not None:
            with self.client() as client:
                client.flushall()
            return
        for path in self.folder.path.glob("appendonlydir/*"):
            path.unlink()
        for path in [*self.folder.path.glob("*.aof"), *self.folder.path.glob("*.rdb")]:
            path.unlink()

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
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
