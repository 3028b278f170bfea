"""What is left of passwords: the program reduces /etc/shadow on the host, `passwd -S -a` shows no hash at all."""

import re
from datetime import date

from auditor.collectors.linux.draft import Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux_people import Password

SCHEMES = {
    "1": "md5crypt", "2a": "bcrypt", "2b": "bcrypt", "2y": "bcrypt", "5": "sha256crypt", "6": "sha512crypt",
    "7": "scrypt", "y": "yescrypt", "gy": "gost-yescrypt", "md5": "sunmd5", "sha1": "sha1crypt", "": "",
}  # fmt: skip


def passwords(evidence: Evidence, draft: Draft, names: list[str]) -> dict[str, Password]:
    """By account; {} and gaps where they could not be looked at."""
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
        for check in ("empty_passwords", "weak_hashes", "no_shell_unlocked"):
            draft.gap(f"account_checks.{check}", str(why))
        return {}
    reason = "the scheme of a hash shows to root only: `passwd -S -a` does not name it"
    draft.gap("account_checks.weak_hashes", reason)
    for name in names:
        if name in found and found[name].state == "hash":
            draft.gap(f"accounts[{name}].password.algorithm", reason)
    return found


def _of_shadow(row: list[str], today: int | None) -> Password:
    state = row[1] if row[1] in ("hash", "locked", "empty") else "hash"
    return _password(state, SCHEMES.get(row[2], row[2]) or None, [_days(text) for text in row[3:8]], today)


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
