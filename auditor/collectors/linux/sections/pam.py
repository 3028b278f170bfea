"""PAM stacks with their includes resolved; text is all there is, no tool prints what PAM will do."""

import re
from collections.abc import Callable
from functools import partial

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.sections.pam_flow import Broken, Node, nodes
from auditor.collectors.linux.sections.pam_rules import (
    CHANGES,
    LOGINS,
    asked_again,
    faillock,
    hash_keyword,
    pwhistory,
    pwquality,
    su_restricted,
)
from auditor.facts.linux_people import Pam, PamEntry

_LINE = re.compile(r"-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)", re.I)
_ARG = re.compile(r"\[(?:\\\]|[^\]])*\]|\S+")
_DEPTH, _ENTRIES, _SERVICES, _WIDTH, _STEPS = 10, 300, 200, 4096, 2000
Stacks = dict[str, list[PamEntry]]


def pam(evidence: Evidence, draft: Draft) -> None:
    """pam. What modules will do is derived by walking the stacks, not by their order on paper."""
    try:
        files = Files(evidence, "conf")
        raw = parse(files)
    except Unread as why:
        draft.gap("pam", str(why))
        return
    stacks = {service: resolve(raw, service)[:_ENTRIES] for service in raw}
    method = draft.facts.get("login_defs", {}).get("ENCRYPT_METHOD")
    derived: dict[str, Callable[[], object]] = {
        "pwquality": lambda: pwquality(files, _each(raw, CHANGES, "password")),
        "faillock": lambda: faillock(files, _each(raw, LOGINS, "auth"), _each(raw, LOGINS, "account")),
        "pwhistory": lambda: pwhistory(files, _each(raw, CHANGES, "password")),
        "asked_again": lambda: asked_again(_each(raw, CHANGES, "password")),
        "hash": lambda: hash_keyword([e for e in stacks.get("passwd", []) if e.type == "password"], str(method or "")),
        "su_restricted": lambda: su_restricted(_each(raw, ("su", "su-l"), "auth")),
    }
    found = {name: draft.try_read(f"pam.{name}", partial(_told, look)) for name, look in derived.items()}
    facts = Pam.model_validate(
        {name: value for name, value in found.items() if value is not None}
        | {
            "stacks": stacks,
            "nullok": _with(raw, "pam_unix.so", _accepts_empty),
            "unix_remember": _with(raw, "pam_unix.so", lambda e: any(a.startswith("remember=") for a in e.args)),
            "incomplete": sorted(service for service in raw if not _whole(raw, service)),
        }
    )
    draft.put("pam", facts, "/etc/pam.d")
    draft.sources |= {
        "pam.pwquality": "/etc/pam.d, /etc/security/pwquality.conf",
        "pam.faillock": "/etc/pam.d, /etc/security/faillock.conf",
        "pam.pwhistory": "/etc/pam.d, /etc/security/pwhistory.conf",
    }


def _told(look: Callable[[], object]) -> object:
    try:
        return look()
    except Broken as why:
        raise Unread(f"PAM refuses this service, {why}") from why


def _each(raw: Stacks, services: tuple[str, ...], kind: str) -> dict[str, tuple[Node, ...]]:
    """The stack of each service that has lines of this type; `other` stands in where none is there. Raises Broken."""
    there = [service for service in services if service in raw] or [s for s in ("other",) if s in raw]
    found = {service: nodes(raw, service, kind) for service in there}
    return {service: stack for service, stack in found.items() if stack}


def _whole(raw: Stacks, service: str) -> bool:
    try:
        return all(nodes(raw, service, kind) is not None for kind in ("auth", "account", "password", "session"))
    except Broken:
        return False


def _with(raw: Stacks, module: str, test: Callable[[PamEntry], bool]) -> list[str]:
    return sorted(service for service, entries in raw.items() if any(e.module == module and test(e) for e in entries))


def _accepts_empty(entry: PamEntry) -> bool:
    return any(arg in ("nullok", "nullok_secure") for arg in entry.args)


def parse(files: Files) -> Stacks:
    """Lines of each service as written; `@include X` becomes a pseudo entry of every type."""
    stacks: Stacks = {}
    for path, lines in list(files.below("/etc/pam.d").items())[:_SERVICES]:
        entries = stacks.setdefault(path.rsplit("/", 1)[1], [])
        held = ""
        for line, text in lines:
            text = text.rstrip("\r")
            if text.endswith("\\") and len(held) < _WIDTH:
                held += text[:-1] + " "
                continue
            if len(held) + len(text) > _WIDTH:
                raise Unread(f"{path}:{line}: longer than any line that PAM reads")
            whole, held, source = (held + text).split("#", 1)[0].strip(), "", f"{path}:{line}"
            if whole.lower().startswith("@include"):
                entries.append(PamEntry(type="*", control="include", module=whole.split()[-1], source=source))
            elif found := _LINE.fullmatch(whole):
                args = _ARG.findall(found[4])[:50]
                control = " ".join(found[2].split())
                module = found[3].rsplit("/", 1)[-1]
                entries.append(
                    PamEntry(type=found[1].lower(), control=control, module=module, args=args, source=source)
                )
    return stacks


def resolve(
    raw: Stacks, service: str, kind: str = "*", depth: int = 0, left: list[int] | None = None
) -> list[PamEntry]:
    """Entries in order with includes and substacks put in their places, of one type or of all."""
    left = left if left is not None else [_STEPS]
    found: list[PamEntry] = []
    for entry in raw.get(service, []) if depth < _DEPTH else []:
        left[0] -= 1
        if left[0] < 0 or len(found) > _ENTRIES:
            break
        if kind not in ("*", entry.type) and entry.type != "*":
            continue
        if entry.control in ("include", "substack"):
            found += resolve(raw, entry.module, kind if entry.type == "*" else entry.type, depth + 1, left)
        else:
            found.append(entry)
    return found
