"""What a test holds of a running simulator, whichever of the two it is."""

import json
import ssl
import subprocess
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Sim:
    """A simulator that serves now. `ca_file` verifies it; `leaf_file` is its own certificate, to be pinned."""

    url: str
    host: str
    port: int
    ca_file: Path | None
    leaf_file: Path | None
    username: str
    password: str = field(repr=False)
    ask: Callable[[dict[str, Any]], dict[str, Any]] = field(repr=False)
    end: Callable[[bool], None] = field(repr=False)
    pid: int | None = None

    def context(self) -> ssl.SSLContext | None:
        """A verifying TLS context for this peer; None when it speaks plain HTTP."""
        return ssl.create_default_context(cafile=str(self.ca_file)) if self.ca_file else None

    def control(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Do what SOAP cannot: faults, host states, hidden options. README.md lists the actions; raises ValueError."""
        answer = self.ask({"action": action, **arguments})
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer

    def stop(self) -> None:
        """End it and wait for it; may be called twice."""
        self.end(False)

    def kill(self) -> None:
        """End it at once, as a power cut would: connections are reset; may be called twice."""
        self.end(True)


def ask_over_http(control_url: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that posts one action to the loopback control channel and returns its JSON answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(action: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(control_url, json.dumps(action).encode(), method="POST")  # noqa: S310 (loopback)
        with opener.open(request, timeout=30) as response:
            answer: dict[str, Any] = json.loads(response.read())
        return answer

    return ask


def end_process(process: subprocess.Popen[str]) -> Callable[[bool], None]:
    """A function that ends exactly this process: politely, or at once."""

    def end(at_once: bool) -> None:
        if process.poll() is None:
            process.kill() if at_once else process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    return end
