"""Where the app listens. Without what the app itself needs, so that the parent of a service stays small."""

import socket

from auditor.errors import InputError

BACKLOG = 128  # callers that may wait to be let in


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there, to be handed to `server`. Raises InputError when it cannot."""
    mend = "Choose another with --port, or end what listens there."
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise InputError(f"there is no address {host!r}", mend="Name one with --host, for example 127.0.0.1.") from None
    listener = socket.socket(family, kind, number)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        why = (problem.strerror or str(problem)).lower()
        raise InputError(f"cannot listen on {host} port {port}: {why}", mend=mend) from None
    return listener


def address_of(listener: socket.socket) -> str:
    """The URL that a listening socket is reached by."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
