"""Rules that rewrite addresses: what iptables-save lists in its nat tables, and chains of type nat in nft's own."""

import json
import re
from typing import Any

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_links import Nat

_LIMIT = 2000
_REWRITE = ("snat", "dnat", "masquerade", "redirect")


def nat(evidence: Evidence, draft: Draft) -> None:
    """nat.rules. A family that iptables-save lists is not taken from nft again: those are the same rules."""
    rules: list[str] = []
    problems: list[str] = []
    seen: set[str] = set()
    looked = False
    for key, family in (("iptables", "ip"), ("ip6tables", "ip6")):
        try:
            text = evidence.text(key)
        except Absent:
            continue
        except Unread as why:
            problems.append(f"{key}: {why}")
            continue
        looked = True
        if re.search(r"(?m)^\*nat\s*$", text):
            seen.add(family)
            rules += _saved(text, family)
    try:
        rules += _own(json.loads(evidence.text("nft")), seen)
        looked = True
    except Absent:
        pass
    except (Unread, ValueError, KeyError, TypeError, AttributeError, RecursionError) as why:
        problems.append(f"nft: {why if isinstance(why, Unread) else 'did not answer in its form'}")
    if problems or not looked:
        draft.gap("nat.rules", "; ".join(problems) or "neither nft nor iptables-save is installed")
    if len(rules) > _LIMIT:
        draft.gap("nat.rules", f"more than {_LIMIT} rules: they were not compared")
    facts = Nat(rules=None if "nat.rules" in draft.gaps else rules)
    draft.put("nat", facts, "iptables-save, ip6tables-save, nft -j list ruleset")


def _saved(text: str, family: str) -> list[str]:
    table, found = "", []
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif (
            table == "nat"
            and line.startswith("-A ")
            and re.search(r"\s-j (?:SNAT|DNAT|MASQUERADE|REDIRECT|NETMAP)\b", line)
        ):
            found.append(f"{family} nat {line[3:].strip()}"[:400])
    return found


def _own(document: Any, seen: set[str]) -> list[str]:
    chains: set[tuple[str, str, str]] = set()
    found: list[str] = []
    for item in document["nftables"]:
        chain, rule = item.get("chain"), item.get("rule")
        if isinstance(chain, dict) and chain.get("type") == "nat":
            chains.add(_at(chain, "name"))
        elif isinstance(rule, dict):
            place = _at(rule, "chain")
            expressions = [e for e in rule.get("expr") or [] if isinstance(e, dict)]
            rewrites = any(key in _REWRITE for e in expressions for key in e)
            if rewrites and not (place[0] in seen and place[1] == "nat"):
                found.append(f"{' '.join(place)} {' '.join(filter(None, map(_words, expressions)))}"[:400])
    return found


def _at(item: dict[str, Any], key: str) -> tuple[str, str, str]:
    return str(item.get("family"))[:20], str(item.get("table"))[:60], str(item.get(key))[:60]


def _words(expression: dict[str, Any]) -> str:
    """An expression of libnftables-json(5) in the words that nft itself would use, as near as rules need."""
    (kind, value), *_ = expression.items()
    if kind in ("counter", "log", "comment", "xt"):
        return ""
    if kind == "match":
        sign = "" if value.get("op") in ("==", "in") else f"{value.get('op')} "
        return f"{_side(value.get('left'))} {sign}{_side(value.get('right'))}"
    if kind in _REWRITE:
        if not isinstance(value, dict):
            return kind
        port = f":{_side(value['port'])}" if "port" in value else ""
        return f"{kind} to {_side(value.get('addr', ''))}{port}"
    return json.dumps(expression, sort_keys=True, separators=(",", ":"))


def _side(value: Any) -> str:
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, dict):
        if "prefix" in value:
            return f"{value['prefix'].get('addr')}/{value['prefix'].get('len')}"
        if "payload" in value and "field" in value["payload"]:
            return f"{value['payload'].get('protocol')} {value['payload']['field']}"
        if "meta" in value:
            return str(value["meta"].get("key"))
        if "set" in value and isinstance(value["set"], list):
            return "{" + ",".join(map(_side, value["set"])) + "}"
        if "range" in value:
            return "-".join(map(_side, value["range"]))
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
