"""Local accounts and groups, what is left of their passwords, and what is out of order among them."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import partial

from auditor.collectors.linux.config import Files, conf_lines, settings, words
from auditor.collectors.linux.draft import Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_people import Account, AccountChecks, Group, Password

_SCHEMES = {
    "1": "md5crypt", "2a": "bcrypt", "2b": "bcrypt", "2y": "bcrypt", "5": "sha256crypt", "6": "sha512crypt",
    "7": "scrypt", "y": "yescrypt", "gy": "gost-yescrypt", "md5": "sunmd5", "sha1": "sha1crypt", "": "",
}  # fmt: skip
_STRONG = {"yescrypt", "gost-yescrypt", "sha512crypt", "sha256crypt", "bcrypt", "scrypt"}
_NO_SHELL = {"nologin", "false", "sync", "halt", "shutdown", "true"}
_GID0_CLASSIC = {"root", "sync", "shutdown", "halt", "operator"}
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
    passwords = _passwords(evidence, draft, [row[0] for row in rows])
    first = draft.facts.get("login_defs", {}).get("UID_MIN", 1000)
    shells, homes = _shells(evidence, draft), _homes(evidence, draft, rows)
    found: dict[str, Account] = {}
    for name, _, uid, gid, home, shell in rows:
        system = int(uid) < (first if isinstance(first, int) else 1000) or name == "nobody" or int(uid) == 65534
        mode, owner = homes.get(home, (None, None))
        found.setdefault(name, Account(
            uid=int(uid), gid=int(gid), home=home, shell=shell, system=system,
            login_shell=(shell == "" or shell in shells) and shell.rsplit("/", 1)[-1] not in _NO_SHELL,
            password=passwords.get(name), home_mode=mode, home_owner=owner,
        ))  # fmt: skip
    draft.put("accounts", found, "/etc/passwd")
    draft.put("groups", groups, "/etc/group")
    draft.put(
        "account_checks",
        _checks(rows, group_rows, found, passwords, draft),
        "derived: /etc/passwd, /etc/group, /etc/shadow",
    )


def _checks(
    rows: list[list[str]],
    group_rows: list[list[str]],
    found: dict[str, Account],
    passwords: dict[str, Password],
    draft: Draft,
) -> AccountChecks:
    gids = {row[1] for row in group_rows}
    known = bool(passwords)
    algorithms = known and "account_checks.weak_hashes" not in draft.gaps
    hashes = {name: p.algorithm for name, p in passwords.items() if p.state == "hash"}
    return AccountChecks(
        uid0_others=[row[0] for row in rows if row[2] == "0" and row[0] != "root"],
        gid0_others=[row[0] for row in rows if row[3] == "0" and row[0] not in _GID0_CLASSIC],
        duplicate_names=_repeated(row[0] for row in rows),
        duplicate_uids=_repeated(row[2] for row in rows),
        duplicate_group_names=_repeated(row[0] for row in group_rows),
        duplicate_gids=_repeated(row[1] for row in group_rows),
        system_with_shell=[
            name for name, a in found.items() if a.system and a.login_shell and name != "root" and a.uid != 0
        ],
        not_shadowed=[row[0] for row in rows if row[1] != "x"],
        unknown_primary_group=[row[0] for row in rows if row[3] not in gids],
        empty_passwords=sorted(
            [n for n, p in passwords.items() if p.state == "empty"] + [r[0] for r in rows if r[1] == "empty"]
        )
        if known
        else None,
        weak_hashes=[name for name, algorithm in hashes.items() if algorithm not in _STRONG] if algorithms else None,
    )


def _repeated(values: Iterable[str]) -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def _passwords(evidence: Evidence, draft: Draft, names: list[str]) -> dict[str, Password]:
    today = int(evidence.meta["now"]) // 86400 if evidence.meta.get("now", "").isdecimal() else None
    try:
        if evidence.has("shadow") or not evidence.has("passwd_s"):
            return {
                row[0]: _of_shadow(row, today)
                for row in (line.split(":") for line in evidence.text("shadow").splitlines())
                if len(row) == 8
            }
        found = {
            row[0]: _of_status(row, today)
            for row in (line.split() for line in evidence.text("passwd_s").splitlines())
            if len(row) >= 7
        }
    except (Unread, Absent) as why:
        for name in names:
            draft.gap(f"accounts[{name}].password", str(why))
        draft.gap("account_checks.empty_passwords", str(why))
        draft.gap("account_checks.weak_hashes", str(why))
        return {}
    reason = "the scheme of a hash shows to root only: `passwd -S -a` does not name it"
    draft.gap("account_checks.weak_hashes", reason)
    for name in names:
        if name in found and found[name].state == "hash":
            draft.gap(f"accounts[{name}].password.algorithm", reason)
    return found


def _of_shadow(row: list[str], today: int | None) -> Password:
    state = row[1] if row[1] in ("hash", "locked", "empty") else "hash"
    return _password(state, _SCHEMES.get(row[2], row[2]) or None, [_days(text) for text in row[3:8]], today)


def _of_status(row: list[str], today: int | None) -> Password:
    """`passwd -S`: name, L | P | NP, last change (ISO or American), min, max, warn, inactive days."""
    state = {"L": "locked", "LK": "locked", "P": "hash", "PS": "hash"}.get(row[1], "empty")
    changed = None
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", row[2]) or re.fullmatch(
        r"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d{4})", row[2]
    ):
        parts = found.groupdict()
        year, month, day = (parts["y"], parts["m"], parts["d"]) if parts else found.groups()
        try:
            changed = (date(int(year), int(month), int(day)) - date(1970, 1, 1)).days
        except ValueError:
            changed = None
    return _password(state, None, [changed, *(_days(text) for text in row[3:7])], today)


def _password(state: str, algorithm: str | None, days: list[int | None], today: int | None) -> Password:
    changed, least, most, warn, inactive = days
    future = changed is not None and today is not None and changed > today
    return Password(
        state=state, algorithm=algorithm, last_change=changed, changed_in_future=future,
        min_days=least, max_days=most, warn_days=warn, inactive_days=inactive,
    )  # fmt: skip


def _days(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def _shells(evidence: Evidence, draft: Draft) -> set[str]:
    try:
        lines = Files(evidence, "conf").get("/etc/shells")
    except Unread as why:
        draft.gap("account_checks.system_with_shell", str(why))
        lines = None
    return {w[0] for _, w in words(lines)} if lines else {"/bin/sh", "/bin/bash", "/usr/bin/bash", "/bin/csh"}


def _homes(evidence: Evidence, draft: Draft, rows: list[list[str]]) -> dict[str, tuple[str | None, str | None]]:
    """Mode and owner of each home folder. One that could not be reached is a gap of its account."""
    try:
        found = [line.split("|", 2) for line in evidence.record("homes").out.splitlines()]
        denied, whole = evidence.denied_paths("homes"), ""
    except Unread as why:
        found, denied, whole = [], {}, str(why)
    for name, *_, home, _ in rows:
        if reason := whole or denied.get(home.rstrip("/"), ""):
            draft.gap(f"accounts[{name}].home_mode", reason)
            draft.gap(f"accounts[{name}].home_owner", reason)
    return {row[2]: (row[0].zfill(4), row[1]) for row in found if len(row) == 3}
