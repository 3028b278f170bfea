"""A source that cannot be read, as an exception until `fetch` turns it into a Failure."""

import socket

import asyncssh

from auditor.collectors.said import said


class Trouble(Exception):
    """`kind` is one of domain.Failure's; the message is a sentence a person can act on."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind, self.reason = kind, said(reason)
        super().__init__(self.reason)


def _theirs(reason: str) -> str:
    """What the other side offered, out of a message that begins with the long list of what we sent."""
    head, found, received = reason.partition(" and received ")
    return f"it offers {received[:200]}" if found else head[:200]


def trouble_of(problem: Exception, where: str) -> Trouble:
    """What an error of connecting or talking means. `where` is the address for the message."""
    match problem:
        case Trouble():
            return problem
        case asyncssh.HostKeyNotVerifiable():
            return Trouble(
                "untrusted",
                f"the host key of {where} is not the one in known_hosts: the device was replaced, its key was made "
                "anew, or another machine answers. Compare the fingerprint on the console before replacing the entry.",
            )
        case asyncssh.PermissionDenied():
            return Trouble("refused", f"{where} refused the login: check user name, password or key")
        case asyncssh.KeyExchangeFailed():
            return Trouble(
                "untrusted",
                f"{where} offers no accepted SSH algorithm ({_theirs(problem.reason)}). If it is an old release "
                "that cannot do better, set `legacy_algorithms: true` for this source; the report will say so.",
            )
        case socket.gaierror():
            return Trouble("unreachable", f"the name {where} cannot be resolved")
        case ConnectionRefusedError():
            return Trouble("unreachable", f"{where} refuses connections: is SSH on, and is the port right?")
        case TimeoutError():
            return Trouble("timeout", f"{where} did not answer in time")
        case BrokenPipeError() | ConnectionResetError():
            return Trouble("lost", f"the connection to {where} broke")
        case asyncssh.Error():
            return Trouble("lost", f"the SSH connection to {where} broke: {problem.reason}")
        case OSError():
            return Trouble("unreachable", f"{where} cannot be reached: {problem.strerror or type(problem).__name__}")
        case _:
            return Trouble("unreadable", f"{where}: {type(problem).__name__}: {str(problem)[:160]}")
