"""The packet filter in the kernel: what it does with packets that no rule speaks of, and with those of this host."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from auditor.collectors.linux.config import Files, settings
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_records import Firewall, Ufw

_SERVICES = {
    "nftables.service": "nftables",
    "iptables.service": "iptables",
    "netfilter-persistent.service": "iptables",
    "firewalld.service": "firewalld",
    "ufw.service": "ufw",
}
_V4, _V6 = {"ip", "inet"}, {"ip6", "inet"}
_SPOOFED = {"127.0.0.0/8": "ip", "::1": "ip6", "::1/128": "ip6"}
_FILTERED = ("input_policies", "denies_by_default", "denies_ipv6_by_default", "forwards_by_default",
             "accepts_loopback", "drops_loopback_spoofs", "rules")  # fmt: skip


@dataclass
class _Seen:
    """What one listing showed: families by what is denied in them."""

    policies: dict[str, str] = field(default_factory=dict)
    input: set[str] = field(default_factory=set)
    forward: set[str] = field(default_factory=set)
    spoofs: set[str] = field(default_factory=set)
    loopback: bool = False
    rules: int = 0

    def add(self, other: "_Seen") -> None:
        self.policies |= other.policies
        self.input |= other.input
        self.forward |= other.forward
        self.spoofs |= other.spoofs
        self.loopback = self.loopback or other.loopback
        self.rules += other.rules


def firewall(evidence: Evidence, draft: Draft) -> None:
    """firewall: nft lists what iptables-nft made as well; iptables-save adds the legacy tables."""
    facts: dict[str, Any] = {}
    if "units" in draft.gaps:
        draft.gap("firewall.backends", draft.gaps["units"])
    else:
        units = draft.facts.get("units", {})
        facts["backends"] = sorted({name for unit, name in _SERVICES.items() if unit in units and units[unit].in_use})
    seen, tools, problems = _Seen(), 0, []
    for key, look in (("nft", _nft), ("iptables", _iptables), ("ip6tables", _iptables)):
        try:
            seen.add(look(evidence.text(key), "ip6" if key == "ip6tables" else "ip"))
            tools += 1
        except Absent:
            continue
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems.append(f"{key}: its answer is not in its form")
        except Unread as why:
            problems.append(f"{key}: {why}")
    if problems or not tools:
        nothing = "neither nft nor iptables-save is installed: what the kernel filters could not be listed"
        for path in _FILTERED:
            draft.gap(f"firewall.{path}", "; ".join(problems) or nothing)
    else:
        facts |= {"input_policies": seen.policies, "rules": seen.rules, "accepts_loopback": seen.loopback}
        facts |= {"denies_by_default": bool(seen.input & _V4), "denies_ipv6_by_default": bool(seen.input & _V6)}
        facts["forwards_by_default"] = not (seen.forward & _V4 and seen.forward & _V6)
        facts["drops_loopback_spoofs"] = {"ip", "ip6"} <= seen.spoofs
    facts["ufw"] = draft.try_read("firewall.ufw", lambda: _ufw(Files(evidence, "conf")))
    draft.put("firewall", Firewall.model_validate(facts), "nft -j list ruleset, iptables-save")
    draft.sources |= {"firewall.backends": "systemctl show", "firewall.ufw": "/etc/ufw/ufw.conf, /etc/default/ufw"}


def _ufw(files: Files) -> Ufw | None:
    main = files.get("/etc/ufw/ufw.conf")
    if main is None:
        return None
    switch = {key: value for _, key, value in settings(main)}
    values = {key: value.strip("\"'").lower()[:20] for _, key, value in settings(files.get("/etc/default/ufw") or [])}
    policy = {name: values.get(f"DEFAULT_{name.upper()}_POLICY") for name in ("input", "output", "forward")}
    return Ufw.model_validate({"enabled": switch.get("ENABLED", "").strip("\"'").lower() == "yes", **policy})


def _nft(text: str, _: str) -> _Seen:
    items, seen = json.loads(text)["nftables"], _Seen()
    chains: dict[tuple[str, str, str], tuple[str, str]] = {}
    last: dict[tuple[str, str, str], list[Any]] = {}
    for item in items if isinstance(items, list) else []:
        chain, rule = item.get("chain"), item.get("rule")
        if isinstance(chain, dict) and chain.get("hook") in ("input", "forward"):
            chains[_name(chain, "name")] = (str(chain["hook"]), str(chain.get("policy", "accept")))
        elif isinstance(rule, dict):
            seen.rules += 1
            expressions = rule.get("expr") or []
            last[_name(rule, "chain")] = expressions
            _loopback(expressions, seen)
    for name, (hook, policy) in chains.items():
        if hook == "input":
            seen.policies[" ".join(name)] = policy
        if policy == "drop" or _bars(last.get(name, [])):
            (seen.input if hook == "input" else seen.forward).add(name[0])
    return seen


def _name(item: dict[str, Any], key: str) -> tuple[str, str, str]:
    return str(item.get("family"))[:20], str(item.get("table"))[:60], str(item.get(key))[:60]


def _loopback(expressions: list[Any], seen: _Seen) -> None:
    """A rule that accepts all that came by lo, or drops what says it is this host but came another way."""
    parts = [
        (key, value) for expression in expressions if isinstance(expression, dict) for key, value in expression.items()
    ]
    verdict = parts[-1][0] if parts else ""
    matches = [value for key, value in parts if key == "match" and isinstance(value, dict)]
    if any(key not in ("match", "counter", "log", "accept", "drop", "reject") for key, _ in parts):
        return
    interface = [match for match in matches if isinstance(match.get("left"), dict) and "meta" in match["left"]]
    sources = [match for match in matches if match not in interface]
    named = all(m["left"]["meta"].get("key") in ("iif", "iifname") and m.get("right") == "lo" for m in interface)
    if verdict == "accept" and interface and named and not sources and interface[0].get("op") == "==":
        seen.loopback = True
    if verdict in ("drop", "reject") and len(sources) == 1 and named and all(m.get("op") == "!=" for m in interface):
        right = sources[0].get("right")
        prefix = right.get("prefix") if isinstance(right, dict) else None
        address = f"{prefix.get('addr')}/{prefix.get('len')}" if isinstance(prefix, dict) else str(right)
        field_ = sources[0].get("left", {}).get("payload", {}).get("field")
        if field_ == "saddr" and address in _SPOOFED:
            seen.spoofs.add(_SPOOFED[address])


def _bars(expressions: list[Any]) -> bool:
    kinds = [key for expression in expressions if isinstance(expression, dict) for key in expression]
    return (
        bool(kinds)
        and kinds[-1] in ("drop", "reject")
        and set(kinds) <= {"drop", "reject", "counter", "log", "limit"} - ({"limit"} if kinds[-1] == "drop" else set())
    )


def _iptables(text: str, family: str) -> _Seen:
    table, seen = "", _Seen()
    last: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif found := re.match(r":(INPUT|FORWARD) (\S+)", line):
            if table == "filter":
                if found[1] == "INPUT":
                    seen.policies[f"{family} {table} INPUT"] = found[2].lower()
                if found[2] == "DROP":
                    (seen.input if found[1] == "INPUT" else seen.forward).add(family)
        elif line.startswith("-A "):
            seen.rules += 1
            if table == "filter":
                last[line.split(None, 2)[1]] = line.strip()
                if re.fullmatch(r"-A \S+ -i lo -j ACCEPT", line.strip()):
                    seen.loopback = True
                if spoof := re.fullmatch(r"-A \S+ -s (\S+)(?: ! -i lo)? -j (?:DROP|REJECT)(?: .*)?", line.strip()):
                    seen.spoofs |= {_SPOOFED[spoof[1]]} if spoof[1] in _SPOOFED else set()
    for chain, denied in (("INPUT", seen.input), ("FORWARD", seen.forward)):
        if re.fullmatch(rf"-A {chain} -j (?:DROP|REJECT)(?: --reject-with \S+)?", last.get(chain, "")):
            denied.add(family)
    return seen
