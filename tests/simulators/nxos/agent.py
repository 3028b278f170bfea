"""net-snmp's snmpd as the agent of a switch: a version 3 user with random keys, and a default community when asked."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SNMPD = shutil.which("snmpd") or next((path for path in ("/usr/sbin/snmpd",) if os.path.exists(path)), None)


@dataclass
class Agent:
    """How to reach the agent."""

    port: int
    username: str = "audit"
    auth_key: str = field(default_factory=lambda: secrets.token_hex(12))
    priv_key: str = field(default_factory=lambda: secrets.token_hex(12))
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End the agent; nothing answers afterwards."""
        if self.process:
            self.process.terminate()
            self.process.wait(10)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def snmpd(folder: Path, *, community: str = "", unprotected: bool = False) -> Iterator[Agent]:
    """Run snmpd on a free loopback port. Its keys stand in a private file, never in its arguments.

    `unprotected` lets its user ask without authentication. The file `snmpd/log` names each request that came, decoded.
    """
    assert SNMPD is not None
    agent = Agent(_free_port())
    state = folder / "snmpd"
    state.mkdir(mode=0o700)
    config = state / "snmpd.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"createUser {agent.username} SHA {agent.auth_key} AES {agent.priv_key}\n"
        f"rouser {agent.username} {'noauth' if unprotected else 'authPriv'}\n"
        "sysDescr Cisco NX-OS(tm) n1000v, Software (synthetic), Version 5.2(1)SV3(4.1)\n"
        "sysObjectID .1.3.6.1.4.1.9.12.3.1.3.840\n" + (f"rocommunity {community} 127.0.0.1\n" if community else "")
    )
    command = [
        SNMPD,
        "-f",
        "-Lf",
        str(state / "log"),
        "-Ddumpv_recv",
        "-C",
        "-c",
        str(config),
        "-p",
        str(state / "pid"),
        f"udp:127.0.0.1:{agent.port}",
    ]
    agent.process = subprocess.Popen(command, env={**os.environ, "SNMP_PERSISTENT_DIR": str(state), "MIBS": ""})
    try:
        for _ in range(100):
            if (
                agent.process.poll() is not None or "NET-SNMP version" in (state / "log").read_text()
                if (state / "log").exists()
                else False
            ):
                break
            time.sleep(0.05)
        assert agent.process.poll() is None, (state / "log").read_text()
        yield agent
    finally:
        agent.stop()
