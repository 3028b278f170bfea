"""AAA: server groups, servers with the key in force, method lists."""

from collections.abc import Iterable
from typing import Any

from auditor.collectors.nexus1000v.commands import RUNNING
from auditor.collectors.nexus1000v.reading import Reading
from auditor.evidence.redaction import parse_token
from auditor.facts.nxos_access import Aaa, AaaServer, Methods, ServerGroup

_BUILT_IN = {"tacacs+": "tacacs", "radius": "radius"}  # groups that hold every server of their protocol
_LISTS = {
    "login_default": "aaa authentication login default",
    "login_console": "aaa authentication login console",
    "accounting_default": "aaa accounting default",
    "authorization_commands": "aaa authorization commands default",
    "authorization_config_commands": "aaa authorization config-commands default",
}


def aaa(reading: Reading) -> dict[str, Any]:
    """All of AAA."""
    servers = _servers(reading)
    groups = _groups(reading)
    lists = {name: _methods(reading, name, words, groups, servers) for name, words in _LISTS.items()}
    if "aaa.login_console" not in reading.sources:  # no line at all: the console does what everybody does
        lists["login_console"] = lists["login_default"].model_copy(update={"explicit": False})
        reading.sources["aaa.login_console"] = reading.sources.get("aaa.login_default", "hidden default")
    used = {group for methods in lists.values() for group in methods.groups}
    for name in sorted(used & _BUILT_IN.keys() - groups.keys()):
        hosts = list(_all_of(_BUILT_IN[name], servers))
        groups[name] = ServerGroup(protocol=name, servers=hosts, server_count=len(hosts))
    fallback_off = reading.last(r"no aaa authentication login (?:default|console) fallback error local")
    if fallback_off:
        reading.sources["aaa.local_fallback"] = fallback_off.source
    found = Aaa(
        groups={name: group.model_copy(update={"used": name in used}) for name, group in groups.items()},
        servers=servers,
        login_error_enable=reading.flag("aaa.login_error_enable", "aaa authentication login error-enable"),
        local_fallback=False if fallback_off else reading.default("aaa.local_fallback"),
        **lists,
    )
    return {"aaa": found}


def _servers(reading: Reading) -> dict[str, AaaServer]:
    common: dict[str, dict[str, Any]] = {}
    for hit in reading.hits(r"(tacacs|radius)-server key (?:(\d) )?(\S+)"):
        common[hit.match[1]] = _key(hit.match[2], hit.match[3])
    found: dict[str, dict[str, Any]] = {}
    for hit in reading.hits(r"(tacacs|radius)-server host (\S+)(?: (.*))?"):
        protocol, host, rest = hit.match[1], hit.match[2], (hit.match[3] or "").split()
        server = found.setdefault(host, {"protocol": protocol, **common.get(protocol, {})})
        reading.sources.setdefault(f"aaa.servers[{host}]", hit.source)
        if "key" in rest:
            words = rest[rest.index("key") + 1 :]
            if words:
                typed = len(words) > 1 and words[0].isdecimal() and len(words[0]) == 1
                server.update(_key(words[0] if typed else None, words[1] if typed else words[0]))
    return {host: AaaServer(**server) for host, server in found.items()}


def _key(kind: str | None, text: str) -> dict[str, Any]:
    token = parse_token(text)
    return {"key": str(token) if token else None, "key_type": int(kind) if kind else 0}


def _groups(reading: Reading) -> dict[str, ServerGroup]:
    found = {}
    for line in reading.config.starting("aaa group server "):
        words = line.text.split()
        if len(words) != 5:
            continue
        protocol, name = words[3], words[4]
        children = reading.config.section(line.text)
        servers = [
            child.text.split()[1] for child in children if child.text.startswith("server ") and " " in child.text
        ]
        vrf = next((child.text.split()[1] for child in children if child.text.startswith("use-vrf ")), None)
        servers = list(dict.fromkeys(servers))
        found[name] = ServerGroup(protocol=protocol, servers=servers, server_count=len(servers), vrf=vrf)
        reading.source(f"aaa.groups[{name}]", line)
    return found


def _methods(
    reading: Reading, name: str, words: str, groups: dict[str, ServerGroup], servers: dict[str, AaaServer]
) -> Methods:
    hit = reading.last(rf"{words} (?!fallback )(\S.*)")
    if hit is None:
        if name != "login_console":
            reading.sources[f"aaa.{name}"] = "hidden default: local"
        return Methods(methods=["local"])
    reading.sources[f"aaa.{name}"] = hit.source
    methods, named = _words(hit.match[1].split())
    behind = {
        server
        for group in named
        for server in (groups[group].servers if group in groups else _all_of(_BUILT_IN.get(group), servers))
    }
    shown = hit.source.startswith(f"{RUNNING}:")
    return Methods(methods=methods, groups=named, server_count=len(behind), explicit=shown)


def _all_of(protocol: str | None, servers: dict[str, AaaServer]) -> Iterable[str]:
    return (host for host, server in servers.items() if server.protocol == protocol)


def _words(words: list[str]) -> tuple[list[str], list[str]]:
    """Methods and groups of `group A B local none`. `local` and `none` stand last."""
    tail: list[str] = []
    while words and words[-1] in ("local", "none") and words[:-1] != ["group"]:
        tail.insert(0, words.pop())
    named = [word for word in words if word != "group"]
    return [*(f"group {name}" for name in named), *tail], named
