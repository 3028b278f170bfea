"""Other services, by apprise: chat, pagers, phones. Its URLs hold secrets, so they are read when a message goes out.

apprise connects by itself. While it does, each connection is checked at the moment that it is made, by an audit hook of
the interpreter: the address that is judged is the one that is connected to, also behind a redirect. Of an answer it
gets a bounded part.
"""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any

from auditor.errors import InputError
from auditor.notify import secrets
from auditor.notify.addresses import Network, refusal
from auditor.notify.channels import Service
from auditor.notify.messages import Message
from auditor.notify.senders import SendError, Ways
from auditor.notify.senders.answers import bound_answers
from auditor.notify.senders.peers import cut, ended_after

# What has a channel of its own here, and what would leave the message on the service's own desktop or in its logs.
_GENERIC = {"apprise", "apprises", "form", "forms", "json", "jsons", "mailto", "mailtos", "xml", "xmls"}
_LOCAL = {"blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
_MAIL = {"mailto", "mailtos"}
_CONNECTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_EVENTS = _CONNECTS | {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}
_one = threading.Lock()
_sending: "_Watched | None" = None


class _Refused(OSError):
    """What is not allowed while a plug-in sends; an OSError, so that libraries take it for a connection that failed."""


@dataclass(slots=True)
class _Watched:
    """What may be done while a plug-in sends, and what was: `open` has a descriptor of each connection.

    It binds the thread that sends and every thread that was not there before: `others` go about their own business.
    """

    allowed: tuple[Network, ...]
    others: frozenset[threading.Thread]
    refused: str = ""
    open: list[int] = field(default_factory=list)

    def cut(self) -> None:
        """End its connections, from another thread."""
        for descriptor in self.open:
            with socket.socket(fileno=os.dup(descriptor)) as one:
                cut(one)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    watched = _sending
    if watched is None or event not in _EVENTS or threading.current_thread() in watched.others:
        return
    if event not in _CONNECTS:  # a process of its own, where nobody would watch it
        watched.refused = "another process"
        raise _Refused("refused: another process")
    address = arguments[1] if len(arguments) > 1 else None
    if event == "socket.sendmsg" and address is None:  # to whom it is connected
        return
    host = address[0] if isinstance(address, tuple) and address else None
    try:
        why = refusal(ip_address(str(host).partition("%")[0]), watched.allowed)
    except ValueError:  # a name that nobody judged, or no address of the internet
        why = "no address"
    if why:
        watched.refused = why
        raise _Refused(f"refused: {why}")
    watched.open.append(os.dup(arguments[0].fileno()))


@cache
def _watching() -> None:
    """Begin to watch, once in a process: an audit hook stays."""
    sys.addaudithook(_watch)
    bound_answers(_bound)


def _bound() -> bool:
    """Whether who asks is being watched."""
    return _sending is not None and threading.current_thread() not in _sending.others


def notify(channel: Service, message: Message, ways: Ways) -> None:
    """Send it. Raises SendError, InputError."""
    plugin = _plugin(secrets.read(channel.url).strip(), channel.url)
    _watching()
    with _one, _watched(ways.allowed) as watched:
        try:
            sent = plugin.notify(body=message.text, title=message.subject, body_format="text")
        except Exception as problem:  # whatever one of two hundred plugins raises; its words may hold its URL
            raise SendError(f"the service was not told ({type(problem).__name__})") from None
    if watched.refused:
        raise SendError(f"the service leads to {watched.refused}, which notify_networks does not allow")
    if not sent:
        raise SendError("the service did not take it")


@contextmanager
def _watched(allowed: tuple[Network, ...]) -> Iterator[_Watched]:
    """Watch what this thread, and those that it begins, do in the block."""
    global _sending
    made = _Watched(allowed, frozenset(threading.enumerate()) - {threading.current_thread()})
    with ended_after(made.cut):
        _sending = made
        try:
            yield made
        finally:
            _sending = None
            for descriptor in made.open:
                os.close(descriptor)


def _plugin(url: str, where: str) -> Any:
    import logging

    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it may log parts of its URLs
    scheme = url.partition("://")[0].lower()
    if scheme in _GENERIC | _LOCAL:
        instead = "--email" if scheme in _MAIL else "--webhook"
        raise InputError(
            f"{scheme}:// is not sent through apprise", where=where, mend=f"Make a channel with {instead}."
        )
    asset = apprise.AppriseAsset(http_redirects=False, secure_logging=True, async_mode=False)
    try:
        plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    except Exception:
        plugin = None
    if plugin is None:
        raise InputError("this is no URL that apprise knows", where=where, mend="apprise's documentation lists them.")
    if not plugin.verify_certificate:
        raise InputError("verify=no turns the peer's verification off", where=where, mend="Leave it out.")
    if scheme in _schemes(plugin.protocol) and scheme not in _schemes(plugin.secure_protocol):
        safe = next(iter(sorted(_schemes(plugin.secure_protocol))), "")
        mend = f"Write {safe}://." if safe else "Choose another service."
        raise InputError(f"{scheme}:// sends in plain text", where=where, mend=mend)
    plugin.redirects = False
    return plugin


def _schemes(said: Any) -> set[str]:
    return {said} if isinstance(said, str) else set(said or ())
