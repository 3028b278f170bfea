"""What the domain name system says of targets: forward and reverse, asked from this machine when a source wants it.

A name that does not exist, a server that does not answer and an answer are three things (RFC 1034, 2308): `none`,
`failed` with its reason, `ok`. Targets are not contacted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from auditor.domain import Capture, NameServers, Source

PLATFORMS = ("esxi", "nexus1000v", "nxos", "linux")
KEY = "name_lookup"  # of a capture's body
LIMIT = 8  # addresses of one name that are asked for backwards
AT_ONCE = 20
SECONDS = 5.0  # one question; all of a source end after six times that


async def with_names(captures: Sequence[Capture], source: Source) -> list[Capture]:
    """The captures, with what the resolver says of each target in their bodies. Never raises."""
    if source.resolve_names is None:
        return list(captures)
    gate = asyncio.Semaphore(AT_ONCE)
    resolver = _Resolver(source.resolve_names)

    async def one(capture: Capture) -> Capture:
        if capture.platform not in PLATFORMS:
            return capture
        async with gate:
            return replace(capture, body={**capture.body, KEY: await resolver.ask(capture.target, source.address)})

    async def bounded(capture: Capture) -> Capture:
        try:
            async with asyncio.timeout(6 * SECONDS):
                return await one(capture)
        except TimeoutError:
            reason = f"the name servers gave no answer within {6 * SECONDS:.0f} s"
            return replace(capture, body={**capture.body, KEY: {"forward": {"status": "failed", "reason": reason}}})

    return list(await asyncio.gather(*(bounded(capture) for capture in captures)))


def is_address(text: str) -> bool:
    """Whether `text` is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class _Resolver:
    def __init__(self, servers: NameServers) -> None:
        from dns.asyncresolver import Resolver
        from dns.resolver import NoResolverConfiguration

        self._broken = ""
        try:
            self._resolver = Resolver(configure=not servers.servers)
        except NoResolverConfiguration as problem:
            self._resolver, self._broken = Resolver(configure=False), f"this machine has no resolver: {problem}"
        if servers.servers:
            self._resolver.nameservers = list(servers.servers)
            self._resolver.port = servers.port
        self._resolver.lifetime = SECONDS

    async def ask(self, target: str, address: str) -> dict[str, Any]:
        """{"name", "forward": {status, addresses, reason}, "reverse": {address: {status, names, reason}}}."""
        if self._broken:
            return {"forward": {"status": "failed", "reason": self._broken}}
        name, reverse = "", {}
        if not is_address(target) and "." in target:
            name = target
        elif address and not is_address(address):
            name = address
        elif known := next((one for one in (target, address) if is_address(one)), ""):
            reverse[known] = await self._reverse(known)
            name = next(iter(reverse[known].get("names", [])), "")
        if not name:
            return {"forward": {"status": "none", "reason": "no name leads to it"}, "reverse": reverse}
        forward = await self._forward(name)
        for one in forward.get("addresses", [])[:LIMIT]:
            reverse.setdefault(one, await self._reverse(one))
        return {"name": name, "forward": forward, "reverse": reverse}

    async def _forward(self, name: str) -> dict[str, Any]:
        found: list[str] = []
        for kind in ("A", "AAAA"):
            answer = await self._question(name, kind)
            if answer["status"] == "failed":
                return answer
            found += answer["values"]
        return {"status": "ok" if found else "none", "addresses": found}

    async def _reverse(self, address: str) -> dict[str, Any]:
        from dns.reversename import from_address

        answer = await self._question(str(from_address(address)), "PTR")
        if answer["status"] == "failed":
            return answer
        names = [value.rstrip(".").lower() for value in answer["values"]]
        return {"status": "ok" if names else "none", "names": names}

    async def _question(self, name: str, kind: str) -> dict[str, Any]:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = await self._resolver.resolve(name, kind, search=False)
        except (NXDOMAIN, NoAnswer):
            return {"status": "none", "values": []}
        except (DNSException, OSError, ValueError) as problem:
            return {"status": "failed", "reason": f"{type(problem).__name__}: {problem}"[:300]}
        return {"status": "ok", "values": [record.to_text()[:255] for record in answer][:64]}


def lookup_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What was looked up for a capture, None when nothing was."""
    found = body.get(KEY)
    return found if isinstance(found, Mapping) else None
