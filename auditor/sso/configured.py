"""What the settings say about single sign-on, read once when the service starts. Raises InputError, never later."""

import os
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from auditor.access import GroupRule
from auditor.errors import InputError
from auditor.notify.addresses import Network, networks
from auditor.notify.senders.peers import verifying
from auditor.settings.form import Settings
from auditor.sso.rolesfile import read_rules

MOST_SECRET = 4096  # bytes
LONGEST_URL = 500
_ONLY_WITH_ISSUER = ("oidc_client_id", "oidc_client_secret_file", "oidc_roles_file", "oidc_ca_file")


@dataclass(frozen=True, slots=True)
class Relying:
    """What we are to the provider, and what its groups are to us. `tls` always verifies."""

    issuer: str
    client_id: str
    rules: tuple[GroupRule, ...]
    tls: ssl.SSLContext = field(repr=False)
    secret: str = field(default="", repr=False)  # "": a public client, which PKCE alone protects
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str = "groups"
    networks: tuple[Network, ...] = ()
    title: str = ""

    @property
    def shown(self) -> str:
        """The provider's name for people."""
        return self.title or urlsplit(self.issuer).hostname or self.issuer


def relying(settings: Settings) -> Relying | None:
    """What the settings say; None without `oidc_issuer`. Raises InputError."""
    if not settings.oidc_issuer:
        for name in _ONLY_WITH_ISSUER:
            if getattr(settings, name):
                what = f"{name} is set, oidc_issuer is not"
                raise InputError(what, where=settings.origin(name), mend="Name the issuer, or leave both out.")
        return None
    for name in ("oidc_client_id", "oidc_roles_file"):
        if not getattr(settings, name):
            what = f"oidc_issuer is set, {name} is not"
            raise InputError(what, where=settings.origin("oidc_issuer"), mend=f"Set {name} too.")
    assert settings.oidc_roles_file is not None  # noqa: S101  looked at just above
    scopes = tuple(dict.fromkeys(settings.oidc_scopes.split()))
    if "openid" not in scopes:
        mend = "Write openid profile email."
        raise InputError("oidc_scopes lack openid", where=settings.origin("oidc_scopes"), mend=mend)
    ca_file = settings.oidc_ca_file
    return Relying(
        issuer=_issuer(settings),
        client_id=settings.oidc_client_id,
        rules=read_rules(settings.oidc_roles_file),
        tls=verifying(str(ca_file) if ca_file else None),
        secret=_secret(settings.oidc_client_secret_file),
        scopes=scopes,
        groups_claim=settings.oidc_groups_claim,
        networks=networks(settings.oidc_networks, settings.origin("oidc_networks") or "oidc_networks"),
        title=settings.oidc_title,
    )


def is_loopback(host: str) -> bool:
    """Whether a name or address in a URL means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parted(url: str) -> SplitResult | None:
    """The parts of a URL that may be asked: https, or http on this machine; None for any other text."""
    if not url.isascii() or not url.isprintable() or len(url) > LONGEST_URL or set(url) & set(" \\\"'<>"):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    plain = parts.scheme == "http" and is_loopback(host or "")
    if not host or port == 0 or "@" in parts.netloc or "#" in url or not (parts.scheme == "https" or plain):
        return None
    return parts


def _issuer(settings: Settings) -> str:
    parts = parted(settings.oidc_issuer)
    if parts is None or "?" in settings.oidc_issuer:
        mend = "Write it as the provider does, https://login.example.org/realms/main; http:// on this machine only."
        raise InputError("oidc_issuer is no address of a provider", where=settings.origin("oidc_issuer"), mend=mend)
    return settings.oidc_issuer


def _secret(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        with open(os.open(file, os.O_RDONLY), "rb") as opened:
            secret = opened.read(MOST_SECRET + 1).decode("ascii").strip()
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "not ASCII"
        raise InputError(f"the client's secret cannot be read: {why}", where=str(file), mend="Correct it.") from None
    if not secret or len(secret) > MOST_SECRET or not secret.isprintable():
        what = "the client's secret is empty, too long or has more than one line"
        raise InputError(what, where=str(file), mend="Write the secret that the provider gave into it.")
    return secret
