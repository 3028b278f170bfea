"""Home folders, and the files in them that open a door."""

import re
from collections.abc import Mapping

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_people import Account

# find -ls: inode, blocks, mode, links, owner, group, size, three words of a date, path; odd bytes are escaped.
_LISTED = re.compile(r"\s*\d+\s+\d+\s+-([rwxsStT-]{9})\S*\s+\d+\s+(\S+)\s+\S+\s+\d+\s+\S+\s+\S+\s+\S+\s+(/.*)")
_BITS = {"r": 4, "w": 2, "x": 1, "s": 1, "t": 1}
_NEVER, _PRIVATE = {".rhosts", ".shosts", ".forward"}, {".netrc", ".bash_history"}
_SHOWN, _KEPT = 50, 5900  # bytes: of 6000 of complaints that the program keeps


def homes(evidence: Evidence, draft: Draft, rows: list[list[str]]) -> dict[str, tuple[str | None, str | None]]:
    """Mode and owner of each home folder. One that could not be reached is a gap of its account."""
    try:
        found = [line.split("|", 2) for line in evidence.record("homes").out.splitlines()]
        denied, whole = evidence.denied_paths("homes"), ""
    except Unread as why:
        found, denied, whole = [], {}, str(why)
    for name, *_, home, _ in rows:
        if reason := whole or denied.get(home.rstrip("/"), ""):
            for fact in ("home_mode", "home_owner", "home_owned"):
                draft.gap(f"accounts[{name}].{fact}", reason)
    return {row[2]: (row[0].zfill(4), row[1]) for row in found if len(row) == 3}


def risky_files(evidence: Evidence, draft: Draft, accounts: dict[str, Account]) -> None:
    """Fills `risky_files` of root and of accounts with a login shell; a gap for each that was not searched."""
    found: dict[str, list[str]] = {}
    barred: dict[str, str] = {}
    lost: dict[str, str] = {}
    for key in ("dot_files", "dot_files_elsewhere"):
        try:
            out = _searched(evidence, key)
        except Unread as why:
            lost[key] = str(why)
            continue
        barred |= evidence.denied_paths(key)
        for line in filter(None, out.split("\n")):
            if (item := _LISTED.fullmatch(line)) is None:
                lost[key] = f"a line of find could not be understood: {line[:200]}"
            elif risk := _risk(item[1], item[3]):
                found.setdefault(item[3].rsplit("/", 1)[0].rstrip("/") or "/", []).append(risk)
    for name, account in accounts.items():
        if not (account.uid == 0 or (account.login_shell and not account.system)):
            continue
        home = account.home.rstrip("/") or "/"
        usual = home == "/root" or re.fullmatch(r"/home/[^/]+", home)
        if reason := lost.get("dot_files" if usual else "dot_files_elsewhere", "") or _denied(home, barred):
            draft.gap(f"accounts[{name}].risky_files", reason)
        else:
            listed = sorted(found.get(home, []))[:_SHOWN]
            accounts[name] = account.model_copy(update={"risky_files": listed})


def _searched(evidence: Evidence, key: str) -> str:
    """What find printed, also when it could not enter each folder. Raises Unread when it did not search at all."""
    record = evidence.record(key)
    if record.rc != 0 and (record.rc != 1 or evidence.stray(key)):
        try:
            evidence.text(key)
        except Absent as why:
            raise Unread(str(why)) from why
    if len(record.err.encode("utf-8", "replace")) >= _KEPT:
        raise Unread("too many folders refused the search to tell which")
    return record.out


def _denied(home: str, barred: Mapping[str, str]) -> str:
    near = (
        f"{p}: {why}" for p, why in barred.items() if home == p or home.startswith(f"{p}/") or p.startswith(f"{home}/")
    )
    return next(near, "")


def _risk(mode: str, path: str) -> str:
    name = path.rsplit("/", 1)[1].replace("\\ ", " ")
    bits = [sum(_BITS.get(c.lower(), 0) if c not in "ST" else 0 for c in mode[i : i + 3]) for i in (0, 3, 6)]
    shown = f"{name[:200]} 0{bits[0]}{bits[1]}{bits[2]}"
    if name in _NEVER:
        return shown
    if name in _PRIVATE:
        return shown if bits[1] or bits[2] else ""
    return shown if name.startswith(".") and (bits[1] & 2 or bits[2] & 2) else ""
