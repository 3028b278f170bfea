"""SNMP: who answers, the change hint, and whether a well-known community is answered. Only GET is ever sent.

A refused community and a dead host look alike: both are silent. Silence is an answer only when the real credential was
answered before and after, and when few requests were on their way at once (measured: a saturated event loop makes
answering communities look silent).
"""

import asyncio
from typing import Any

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as hlapi

from auditor.collectors.nexus1000v.options import SnmpOptions
from auditor.domain import Credential
from auditor.evidence.redaction import Redactor

TIMEOUT = 2.0  # seconds for one request; fewer gives false silence
RETRIES = 1
AT_ONCE = 6
IDENTITY = {"sysDescr": "1.3.6.1.2.1.1.1.0", "sysObjectID": "1.3.6.1.2.1.1.2.0", "sysUpTime": "1.3.6.1.2.1.1.3.0"}
CHANGE = {  # CISCO-CONFIG-MAN-MIB ccmHistory, TimeTicks
    "running_changed": "1.3.6.1.4.1.9.9.43.1.1.1.0",
    "running_saved": "1.3.6.1.4.1.9.9.43.1.1.2.0",
    "startup_changed": "1.3.6.1.4.1.9.9.43.1.1.3.0",
}
_AUTH = {
    "md5": hlapi.usmHMACMD5AuthProtocol,
    "sha": hlapi.usmHMACSHAAuthProtocol,
    "sha-224": hlapi.usmHMAC128SHA224AuthProtocol,
    "sha-256": hlapi.usmHMAC192SHA256AuthProtocol,
    "sha-384": hlapi.usmHMAC256SHA384AuthProtocol,
    "sha-512": hlapi.usmHMAC384SHA512AuthProtocol,
}
_PRIV = {
    "des": hlapi.usmDESPrivProtocol,
    "aes-128": hlapi.usmAesCfb128Protocol,
    "aes-192": hlapi.usmAesCfb192Protocol,
    "aes-256": hlapi.usmAesCfb256Protocol,
}


class Silent(Exception):
    """Nothing came back, or a refusal did; the message says which."""


class Agent:
    """One SNMP agent, asked by GET."""

    def __init__(self, address: str, options: SnmpOptions) -> None:
        self._address, self._options = address, options
        self._engine = hlapi.SnmpEngine()

    async def get(self, who: Any, names: dict[str, str]) -> dict[str, Any]:
        """Values by name; what the agent does not have is left out. Raises Silent."""
        family = hlapi.Udp6TransportTarget if ":" in self._address else hlapi.UdpTransportTarget
        try:
            async with asyncio.timeout(TIMEOUT * (RETRIES + 1) * 2 + 1):
                target = await family.create((self._address, self._options.port), timeout=TIMEOUT, retries=RETRIES)
                asked = [hlapi.ObjectType(hlapi.ObjectIdentity(oid)) for oid in names.values()]
                trouble, status, _, bound = await hlapi.get_cmd(
                    self._engine, who, target, hlapi.ContextData(), *asked, lookupMib=False
                )
        except TimeoutError as problem:
            raise Silent("no answer in time") from problem
        except (PySnmpError, OSError) as problem:
            raise Silent(str(problem).split("\n")[0][:200] or type(problem).__name__) from problem
        if trouble:
            raise Silent(str(trouble)[:200])
        if status and int(status) != 2:  # 2 = noSuchName: version 1 says so for an object that is not there
            raise Silent(f"refused: {status.prettyPrint()}"[:200])
        found = {}
        for name, pair in zip(names, bound, strict=False):
            value = pair[1]
            if type(value).__name__ not in ("NoSuchObject", "NoSuchInstance", "EndOfMibView", "Null"):
                found[name] = int(value) if name not in ("sysDescr", "sysObjectID") else str(value.prettyPrint())[:400]
        return found

    def close(self) -> None:
        """Give the sockets back."""
        self._engine.close_dispatcher()


def user_of(options: SnmpOptions, credential: Credential) -> Any:
    """The version 3 user of a credential; its `priv_key` falls back on `auth_key`, as on many devices.

    Raises Silent without a key: pysnmp would ask without authentication, and believe whoever answers.
    """
    auth = credential.secret("auth_key") or credential.secret("password")
    if not (auth and credential.username):
        raise Silent("it needs a username and an auth_key (or password)")
    priv = credential.secret("priv_key") or auth
    if options.security == "authNoPriv":
        return hlapi.UsmUserData(credential.username, auth, authProtocol=_AUTH[options.auth])
    return hlapi.UsmUserData(
        credential.username, auth, priv, authProtocol=_AUTH[options.auth], privProtocol=_PRIV[options.priv]
    )


async def ask(address: str, options: SnmpOptions, credential: Credential, redactor: Redactor) -> dict[str, Any]:
    """What SNMP says, as plain data. Never raises for what an agent does: the reason stands under "reason"."""
    agent = Agent(address, options)
    said: dict[str, Any] = {"alive_before": False, "alive_after": False, "probes": []}
    try:
        try:
            user = user_of(options, credential)
        except (Silent, PySnmpError) as problem:
            why = str(problem) if isinstance(problem, Silent) else "keys need 8 characters or more"
            said["reason"] = f"SNMP credential {credential.name} cannot be used: {why}"
            return said
        try:
            said |= await agent.get(user, IDENTITY)
            said["alive_before"] = True
            said |= await agent.get(user, CHANGE)
        except Silent as problem:
            said["reason"] = f"SNMP user {credential.name}: {problem}"
        except PySnmpError:
            said["reason"] = f"SNMP credential {credential.name} cannot be used: keys need 8 characters or more"
            return said
        said["probes"] = await _probe(agent, options, redactor)
        try:
            await agent.get(user, IDENTITY)
            said["alive_after"] = True
        except Silent as problem:
            said.setdefault("reason", f"SNMP user {credential.name}, second time: {problem}")
    finally:
        agent.close()
    return said


async def _probe(agent: Agent, options: SnmpOptions, redactor: Redactor) -> list[dict[str, str]]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(community: str, version: int) -> dict[str, str]:
        async with gate:
            said = {"community": str(redactor.token(community)), "version": "1" if version == 0 else "2c"}
            try:
                await agent.get(
                    hlapi.CommunityData(community, mpModel=version), {"sysObjectID": IDENTITY["sysObjectID"]}
                )
            except Silent as problem:
                refused = str(problem).startswith("refused")  # an answer, so the community is known there
                return said | {"answer": "answered" if refused else "silent", "detail": str(problem)}
            return said | {"answer": "answered", "detail": ""}

    return list(await asyncio.gather(*(one(name, version) for name in options.probe_communities for version in (0, 1))))
