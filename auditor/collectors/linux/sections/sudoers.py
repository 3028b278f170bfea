"""What sudoers(5) grants without asking, and how sudo runs and records what it grants."""

import re

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.sections.sudoers_text import FOLDER, NotRead, Policy, Setting, members, parse
from auditor.facts.linux_people import Sudoers

_MAIN = "/etc/sudoers"
_OTHER_PASSWORD = ("targetpw", "rootpw", "runaspw")
# Commands that start any other: a grant for one of them is a grant for all.
_ALL_BY_ITSELF = re.compile(
    r"/(?:\S*/)?(?:(?:ba|da|k|z|c|tc|fi)?sh|su|sudo|env|busybox|python[\d.]*|perl[\d.]*|ruby[\d.]*|awk|gawk|"
    r"vi|vim|nano|emacs|less|more|man|find|xargs|tar|nsenter|chroot|unshare|setpriv)(?P<arguments>\s.*)?$"
)


def sudoers(evidence: Evidence, draft: Draft) -> None:
    """sudoers. Absent when there is no /etc/sudoers: sudo is not installed."""
    try:
        if evidence.record("sudoers").rc > 2 or evidence.sudo:
            evidence.text("sudoers", ok=(0, 2))
        files = Files(evidence, "sudoers")
        main = files.get(_MAIN)
        if main is None:
            draft.missing("sudoers", "/etc/sudoers is not there")
            return
        policy = parse({_MAIN: main, **files.below(FOLDER)}, _MAIN)
    except NotRead as why:
        draft.gap("sudoers", str(why))
        return
    except Unread as why:
        needs = "" if evidence.root else "; needs root"
        draft.gap("sudoers", f"{why}{needs}" if "root" not in str(why) else str(why))
        return
    logfile = [s for s in policy.settings if s.name == "logfile" and not s.scope]
    facts = Sudoers(
        files=policy.files,
        nopasswd=[f"{grant.who}: {grant.line.partition(' ')[2]}"[:300] for grant in policy.unasked],
        nopasswd_all=[
            f"{grant.who}: {grant.line.partition(' ')[2]}"[:300]
            for grant in policy.unasked
            if any(_everything(c) for command in grant.commands for c in members(policy, "Cmnd", command))
        ],
        not_authenticated=_not_authenticated(policy),
        use_pty=_use_pty(policy, draft) and not _scoped(policy, "use_pty", off=True),
        flags={
            name: _flag(policy, name) is True or bool(_scoped(policy, name, off=False))
            for name in _OTHER_PASSWORD
            if any(s.name == name for s in policy.settings)
        },
        logfile=(logfile[-1].value or None) if logfile and not logfile[-1].off else None,
        timestamp_timeout=_timeout(policy),
    )
    draft.put("sudoers", facts, "/etc/sudoers, /etc/sudoers.d")


def _everything(command: str) -> bool:
    """ALL, a folder, a wildcard in the path, or a program that starts others and whose arguments are free."""
    if command in ("ALL", "sudoedit /*"):
        return True
    path, _, arguments = command.partition(" ")
    if not path.startswith("/"):
        return False
    if path.endswith("/") or re.search(r"[*?\[]", path):
        return True
    found = _ALL_BY_ITSELF.match(command)
    return found is not None and (not arguments.strip() or bool(re.search(r"[*?\[]", arguments)))


def _flag(policy: Policy, name: str) -> bool | None:
    """A switch for everybody: the last line wins."""
    found = [not s.off for s in policy.settings if s.name == name and not s.scope]
    return found[-1] if found else None


def _use_pty(policy: Policy, draft: Draft) -> bool:
    """On where a line says so; where none does, sudo has it on of itself since 1.9.14 (its NEWS)."""
    said = _flag(policy, "use_pty")
    version = re.match(r"(?:\d+:)?(\d+)\.(\d+)\.(\d+)", str(draft.facts.get("packages", {}).get("sudo", "")))
    return said is True or (said is None and version is not None and tuple(map(int, version.groups())) >= (1, 9, 14))


def _scoped(policy: Policy, name: str, *, off: bool) -> list[Setting]:
    """Defaults for some users, hosts or commands that still hold at the end."""
    last = {s.scope: s for s in policy.settings if s.name == name and s.scope}
    return [s for s in last.values() if s.off is off]


def _not_authenticated(policy: Policy) -> list[str]:
    found = ["Defaults !authenticate"] if _flag(policy, "authenticate") is False else []
    found += [f"Defaults{s.scope} !authenticate" for s in _scoped(policy, "authenticate", off=True)]
    last = {s.scope: s for s in policy.settings if s.name == "exempt_group"}
    return found + [f"Defaults{s.scope} exempt_group={s.value}" for s in last.values() if not s.off and s.value]


def _timeout(policy: Policy) -> float | None:
    """The longest for anybody; below 0 is the longest of all."""
    last = {s.scope: s for s in policy.settings if s.name == "timestamp_timeout"}
    values = [
        0.0 if s.off else float(s.value)
        for s in last.values()
        if s.off or re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", s.value)
    ]
    return min(values) if any(v < 0 for v in values) else max(values, default=None)
