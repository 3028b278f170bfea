"""OpenSSH's sshd on loopback, on a free port, with keys of its own: a real server before the machine of the tests."""

import getpass
import os
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.conftest import program
from tests.simulators.linux.keys import known_hosts, make_key


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PlainSshd:
    """One sshd, ended with the `with` block. `extra` are further lines of its sshd_config."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.folder, self.port, self.username = folder, free_port(), getpass.getuser()
        self.key, host_key = make_key(folder / "user"), make_key(folder / "host")
        self.known_hosts = known_hosts(folder / "known_hosts", "127.0.0.1", self.port, Path(f"{host_key}.pub"))
        self._config = folder / "sshd_config"
        self._config.write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {host_key}\nAuthorizedKeysFile {self.key}.pub\n"
            f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            f"PermitRootLogin yes\n{extra}"
        )

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd gives up its rights there
        server = program("sshd")
        assert server
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen([server, "-D", "-e", "-f", str(self._config)], stderr=log)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError("sshd did not listen: " + (self.folder / "log").read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
