"""How callers come in: directly on this machine, or through a proxy that speaks TLS, and what is believed of them."""

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request

from auditor.errors import InputError
from auditor.settings.form import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip")
_MOST_HOPS = 20
_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Doorway:
    """`public_url` is where browsers find the service, "" for this machine only; `proxies` are believed about callers;
    `metrics_token` is what whoever reads /metrics from elsewhere must know.
    """

    public_url: str = ""
    proxies: tuple[Network, ...] = ()
    metrics_token: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; browsers keep to what `__Host-` promises."""
        return "__Host-auditor_session" if self.secure else "auditor_session"

    def address(self, request: Request) -> str:
        """Where a request comes from: the nearest address that is no proxy of ours."""
        address = _peer(request)
        if not self._believes(address):
            return address
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")[-_MOST_HOPS:]
        for hop in reversed([one.strip() for one in hops if one.strip()]):
            if _parsed(hop) is None:
                break
            address = hop
            if not self._believes(hop):
                break
        return address

    def on_this_machine(self, request: Request) -> bool:
        """Whether the caller is on this machine, and no proxy stands between."""
        return _is_loopback(_peer(request)) and not any(name in request.headers for name in _FORWARDED)

    def local(self, request: Request) -> bool:
        """The same, and the caller calls it by a name of this machine: not one that a stranger's DNS points here."""
        return self.on_this_machine(request) and _is_loopback(_host(request))

    def origin(self, request: Request) -> str:
        """The origin that our own pages have."""
        if self.public_url:
            parts = urlsplit(self.public_url.lower())
            usual = {"http": ":80", "https": ":443"}[parts.scheme]
            return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"
        return f"http://{request.headers.get('host', '')}".lower()

    def private(self, request: Request) -> bool:
        """Whether nobody on a network can read along, as far as has been said: then secrets may pass.

        Where proxies are named, who comes past them comes without their TLS.
        """
        if self.secure and self.proxies:
            return self._believes(_peer(request)) or self.on_this_machine(request)
        return bool(self.public_url) or self.local(request)

    def _believes(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in one for one in self.proxies)


def doorway(settings: Settings) -> Doorway:
    """What the settings say. Raises InputError."""
    url = settings.public_url.rstrip("/")
    if url:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
            mend = "Write https://audit.example.org, without a path."
            raise InputError("public_url is no address", where=settings.origin("public_url"), mend=mend)
    try:
        proxies = tuple(ipaddress.ip_network(one.strip()) for one in settings.trusted_proxies.split(",") if one.strip())
    except ValueError:
        mend = "Write addresses or networks, separated by commas: 10.0.0.4, 10.1.0.0/16."
        where = settings.origin("trusted_proxies")
        raise InputError("trusted_proxies are no addresses", where=where, mend=mend) from None
    return Doorway(url, proxies, _metrics_token(settings.metrics_token_file))


def _metrics_token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        with open(os.open(file, os.O_RDONLY)) as opened:
            token = opened.read(4096).strip()
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "not text"
        raise InputError(f"the token of /metrics cannot be read: {why}", where=str(file)) from None
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        mend = f"Write {_SHORTEST_TOKEN} random letters and digits or more into it."
        raise InputError("the token of /metrics is too short, or has other characters", where=str(file), mend=mend)
    return token


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _host(request: Request) -> str:
    """The host that was called, without its port."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return mapped if mapped is not None else parsed


def _is_loopback(name: str) -> bool:
    parsed = _parsed(name)
    return parsed.is_loopback if parsed is not None else name == "localhost"
