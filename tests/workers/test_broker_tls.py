"""A broker behind TLS proves who it is, or nothing is sent through it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.servers.process import free_port
from tests.servers.redis_server import redis_program
from tests.simulators.pki import Authority
from workers.app import verifying


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With an authority that knows nothing of the broker; its own comes to stand beside it."""
    made = tmp_path_factory.mktemp("tls")
    Authority(made / "other")
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A broker that speaks TLS alone."""
    server, port, pair = redis_program(), free_port(), Authority(folder / "ours").issue("127.0.0.1")
    assert server
    words = f"--port 0 --tls-port {port} --bind 127.0.0.1 --tls-auth-clients no --save".split()
    files = ["--tls-cert-file", str(pair.cert_file), "--tls-key-file", str(pair.key_file)]
    files += ["--tls-ca-cert-file", str(folder / "ours" / "ca.pem")]
    process = subprocess.Popen([server, *words, "", *files], stdout=subprocess.DEVNULL, cwd=folder)
    try:
        end = time.monotonic() + 30
        with redis.Redis(host="127.0.0.1", port=port, ssl=True, ssl_ca_certs=str(folder / "ours" / "ca.pem")) as client:
            while True:
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    assert process.poll() is None
                    assert time.monotonic() < end
                    time.sleep(0.05)
        yield f"rediss://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(30)


def sent(url: str) -> bool:
    """Whether a message goes through this broker, asked of a process of its own: kombu keeps connections."""
    code = "import sys; from workers.app import publisher; sys.exit(not publisher(sys.argv[1])('judge', 1, 1))"
    return subprocess.run([sys.executable, "-c", code, url], capture_output=True, check=False).returncode == 0


@pytest.mark.needs_redis
def test_a_broker_is_verified_unless_its_url_says_otherwise(address: str, folder: Path) -> None:
    """With the authority that vouches for it a message goes through; with another one, or with the system's, none does.

    Verification ends only where the URL itself says so.
    """
    assert sent(f"{address}?ssl_ca_certs={folder}/ours/ca.pem")
    assert not sent(f"{address}?ssl_ca_certs={folder}/other/ca.pem")
    assert not sent(address)
    assert sent(f"{address}?ssl_cert_reqs=none")


@pytest.mark.parametrize(
    ("said", "used"),
    [
        ("redis://:a%40b@broker:6379/0", "redis://:a%40b@broker:6379/0"),
        ("rediss://:a%40b@broker:6379/0", "rediss://:a%40b@broker:6379/0?ssl_cert_reqs=required"),
        ("rediss://b/1?ssl_ca_certs=/a.pem", "rediss://b/1?ssl_ca_certs=/a.pem&ssl_cert_reqs=required"),
        ("rediss://b/1?ssl_cert_reqs=none", "rediss://b/1?ssl_cert_reqs=none"),
        ("redis+socket:///a?virtual_host=0", "redis+socket:///a?virtual_host=0"),
    ],
)
def test_only_what_was_left_open_is_added(said: str, used: str) -> None:
    """The rest of a URL stays as it is, a quoted password too."""
    assert verifying(said) == used
