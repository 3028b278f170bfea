"""PAM stacks with their includes resolved; text is all there is, no tool prints what PAM will do."""

import re

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.sections.pam_rules import faillock, hash_keyword, pwhistory, pwquality
from auditor.facts.linux_people import Pam, PamEntry

_LINE = re.compile(r"-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)", re.I)
_ARG = re.compile(r"\[(?:\\\]|[^\]])*\]|\S+")
_DEPTH, _ENTRIES, _SERVICES = 10, 300, 200
Stacks = dict[str, list[PamEntry]]


def pam(evidence: Evidence, draft: Draft) -> None:
    """pam."""
    try:
        files = Files(evidence, "conf")
        raw = parse(files)
    except Unread as why:
        draft.gap("pam", str(why))
        return
    stacks = {service: resolve(raw, service)[:_ENTRIES] for service in raw}
    quality = draft.try_read("pam.pwquality", lambda: pwquality(files, _of(stacks, "passwd", "password")))
    logins = [_of(stacks, service, "auth") for service in ("login", "sshd") if service in stacks]
    lock = draft.try_read("pam.faillock", lambda: faillock(files, logins))
    history = draft.try_read("pam.pwhistory", lambda: pwhistory(files, _of(stacks, "passwd", "password")))
    facts = Pam(
        stacks=stacks,
        pwquality=quality,
        faillock=lock,
        pwhistory=history,
        nullok=sorted(service for service, entries in raw.items() if any(_accepts_empty(e) for e in entries)),
        hash=hash_keyword(_of(stacks, "passwd", "password")),
        su_restricted=any(
            e.module == "pam_wheel.so"
            and e.control in ("required", "requisite")
            and "use_uid" in e.args
            and "deny" not in e.args
            for e in _of(stacks, "su", "auth")
        ),
    )
    draft.put("pam", facts, "/etc/pam.d")
    draft.sources |= {
        "pam.pwquality": "/etc/pam.d/passwd, /etc/security/pwquality.conf",
        "pam.faillock": "/etc/pam.d, /etc/security/faillock.conf",
    }


def _accepts_empty(entry: PamEntry) -> bool:
    return entry.module == "pam_unix.so" and any(arg in ("nullok", "nullok_secure") for arg in entry.args)


def _of(stacks: Stacks, service: str, kind: str) -> list[PamEntry]:
    return [entry for entry in stacks.get(service, stacks.get("other", [])) if entry.type == kind]


def parse(files: Files) -> Stacks:
    """Lines of each service as written; `@include X` becomes a pseudo entry of every type."""
    stacks: Stacks = {}
    for path, lines in list(files.below("/etc/pam.d").items())[:_SERVICES]:
        entries = stacks.setdefault(path.rsplit("/", 1)[1], [])
        held = ""
        for line, text in lines:
            if text.endswith("\\"):
                held += text[:-1] + " "
                continue
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


def resolve(raw: Stacks, service: str, kind: str = "*", depth: int = 0) -> list[PamEntry]:
    """Entries in order with includes and substacks put in their places, of one type or of all."""
    found: list[PamEntry] = []
    for entry in raw.get(service, []) if depth < _DEPTH else []:
        if kind not in ("*", entry.type) and entry.type != "*":
            continue
        if entry.control in ("include", "substack"):
            found += resolve(raw, entry.module, kind if entry.type == "*" else entry.type, depth + 1)
        else:
            found.append(entry)
        if len(found) > _ENTRIES:
            break
    return found
