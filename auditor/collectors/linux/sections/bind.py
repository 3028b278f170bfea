"""A name server: named.conf as named would take it, zone by zone. Defaults: BIND Administrator Reference Manual."""

import re

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.matchlist import is_loopback, judge
from auditor.collectors.linux.namedconf import NamedConfError, Statement, every, first, parse
from auditor.collectors.linux.sections.bind_zones import Scope, view_of, zone_of
from auditor.facts.linux_roles import Bind, BindControl, BindKey, BindView, BindZone

_LIMIT = 5000  # zones
_MAIN = ("/etc/bind/named.conf", "/etc/named.conf")


def bind(evidence: Evidence, draft: Draft) -> None:
    """bind. A configuration that named itself would refuse, or of which a part was not seen, is a gap with its line."""
    if "roles" in draft.gaps:
        draft.gap("bind", draft.gaps["roles"])
        return
    if "name-server" not in draft.facts.get("roles", ()):
        draft.missing("bind", "derived: roles")
        return
    try:
        statements, source = _statements(evidence)
    except (Unread, NamedConfError) as why:
        system = draft.facts.get("os")
        there = "/usr/sbin/named-checkconf" if system and system.family == "rhel" else "/usr/bin/named-checkconf"
        draft.gap("bind", str(why).replace("/usr/bin/named-checkconf", there))
        return
    if statements is None:
        draft.gap("bind", "a name server is installed, but its named.conf is in no usual place")
        return
    version = _version(evidence)
    facts = _facts(statements, version)
    facts |= _process(evidence, draft)
    draft.put("bind", Bind.model_validate(facts), source)
    if not version:
        draft.gap("bind.version", "named-checkconf -v did not say; defaults are those of BIND 9.18")
    draft.sources["bind.user"] = draft.sources["bind.chroot"] = "ps -C named"


def _statements(evidence: Evidence) -> tuple[list[Statement] | None, str]:
    record = evidence.record("named") if evidence.has("named") else None
    if record and record.rc == 0:
        # Warnings stand on the same output, before what is in force.
        text = re.sub(r"(?m)^[^\s\"{};]+:\d+: .*$", "", evidence.text("named"))
        return parse(text, "named-checkconf -px", _no_include), "named-checkconf -px"
    faults = re.findall(r"(?m)^(\S+:\d+: .*)$", record.out + "\n" + record.err) if record else []
    if faults and "ermission denied" not in faults[0] and "file not found" not in faults[0]:
        raise Unread(f"named would refuse its configuration: {faults[0][:300]}")
    if not evidence.has("named_files"):
        return None, ""
    files = Files(evidence, "named_files")

    def read(path: str) -> str:
        lines = files.get(path)
        if not lines:
            raise Unread(f"{path} is included but was not read; {_hint(evidence)}")
        return "\n".join(text for _, text in lines)

    files.check("/etc/bind")
    for path in _MAIN:
        if lines := files.get(path):
            return parse("\n".join(text for _, text in lines), path, read), path
    return None, ""


def _hint(evidence: Evidence) -> str:
    try:
        evidence.text("named")
    except (Unread, Absent) as why:
        return f"named-checkconf -px: {why}"
    return "named-checkconf -px gives it"


def _no_include(path: str) -> str:
    raise NamedConfError(f"named-checkconf left {path} out")


def _version(evidence: Evidence) -> str | None:
    found = re.match(r"(?:BIND )?(\d+\.\d+(?:\.\d+)?)", evidence.out("named_version").strip())
    return found[1] if found else None


def _facts(statements: list[Statement], version: str | None) -> dict[str, object]:
    acls = {one.words[1].lower(): one.body for one in every(statements, "acl") if len(one.words) > 1}
    options = first(statements, "options")
    release = tuple(map(int, (version or "9.18").split(".")[:2]))
    anchored = first(statements, "trust-anchors", "trusted-keys", "managed-keys") is not None
    top = Scope((options.body if options else [],), acls, release, anchored)
    named = [(one.words[1], one.body) for one in every(statements, "view") if len(one.words) > 1]
    zones: dict[str, BindZone] = {}
    views: dict[str, BindView] = {}
    taken = False
    for name, body in named or [("_default", statements)]:
        scope = top.below(body) if named else top
        mine = [one for one in every(body, "zone") if len(one.words) > 1][:_LIMIT]
        found = {one.words[1]: zone_of(one, name, scope) for one in mine}
        zones |= {f"{name}/{zone}" if named else zone: facts for zone, facts in found.items()}
        views[name] = view_of(scope, found, shadowed=taken)
        taken = taken or (views[name].match_open and _unconditional(body))
    return {
        "version": version,
        "views": views,
        "zones": zones,
        "controls": _controls(statements, acls),
        "keys": {
            one.words[1]: BindKey(algorithm=_word(one.body, "algorithm").lower() or "hmac-md5")
            for one in every([*statements, *(s for _, body in named for s in body)], "key")
            if len(one.words) > 1
        },
        "version_hidden": bool(top.word("version")),
        "identity_hidden": top.word("hostname").lower() == "none" and top.word("server-id").lower() in ("", "none"),
        "listen_on": _listens(top),
        "silenced_categories": _silenced(statements),
    }


def _unconditional(body: list[Statement]) -> bool:
    recursive_only = first(body, "match-recursive-only")
    return first(body, "match-destinations") is None and (recursive_only is None or "yes" not in recursive_only.words)


def _word(body: list[Statement], name: str) -> str:
    found = first(body, name)
    return found.words[1] if found and len(found.words) > 1 else ""


def _controls(statements: list[Statement], acls: dict[str, list[Statement]]) -> dict[str, BindControl]:
    found: dict[str, BindControl] = {}
    for block in every(statements, "controls"):
        for one in block.body:
            if one.name == "inet" and len(one.words) > 1:
                keys = "keys" in one.after or "keys" in one.words
                allow = one.blocks[0] if one.blocks and "allow" in one.words else []
                found[f"rndc {_place(one, '953')}"] = _control("rndc", one, allow, acls, keyed=keys)
    for block in every(statements, "statistics-channels"):
        for one in block.body:
            if one.name == "inet" and len(one.words) > 1:
                anybody = [Statement(words=["any"])]
                allow = one.blocks[0] if one.blocks else anybody
                found[f"statistics {_place(one, '80')}"] = _control("statistics", one, allow, acls, keyed=False)
    return found


def _place(one: Statement, port: str) -> str:
    if "port" in one.words[:-1]:
        port = one.words[one.words.index("port") + 1]
    return f"{_address(one)} {port}"


def _address(one: Statement) -> str:
    return "0.0.0.0" if one.words[1] == "*" else one.words[1]  # as named-checkconf writes it  # noqa: S104


def _control(
    kind: str, one: Statement, allow: list[Statement], acls: dict[str, list[Statement]], *, keyed: bool
) -> BindControl:
    address = _address(one)
    return BindControl(
        kind=kind, address=address, loopback=is_loopback(address), keyed=keyed, open=judge(allow, acls).stranger
    )


def _listens(top: Scope) -> list[str]:
    found: list[str] = []
    for name in ("listen-on", "listen-on-v6"):
        blocks = [one.body for one in every(top.layers[-1], name)]
        words = [" ".join(one.words) for body in blocks for one in body] if blocks else ["any"]
        found += [word for word in words if word.lower() != "none"]
    return found[:200]


def _silenced(statements: list[Statement]) -> list[str]:
    quiet = {"null"}
    found: list[str] = []
    for block in every(statements, "logging"):
        quiet |= {
            one.words[1] for one in every(block.body, "channel") if len(one.words) > 1 and first(one.body, "null")
        }
        for one in every(block.body, "category"):
            channels = {name for part in one.body for name in part.words[:1]}
            if len(one.words) > 1 and channels <= quiet:
                found.append(one.words[1].lower())
    return found[:100]


def _process(evidence: Evidence, draft: Draft) -> dict[str, object]:
    lines = [line.split(None, 1) for line in evidence.out("named_ps").splitlines() if line.strip()]
    running = any(
        name in draft.facts.get("units", {}) and draft.facts["units"][name].running
        for name in ("named.service", "bind9.service", "named-chroot.service")
    )
    if not lines:
        record = evidence.record("named_ps") if evidence.has("named_ps") else None
        if running or record is None or record.rc not in (0, 1):
            draft.gap("bind.user", "the process of named does not show to this user")
            draft.gap("bind.chroot", "the process of named does not show to this user")
        return {}
    found = re.search(r"\s-t\s*(/\S+)", lines[0][1]) if len(lines[0]) > 1 else None
    users = {fields[0] for fields in lines}
    return {"user": "root" if "root" in users else min(users), "chroot": found[1][:200] if found else None}
