"""The packet filter in the kernel, and sockets that wait for peers."""

import json
import re
from typing import Any

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_records import Firewall, Listener

_SERVICES = {
    "nftables.service": "nftables",
    "iptables.service": "iptables",
    "netfilter-persistent.service": "iptables",
    "firewalld.service": "firewalld",
    "ufw.service": "ufw",
}
_V4, _V6 = {"ip", "inet"}, {"ip6", "inet"}
_LIMIT = 2000


def firewall(evidence: Evidence, draft: Draft) -> None:
    """firewall: nft lists what iptables-nft made as well; iptables-save adds the legacy tables."""
    facts: dict[str, Any] = {}
    if "units" in draft.gaps:
        draft.gap("firewall.backends", draft.gaps["units"])
    else:
        units = draft.facts.get("units", {})
        facts["backends"] = sorted({name for unit, name in _SERVICES.items() if unit in units and units[unit].in_use})
    policies: dict[str, str] = {}
    denying: set[str] = set()
    rules, seen, problems = 0, False, []
    for key, look in (("nft", _nft), ("iptables", _iptables), ("ip6tables", _iptables)):
        try:
            chains, denies, count = look(evidence.text(key), "ip6" if key == "ip6tables" else "ip")
        except Absent:
            continue
        except (Unread, ValueError) as why:
            problems.append(f"{key}: {why}")
            continue
        seen, rules = True, rules + count
        policies |= chains
        denying |= denies
    if problems or not seen:
        reason = (
            "; ".join(problems)
            or "neither nft nor iptables-save is installed: what the kernel filters could not be listed"
        )
        for path in ("input_policies", "denies_by_default", "denies_ipv6_by_default", "rules"):
            draft.gap(f"firewall.{path}", reason)
    else:
        facts |= {"input_policies": policies, "rules": rules}
        facts |= {"denies_by_default": bool(denying & _V4), "denies_ipv6_by_default": bool(denying & _V6)}
    draft.put("firewall", Firewall.model_validate(facts), "nft -j list ruleset, iptables-save")
    draft.sources["firewall.backends"] = "systemctl show"


def _nft(text: str, _: str) -> tuple[dict[str, str], set[str], int]:
    items = json.loads(text)["nftables"]
    chains: dict[tuple[str, str, str], str] = {}
    last: dict[tuple[str, str, str], list[Any]] = {}
    count = 0
    for item in items if isinstance(items, list) else []:
        chain, rule = item.get("chain"), item.get("rule")
        if isinstance(chain, dict) and chain.get("hook") == "input":
            chains[_name(chain, "name")] = str(chain.get("policy", "accept"))
        elif isinstance(rule, dict):
            count += 1
            last[_name(rule, "chain")] = rule.get("expr") or []
    denying = {name[0] for name, policy in chains.items() if policy == "drop" or _bars(last.get(name, []))}
    return {" ".join(name): policy for name, policy in chains.items()}, denying, count


def _name(item: dict[str, Any], key: str) -> tuple[str, str, str]:
    return str(item.get("family"))[:20], str(item.get("table"))[:60], str(item.get(key))[:60]


def _bars(expressions: list[Any]) -> bool:
    kinds = [key for expression in expressions if isinstance(expression, dict) for key in expression]
    return (
        bool(kinds)
        and kinds[-1] in ("drop", "reject")
        and set(kinds) <= {"drop", "reject", "counter", "log", "limit"} - ({"limit"} if kinds[-1] == "drop" else set())
    )


def _iptables(text: str, family: str) -> tuple[dict[str, str], set[str], int]:
    table, policies, last, count = "", {}, "", 0
    denying: set[str] = set()
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif found := re.match(r":INPUT (\S+)", line):
            if table == "filter":
                policies[f"{family} {table} INPUT"] = found[1].lower()
                if found[1] == "DROP":
                    denying.add(family)
        elif line.startswith("-A "):
            count += 1
            if table == "filter" and line.startswith("-A INPUT "):
                last = line
    if re.fullmatch(r"-A INPUT -j (?:DROP|REJECT)(?: --reject-with \S+)?", last.strip()):
        denying.add(family)
    return policies, denying, count


def listeners(evidence: Evidence, draft: Draft) -> None:
    """listeners. Names of programs show to root only."""
    try:
        text = evidence.text("listeners")
    except (Unread, Absent) as why:
        draft.gap("listeners", str(why))
        return
    named = ""
    reason = "names of programs need root"
    if evidence.root or evidence.sudo:
        try:
            named = evidence.text("listeners_p")
        except (Unread, Absent) as why:
            reason = str(why)
    found: dict[str, Listener] = {}
    lines = (named or text).splitlines()
    if len(lines) > _LIMIT:
        draft.gap("listeners", f"more than {_LIMIT} sockets listen: they were not looked at one by one")
        return
    for line in lines:
        fields = line.split(None, 6)
        if len(fields) < 6 or not (at := re.fullmatch(r"(.*):(\d+)", fields[4])):
            continue
        address = at[1].strip("[]").split("%")[0]
        program = re.search(r'\(\("([^"]{1,60})"', fields[6]) if len(fields) > 6 else None
        key = f"{fields[0]} {at[1].strip('[]')} {at[2]}"[:120]
        loopback = address.startswith(("127.", "::ffff:127.")) or address == "::1"
        found[key] = Listener(
            protocol=fields[0],
            address=address,
            port=int(at[2]),
            loopback=loopback,
            process=program[1] if program else None,
        )
        if not named:
            draft.gap(f"listeners[{key}].process", reason)
    draft.put("listeners", found, "ss -tulpn" if named else "ss -tuln")
