"""The firewall of a host."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache, partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.target import Get, Keys, Set, boolean, inner, members, seen, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

_ACTION = "network.firewall.get"


def _sets(host: "Host") -> Iterator[dict[str, Any]]:
    return members(seen(host.props.get("config.firewall")).get("ruleset"))


def ruleset(host: "Host", key: str) -> dict[str, Any]:
    """A rule set in the evidence. Raises Refusal for one that the host does not have."""
    known: list[str] = []
    for one in _sets(host):
        if one.get("key") == key:
            return one
        known.append(str(one.get("key")))
    close = get_close_matches(key, known, 1)
    raise Refusal(f"the host has no firewall rule set {key[:60]!r}", f"Did you mean {close[0]}?" if close else "")


def _unread(host: "Host") -> bool:
    return not isinstance(host.props.get("config.firewall"), dict)


def _enabled(host: "Host", keys: Keys, value: Any) -> None:
    path = f"firewall.rulesets[{keys[0]}].enabled"
    if _unread(host):
        host.unread(path)
        return
    found = ruleset(host, keys[0])
    if found.get("userControllable") is False and found.get("enabled") is not value:
        raise Refusal(f"the rule set {keys[0]} belongs to the system: nobody may open or close it")
    found["enabled"] = boolean(value, path)
    host.plan.changed(path)


def _listed(host: "Host", key: str) -> dict[str, Any]:
    found = ruleset(host, key)
    if found.get("ipListUserConfigurable") is False:
        raise Refusal(f"the addresses of the rule set {key} cannot be changed: the host keeps them itself")
    return inner(found, "allowedHosts")


def _all_ips(host: "Host", keys: Keys, value: Any) -> None:
    path = f"firewall.rulesets[{keys[0]}].all_ips"
    if _unread(host):
        host.unread(path)
        return
    _listed(host, keys[0])["allIp"] = boolean(value, path)
    host.plan.changed(path)


def _allowed(host: "Host", keys: Keys, value: Any) -> None:
    path = f"firewall.rulesets[{keys[0]}].allowed"
    if _unread(host):
        host.unread(path)
        return
    hosts = _listed(host, keys[0])
    if hosts.get("allIp") is True and value != _members(host, keys):
        host.plan.vague(path, "the rule set lets every address in; what becomes of a list beside that is not known")
        return
    single, networks = [], []
    for one in texts(value, path):
        address, length = _network(one)
        if length:
            networks.append({"network": address, "prefixLength": length})
        else:
            single.append(address)
    hosts["ipAddress"], hosts["ipNetwork"] = single, networks
    host.plan.changed(path)


@lru_cache(4096)
def _network(text: str) -> tuple[str, int]:
    """Address and length of a network, 0 for a single address. Raises Refusal."""
    address, slash, _ = text.partition("/")
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise Refusal(f"{text[:60]!r} is no address or network") from None
    single = not slash or found.prefixlen == found.max_prefixlen
    return address, 0 if single else found.prefixlen


def _default(side: str, host: "Host", _: Keys, value: Any) -> None:
    path = f"firewall.{side}_blocked"
    if _unread(host):
        host.unread(path)
        return
    policy = inner(host.props["config.firewall"], "defaultPolicy")
    policy[f"{side}Blocked"] = boolean(value, path)
    host.plan.changed(path)
    row = next(members(host.answers.get(_ACTION)), None)
    if row is None:
        return
    both = {policy.get("incomingBlocked"), policy.get("outgoingBlocked")}
    if len(both) == 1:
        row["DefaultAction"] = "DROP" if value else "PASS"
        host.plan.unknown.pop("firewall_active", None)
        host.plan.changed("firewall_active")
    else:
        host.plan.vague("firewall_active", "the two directions differ, of which the host shows one")


def _active(host: "Host", _: Keys, value: Any) -> None:
    row = next(members(host.answers.get(_ACTION)), None)
    if row is None:
        host.unread("firewall_active")
        return
    row["Enabled"] = str(boolean(value, "firewall_active")).lower()
    host.plan.changed("firewall_active")


def _members(host: "Host", keys: Keys) -> Any:
    hosts = seen(next((one for one in _sets(host) if one.get("key") == keys[0]), {}).get("allowedHosts"))
    networks = [f"{one.get('network')}/{one.get('prefixLength')}" for one in members(hosts.get("ipNetwork"))]
    return [*(str(one) for one in hosts.get("ipAddress") or ()), *networks]


def _blocked(host: "Host", _: Keys) -> Any:
    return seen(seen(host.props.get("config.firewall")).get("defaultPolicy")).get("incomingBlocked")


SETS: Mapping[str, Set] = {
    "firewall.rulesets[*].enabled": _enabled,
    "firewall.rulesets[*].all_ips": _all_ips,
    "firewall.rulesets[*].allowed": _allowed,
    "firewall.incoming_blocked": partial(_default, "incoming"),
    "firewall.outgoing_blocked": partial(_default, "outgoing"),
    "firewall_active": _active,
}
GETS: Mapping[str, Get] = {"firewall.rulesets[*].allowed": _members, "firewall.incoming_blocked": _blocked}
