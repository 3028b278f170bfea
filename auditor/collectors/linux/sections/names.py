"""Whom the host asks for names, and what it is told of its own name and addresses: resolv.conf(5), getent(1)."""

import re

from auditor.collectors.linux.config import Files, words
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_roles import Identity, Resolver, ReverseName

_STUB = {"127.0.0.53", "127.0.0.54"}
_BEHIND = "/run/systemd/resolve/resolv.conf"
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_QUALIFIED = re.compile(rf"^{_LABEL}(?:\.{_LABEL})+$", re.I)
_OF_LOCALHOST = re.compile(r"(?:^localhost(?:\.|$)|\.localdomain$|\.localhost$)", re.I)


def resolver(evidence: Evidence, draft: Draft) -> None:
    """resolver: servers, search list and options in force; the last `search` or `domain` line counts."""
    try:
        files = Files(evidence, "resolv")
        lines, path = files.get("/etc/resolv.conf"), "/etc/resolv.conf"
        facts = _resolver(lines or [])
        if facts.servers and set(facts.servers) <= _STUB:
            behind = files.get(_BEHIND)
            if behind is None:
                raise Unread(f"the servers behind the stub of systemd-resolved stand in {_BEHIND}, which is not there")
            path, inner = _BEHIND, _resolver(behind)
            facts = facts.model_copy(update={"servers": inner.servers, "local": inner.local})
    except (Unread, Absent) as why:
        draft.gap("resolver", str(why))
        return
    draft.put("resolver", facts, path)


def _resolver(lines: list[tuple[int, str]]) -> Resolver:
    servers: list[str] = []
    search: list[str] = []
    options: list[str] = []
    for _, text in lines:
        if text[:1] in ("#", ";"):
            continue
        for _, parts in words([(0, text.partition(";")[0])]):
            if parts[0] == "nameserver" and len(parts) > 1:
                servers.append(parts[1][:60])
            elif parts[0] in ("search", "domain"):
                search = [part.rstrip(".").lower()[:255] for part in parts[1:]] or ["."]
            elif parts[0] == "options":
                options += parts[1:]
    search = [] if search == ["."] else search
    local = bool(servers) and all(re.match(r"127\.|::1$", server) for server in servers)
    return Resolver(servers=servers[:20], search=search[:40], options=options[:40], local=local)


def identity(evidence: Evidence, draft: Draft) -> None:
    """identity. A lookup that got no answer in time is a gap of what hangs on it; one without a name is a fact."""
    facts: dict[str, object] = {}
    hostname = str(draft.facts.get("hostname", ""))
    lines = draft.try_read("identity.configured", lambda: Files(evidence, "resolv").get("/etc/hostname"))
    configured = next((text.strip() for _, text in lines or [] if text.strip() and text[:1] != "#"), None)
    if configured:
        facts |= {"configured": configured[:255], "configured_agrees": configured.lower() == hostname.lower()}
    elif reason := draft.gaps.get("identity.configured"):
        draft.gap("identity.configured_agrees", reason)
    try:
        rows = [line.split("|", 3) for line in evidence.text("names").splitlines() if line.count("|") >= 3]
    except (Unread, Absent) as why:
        for name in ("fqdn", "qualified", "forward", "forward_agrees", "addresses"):
            draft.gap(f"identity.{name}", str(why))
        rows = []
    else:
        facts |= _own_name(rows, hostname, draft)
        facts |= _addresses(rows, hostname, str(facts.get("fqdn") or ""), draft)
    draft.put("identity", Identity.model_validate(facts), "hostname -f, getent, /etc/hostname")


Rows = list[list[str]]


def _own_name(rows: Rows, hostname: str, draft: Draft) -> dict[str, object]:
    facts: dict[str, object] = {}
    found = next((row for row in rows if row[0] == "fqdn"), None)
    if found is not None and found[1] == "124":
        draft.gap("identity.fqdn", "its resolver gave no answer within 5 s")
    elif found is not None and found[1] == "0" and found[3].strip():
        facts["fqdn"] = found[3].split()[0].rstrip(".").lower()[:255]
    name = str(facts.get("fqdn") or hostname)
    if "identity.fqdn" in draft.gaps and "." not in hostname:
        draft.gap("identity.qualified", draft.gaps["identity.fqdn"])
    else:
        facts["qualified"] = bool(_QUALIFIED.match(name)) and not _OF_LOCALHOST.search(name)
    return facts


def _addresses(rows: Rows, hostname: str, fqdn: str, draft: Draft) -> dict[str, object]:
    mine = {
        address.partition("/")[0]: name
        for name, link in draft.facts.get("links", {}).items()
        if link.kind != "loopback"
        for address in link.addresses
    }
    facts: dict[str, object] = {}
    forward = next((row for row in rows if row[0] == "forward"), None)
    if forward is None or forward[1] == "124":
        for name in ("forward", "forward_agrees"):
            draft.gap(f"identity.{name}", "its resolver gave no answer within 5 s")
    else:
        told = list(
            dict.fromkeys(word for word in forward[3].split() if re.fullmatch(r"[0-9a-fA-F.:]+(?:%\w+)?", word))
        )
        told = [word for word in told if ":" in word or word.count(".") == 3][:40]
        facts |= {"forward": told, "forward_agrees": bool(set(told) & set(mine))}
        if "links" in draft.gaps:
            draft.gap("identity.forward_agrees", draft.gaps["links"])
    names = {hostname.lower(), fqdn.lower()} - {""}
    reverse: dict[str, ReverseName] = {}
    for row in rows:
        if row[0] != "reverse" or not row[2]:
            continue
        address = row[2][:60]
        words_ = [word.rstrip(".").lower()[:255] for word in row[3].split()[1:20]]
        reverse[address] = ReverseName(
            interface=mine.get(address), names=words_, agrees=bool(names & set(words_)) if row[1] == "0" else False
        )
        if "links" in draft.gaps:
            draft.gap(f"identity.addresses[{address}].interface", draft.gaps["links"])
        if row[1] == "124":
            draft.gap(f"identity.addresses[{address}]", "its resolver gave no answer within 5 s")
    facts["addresses"] = reverse
    return facts
