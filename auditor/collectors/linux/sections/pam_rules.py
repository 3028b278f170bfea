"""What PAM modules will do: arguments on the line over their file over built-in defaults, and only where reached."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.collectors.linux.config import Files, Lines, settings
from auditor.collectors.linux.draft import number
from auditor.collectors.linux.sections.pam_flow import BAD, IGNORE, OK, Answer, Node, Substack, Walk, walk
from auditor.facts.linux_people import Faillock, PamEntry, Pwhistory, Pwquality

LOGINS, CHANGES = ("login", "sshd"), ("passwd", "login", "sshd")
_HASHES = ("yescrypt", "gost_yescrypt", "sha512", "sha256", "blowfish", "bigcrypt", "md5")
# How modules answer for an ordinary local user: directories do not know it, devices of a person are not there.
_UNKNOWN_USER = {"pam_sss.so", "pam_ldap.so", "pam_krb5.so", "pam_winbind.so", "pam_rootok.so", "pam_deny.so",
                 "pam_fprintd.so", "pam_u2f.so", "pam_pkcs11.so", "pam_ssh_agent_auth.so"}  # fmt: skip
_CONDITIONS = {"pam_succeed_if.so", "pam_listfile.so", "pam_access.so", "pam_time.so", "pam_exec.so"}
_NEVER = {"unlock_time": 0, "root_unlock_time": 0}  # faillock.conf(5): the word never
Values = dict[str, int | str | bool]
Stacks = Mapping[str, Sequence[Node]]


def _values(pairs: Iterable[tuple[str, str]], allowed: Iterable[str]) -> Values:
    names = set(allowed)
    found: Values = {}
    for key, value in pairs:
        key = key.lower()
        if key in names:
            found[key] = _NEVER[key] if key in _NEVER and value == "never" else number(value) if value else True
    return found


def _file(lines: Lines) -> list[tuple[str, str]]:
    return [(key, value.split("#", 1)[0].strip()) for _, key, value in settings(lines, "#")]


def _args(entry: PamEntry) -> list[tuple[str, str]]:
    return [(arg.partition("=")[0], arg.partition("=")[2]) for arg in entry.args]


def _kept(values: Values, model: type[Pwquality] | type[Faillock] | type[Pwhistory]) -> dict[str, int | bool | str]:
    """Values of the field's own kind; what is misspelt in the file is ignored by the module as well."""
    kept: dict[str, int | bool | str] = {}
    for key, value in values.items():
        kind = model.model_fields[key].annotation
        if kind is bool and value is not False:
            kept[key] = True
        elif kind is str and isinstance(value, str):
            kept[key] = value[:300]
        elif kind is int and isinstance(value, int) and not isinstance(value, bool):
            kept[key] = value
    return kept


def entries(stack: Sequence[Node]) -> Iterator[PamEntry]:
    """All lines of a stack, those of its substacks in their place."""
    for node in stack:
        if isinstance(node, Substack):
            yield from entries(node.nodes)
        else:
            yield node


def _outcomes(stack: Sequence[Node], answer: Mapping[str, str]) -> list[Walk]:
    """The walks when these modules answer so: one with every condition met, one with none."""
    return [walk(stack, _answering(answer, conditions)) for conditions in (OK, BAD)]


def _answering(answer: Mapping[str, str], conditions: str) -> Answer:
    def said(entry: PamEntry) -> str:
        if entry.module == "pam_faillock.so":
            return answer.get(next((a for a in entry.args if a in ("preauth", "authfail", "authsucc")), ""), OK)
        if entry.module in answer:
            return answer[entry.module]
        if entry.module in _CONDITIONS:
            uid = re.search(r"\buid (<|<=|>|>=) \d+", " ".join(entry.args))
            return conditions if not uid else OK if uid[1][0] == ">" else BAD
        return "user_unknown" if entry.module in _UNKNOWN_USER else OK

    return said


def _refused(stack: Sequence[Node], module: str) -> bool:
    """Whether `module` stands in the stack, and nobody gets through once it says no."""
    there = any(entry.module == module for entry in entries(stack))
    return there and not any(found.granted for found in _outcomes(stack, {module: BAD}))


def pwquality(files: Files, stacks: Stacks) -> Pwquality:
    """libpwquality reads the drop-ins first and pwquality.conf after them, which therefore wins. Raises Unread."""
    names = [name for name in Pwquality.model_fields if name not in ("in_use", "shortest")]
    base: Values = {}
    for lines in files.below("/etc/security/pwquality.conf.d", ".conf").values():
        base |= _values(_file(lines), names)
    base |= _values(_file(files.get("/etc/security/pwquality.conf") or []), names)
    found = []
    for stack in stacks.values():
        entry = next((e for e in entries(stack) if e.module == "pam_pwquality.so"), None)
        kept = _kept(base | (_values(_args(entry), names) if entry else {}), Pwquality)
        made = Pwquality.model_validate({**kept, "in_use": _refused(stack, "pam_pwquality.so")})
        credit = sum(max(0, c) for c in (made.dcredit, made.ucredit, made.lcredit, made.ocredit))
        found.append(made.model_copy(update={"shortest": max(6, made.minlen - credit)}))
    empty = Pwquality.model_validate({**_kept(base, Pwquality), "in_use": False})
    return min(found, key=lambda one: (one.in_use, one.shortest), default=empty)


def faillock(files: Files, stacks: Stacks, accounts: Stacks) -> Faillock:
    """The weakest of the login stacks. Raises Unread."""
    names = [name for name in Faillock.model_fields if name not in ("in_use", "resets")]
    base = _values(_file(files.get("/etc/security/faillock.conf") or []), names)
    found = [Faillock.model_validate({**_kept(base, Faillock), "in_use": False})] if not stacks else []
    for service, stack in stacks.items():
        lines = [e for e in entries(stack) if e.module == "pam_faillock.so"]
        wired = _counts(stack) and _keeps_out(stack)
        resets = any("authsucc" in e.args for e in lines) or any(
            e.module == "pam_faillock.so" for e in entries(accounts.get(service, ()))
        )
        for values in [base | _values(_args(line), names) for line in lines] or [base]:
            kept = {**_kept(values, Faillock), "in_use": wired, "resets": resets}
            kept.setdefault("root_unlock_time", kept.get("unlock_time", 600))
            found.append(Faillock.model_validate(kept))
    weakest = max(found, key=_weakness)
    return weakest.model_copy(
        update={
            "even_deny_root": all(one.even_deny_root for one in found),
            "audit": all(one.audit for one in found),
            "resets": all(one.resets for one in found),
            "fail_interval": min(one.fail_interval for one in found),
            "root_unlock_time": min((one.root_unlock_time for one in found), key=lambda t: t or float("inf")),
        }
    )


def _counts(stack: Sequence[Node]) -> bool:
    """Whether a wrong password comes past preauth before pam_unix, and past authfail after it."""
    wrong = {"pam_unix.so": BAD, "preauth": OK, "authfail": IGNORE, "authsucc": OK}
    for found in _outcomes(stack, wrong):
        steps = [
            "unix" if e.module == "pam_unix.so" else next((a for a in e.args if a in ("preauth", "authfail")), "")
            for e in found.reached
            if e.module in ("pam_unix.so", "pam_faillock.so")
        ]
        if "unix" not in steps:
            return False
        unix = steps.index("unix")
        if "preauth" not in steps[:unix] or "authfail" not in steps[unix:] or found.granted:
            return False
    return True


def _keeps_out(stack: Sequence[Node]) -> bool:
    """Whether the right password is of no use to an account that is locked."""
    locked = {"pam_unix.so": OK, "preauth": BAD, "authfail": BAD, "authsucc": BAD}
    return not any(found.granted for found in _outcomes(stack, locked))


def _weakness(lock: Faillock) -> tuple[bool, float, float]:
    return (not lock.in_use, lock.deny or float("inf"), -(lock.unlock_time or float("inf")))


def pwhistory(files: Files, stacks: Stacks) -> Pwhistory:
    """The weakest pam_pwhistory of all services that change passwords. Raises Unread."""
    names = [name for name in Pwhistory.model_fields if name != "in_use"]
    base = _values(_file(files.get("/etc/security/pwhistory.conf") or []), names)
    found = []
    for stack in stacks.values():
        entry = next((e for e in entries(stack) if e.module == "pam_pwhistory.so"), None)
        kept = _kept(base | (_values(_args(entry), names) if entry else {}), Pwhistory)
        found.append(Pwhistory.model_validate({**kept, "in_use": _refused(stack, "pam_pwhistory.so")}))
    empty = Pwhistory.model_validate({**_kept(base, Pwhistory), "in_use": False})
    return min(found, key=lambda one: (one.in_use, one.enforce_for_root, one.remember), default=empty)


def asked_again(stacks: Stacks) -> list[str]:
    """`service module` where a later module asks for a password of its own in place of the one that was checked."""
    found = []
    for service, stack in stacks.items():
        asked = False
        for entry in entries(stack):
            if entry.module in ("pam_unix.so", "pam_pwhistory.so") and asked and "use_authtok" not in entry.args:
                found.append(f"{service} {entry.module}")
            asked = asked or entry.module in ("pam_pwquality.so", "pam_pwhistory.so", "pam_cracklib.so")
    return found


def hash_keyword(stack: Sequence[PamEntry], method: str) -> str | None:
    """The scheme that pam_unix will write new passwords with: the last keyword, else ENCRYPT_METHOD of login.defs."""
    args = [arg for entry in stack if entry.module == "pam_unix.so" for arg in entry.args]
    known = next((arg for arg in reversed(args) if arg in _HASHES), None)
    return known or (method.lower() or None if any(e.module == "pam_unix.so" for e in stack) else None)


def su_restricted(stacks: Stacks) -> bool:
    """Whether su refuses whoever pam_wheel refuses, with the right password of the other account."""
    lines = [e for stack in stacks.values() for e in entries(stack) if e.module == "pam_wheel.so"]
    proper = bool(lines) and all("use_uid" in e.args and "deny" not in e.args for e in lines)
    answer = {"pam_wheel.so": BAD, "pam_rootok.so": BAD}
    return proper and not any(w.granted for s in stacks.values() for w in _outcomes(s, answer))
