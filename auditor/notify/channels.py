"""Channels: ways to somebody. What is stored of one holds no secret, only where each of its secrets stands. Pure."""

import re
from collections.abc import Mapping
from email.headerregistry import Address
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from auditor.errors import InputError
from auditor.notify.secrets import PREFIX, is_reference
from auditor.notify.subscriptions import Part

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?", re.ASCII)


def _reference(value: str) -> str:
    if not is_reference(value):
        raise ValueError(f"a secret is named, never written down: env:{PREFIX}NAME or file:/PATH")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("this is no name or address of a host")
    return value.strip("[]")


def _mailbox(value: str) -> str:
    try:
        address = Address(addr_spec=value)
    except Exception:  # whatever email's parser raises for hostile text, and that is much
        raise ValueError("this is no mail address such as audits@example.org") from None
    if not (value.isascii() and value.isprintable()) or address.addr_spec != value or not address.domain:
        raise ValueError("this is no mail address such as audits@example.org")
    return value


def _path(value: str) -> str:
    if not (value.isprintable() and PurePosixPath(value).is_absolute()):
        raise ValueError("give the whole path")
    return value


def _url(value: str) -> str:
    """A URL without anything secret in it, or where one stands."""
    return value if is_reference(value) else checked_url(value, stored=True)


Reference = Annotated[str, AfterValidator(_reference)]
Host = Annotated[str, AfterValidator(_host)]
Mailbox = Annotated[str, Field(max_length=254), AfterValidator(_mailbox)]
Path = Annotated[str, Field(max_length=1000), AfterValidator(_path)]


class Email(Part):
    """Mail through a server. `tls` is from the first byte, `starttls` before anything is said; both are verified.

    `none` is for a relay on this machine, and takes no password.
    """

    kind: Literal["email"] = "email"
    host: Host
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None  # instead of the system's authorities
    username: Annotated[str, Field(max_length=200)] = ""
    password: Reference | None = None
    sender: Mailbox
    to: Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=50)]


class Webhook(Part):
    """JSON by POST, signed. `url` holds no secret, or is a reference; `secret` is the key of the signature."""

    kind: Literal["webhook"] = "webhook"
    url: Annotated[str, Field(max_length=2000), AfterValidator(_url)]
    secret: Reference
    ca_file: Path | None = None


class Service(Part):
    """Another service, by a URL of apprise. Such a URL holds its secrets, so only where it stands is kept."""

    kind: Literal["apprise"] = "apprise"
    url: Reference


Channel = Email | Webhook | Service
_ADAPTER: TypeAdapter[Channel] = TypeAdapter(Annotated[Channel, Field(discriminator="kind")])


def checked_url(url: str, *, stored: bool = False) -> str:
    """The URL of a webhook. `stored`: it may hold nothing that could be secret. Raises ValueError, without the URL."""
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise ValueError("a URL has no blanks, backslashes or characters beyond ASCII")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("this URL cannot be read") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise ValueError("a webhook's URL begins with https:// and a host")
    _host(parts.hostname)
    if "@" in parts.netloc or parts.fragment:
        raise ValueError("a webhook's URL has neither user nor fragment")
    if stored and parts.query:
        raise ValueError("a URL with a query may hold a secret: put it into a file and name it, file:/PATH")
    return url


def checked_name(name: str) -> str:
    """The name of a channel. Raises InputError."""
    if not NAME.fullmatch(name):
        mend = "Use letters, digits, dots, dashes and underscores, 100 at most."
        raise InputError(f"{name[:60]!r} is no name of a channel", mend=mend)
    return name


def checked_channel(data: Mapping[str, Any]) -> Channel:
    """The channel that plain data means. Raises InputError naming the first wrong field, without its value."""
    try:
        made = _ADAPTER.validate_python(dict(data))
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or "kind"
        why = str(first["msg"]).removeprefix("Value error, ")
        raise InputError(f"{field}: {why}", mend="Correct it.") from None
    if isinstance(made, Email):
        if made.security == "none" and made.password:
            raise InputError("password: it would pass the network in plain text", mend="Use starttls or tls.")
        if bool(made.username) != bool(made.password):
            raise InputError("username and password are given together, or not at all", mend="Add or leave out one.")
    return made


def shown(channel: Channel) -> str:
    """Where a channel leads, for people: no path of a URL, for it may hold a token."""
    if isinstance(channel, Email):
        return f"{', '.join(channel.to)} through {channel.host}:{channel.port} ({channel.security})"
    if is_reference(channel.url):
        return channel.url
    parts = urlsplit(channel.url)
    return f"{parts.scheme}://{parts.netloc}" + ("/…" if parts.path.strip("/") else "")
