"""To whom a name leads: looked up once, judged, and connected to by the very address that was judged."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from auditor.errors import InputError
from auditor.notify.addresses import Network, refusal
from auditor.notify.senders import DEADLINE, TIMEOUT, SendError


def addresses_of(host: str, port: int, allowed: tuple[Network, ...]) -> list[str]:
    """The addresses of a host, all of them allowed. Raises SendError: one that is not allowed spoils all."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SendError("its name is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if why := refusal(address, allowed):
            raise SendError(f"its name leads to {why}, which notify_networks does not allow")
    return addresses


def connected(addresses: list[str], port: int) -> socket.socket:
    """A connection to the first that answers. Raises SendError."""
    for address in addresses:
        try:
            return socket.create_connection((address, port), TIMEOUT)
        except OSError:
            continue
    raise SendError("nobody answers")


def verifying(ca_file: str | None) -> ssl.SSLContext:
    """TLS that verifies the peer by the system's authorities, or those of a file alone. Raises InputError."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise InputError("the authorities cannot be read", where=ca_file or "", mend="Correct ca_file.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def ended_after(cut: Callable[[], None], seconds: float | None = None) -> Iterator[None]:
    """Call `cut` when the block takes longer: a peer may answer byte by byte, each within its time."""
    timer = threading.Timer(DEADLINE if seconds is None else seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cut(connection: socket.socket | None) -> None:
    """End a connection from another thread."""
    if connection is not None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
