"""Local accounts and groups, what is left of their passwords, and what is out of order among them."""

import re
from functools import partial

from auditor.collectors.linux.config import conf_lines, settings, words
from auditor.collectors.linux.draft import Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.sections.account_checks import checks
from auditor.collectors.linux.sections.homes import homes, risky_files
from auditor.collectors.linux.sections.passwords import passwords
from auditor.facts.linux_people import Account, Group

_NO_SHELL = {"nologin", "false", "sync", "halt", "shutdown", "true"}
_LIMIT = 5000


def login_defs(evidence: Evidence, draft: Draft) -> None:
    """login_defs and useradd: for accounts made later."""
    for name, path, shown in (("login_defs", "/etc/login.defs", str.split), ("useradd", "/etc/default/useradd", None)):
        lines = draft.try_read(name, partial(conf_lines, evidence, path))
        draft.missing(name, path)
        if lines is not None:
            pairs = (
                ((p[0], " ".join(p[1:])) for _, p in words(lines)) if shown else ((k, v) for _, k, v in settings(lines))
            )
            draft.put(name, {key: _octal(key, value) for key, value in pairs if value}, path)


def _octal(key: str, value: str) -> int | str:
    return value if key in ("UMASK", "HOME_MODE", "ERASECHAR", "KILLCHAR") else number(value)


def accounts(evidence: Evidence, draft: Draft) -> None:
    """accounts, groups, account_checks."""
    try:
        rows = [line.split(":") for line in evidence.text("passwd").splitlines()]
        group_rows = [line.split(":") for line in evidence.text("group").splitlines()]
        rows = [row for row in rows if len(row) == 6 and row[2].isdecimal() and row[3].isdecimal()]
        group_rows = [row for row in group_rows if len(row) == 3 and row[1].isdecimal()]
        if not rows or not group_rows:
            raise Unread("no account or no group was listed, though every system has some")
        if max(len(rows), len(group_rows)) > _LIMIT:
            raise Unread(f"there are more than {_LIMIT} accounts or groups: they were not looked at one by one")
    except (Unread, Absent) as why:
        for path in ("accounts", "groups", "account_checks"):
            draft.gap(path, str(why))
        return
    groups = {row[0]: Group(gid=int(row[1]), members=[m for m in row[2].split(",") if m]) for row in group_rows}
    known = passwords(evidence, draft, [row[0] for row in rows])
    first = draft.facts.get("login_defs", {}).get("UID_MIN", 1000)
    shells, places = _shells(draft, rows), homes(evidence, draft, rows)
    found: dict[str, Account] = {}
    for name, _, uid, gid, home, shell in rows:
        system = int(uid) < (first if isinstance(first, int) else 1000) or name == "nobody" or int(uid) == 65534
        mode, owner = places.get(home, (None, None))
        found.setdefault(name, Account(
            uid=int(uid), gid=int(gid), home=home, shell=shell, system=system,
            login_shell=(shell == "" or shell in shells) and shell.rsplit("/", 1)[-1] not in _NO_SHELL,
            password=known.get(name), home_mode=mode, home_owner=owner,
            home_owned=owner == name if owner is not None else None,
        ))  # fmt: skip
    risky_files(evidence, draft, found)
    draft.put("accounts", found, "/etc/passwd")
    draft.put("groups", groups, "/etc/group")
    draft.put(
        "account_checks",
        checks(rows, group_rows, found, known, draft),
        "derived: /etc/passwd, /etc/group, /etc/shadow",
    )


def shells(evidence: Evidence, draft: Draft) -> None:
    """shells."""
    draft.missing("shells", "/etc/shells")
    lines = draft.try_read("shells", partial(conf_lines, evidence, "/etc/shells"))
    if lines is not None:
        draft.put("shells", [w[0] for _, w in words(lines)][:200], "/etc/shells")


def _shells(draft: Draft, rows: list[list[str]]) -> set[str]:
    """Valid shells; without a list of them those of getusershell(3). A list that cannot be read is a gap of each."""
    if reason := draft.gaps.get("shells"):
        draft.gap("account_checks.no_shell_unlocked", reason)
        for row in rows:
            draft.gap(f"accounts[{row[0]}].login_shell", reason)
    return set(draft.facts.get("shells", ("/bin/sh", "/bin/csh", "/bin/bash", "/usr/bin/bash")))


def directory_accounts(evidence: Evidence, draft: Draft) -> None:
    """directory_accounts: accounts of sssd, AD, LDAP, NIS stand in no file of the host, so nothing here judges them."""
    path = "/etc/nsswitch.conf"
    draft.missing("directory_accounts", path)
    lines = draft.try_read("directory_accounts", partial(conf_lines, evidence, path))
    found = [word for _, p in words(lines or []) if p[0] in ("passwd:", "group:", "sudoers:") for word in p[1:]]
    others = sorted({w for w in found if re.fullmatch(r"[a-z_]{1,30}", w)} - {"files", "compat", "systemd", "altfiles"})
    if others:
        names = ", ".join(others)
        draft.gap(
            "directory_accounts",
            f"{path} takes accounts or sudo rules from {names} too: only local ones were looked at",
        )
    elif lines is not None:
        draft.put("directory_accounts", [], path)
