"""Throw-away SSH keys in OpenSSH's own format."""

from pathlib import Path

import asyncssh


def make_key(path: Path) -> Path:
    """A new ed25519 key pair at `path` and `path`.pub."""
    made = asyncssh.generate_private_key("ssh-ed25519")
    path.touch(mode=0o600)
    made.write_private_key(str(path))
    made.write_public_key(f"{path}.pub")
    return path


def known_hosts(path: Path, address: str, port: int, public_key: Path) -> Path:
    """A known_hosts file with one host in it."""
    name = address if port == 22 else f"[{address}]:{port}"
    kind, key = public_key.read_text().split()[:2]
    path.write_text(f"{name} {kind} {key}\n")
    return path
