"""Throw-away SSH keys, made by OpenSSH itself."""

import subprocess
from pathlib import Path


def make_key(path: Path) -> Path:
    """A new ed25519 key pair at `path` and `path`.pub."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def known_hosts(path: Path, address: str, port: int, public_key: Path) -> Path:
    """A known_hosts file with one host in it."""
    name = address if port == 22 else f"[{address}]:{port}"
    kind, key = public_key.read_text().split()[:2]
    path.write_text(f"{name} {kind} {key}\n")
    return path
