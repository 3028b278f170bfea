"""What PAM modules will do: arguments on the line over their own file over built-in defaults."""

from collections.abc import Iterable

from auditor.collectors.linux.config import Files, Lines, settings
from auditor.collectors.linux.draft import number
from auditor.facts.linux_people import Faillock, PamEntry, Pwhistory, Pwquality

_HASHES = ("yescrypt", "gost_yescrypt", "sha512", "sha256", "blowfish", "bigcrypt", "md5")
Values = dict[str, int | str | bool]


def _values(pairs: Iterable[tuple[str, str]], allowed: Iterable[str]) -> Values:
    names = set(allowed)
    found: Values = {}
    for key, value in pairs:
        key = key.lower()
        if key in names:
            found[key] = number(value) if value else True
    return found


def _file(lines: Lines) -> list[tuple[str, str]]:
    return [(key, value.split("#", 1)[0].strip()) for _, key, value in settings(lines, "#")]


def _args(entry: PamEntry) -> list[tuple[str, str]]:
    return [(arg.partition("=")[0], arg.partition("=")[2]) for arg in entry.args]


def _kept(values: Values, model: type[Pwquality] | type[Faillock] | type[Pwhistory]) -> dict[str, int | bool]:
    """Values of the field's own kind; what is misspelt in the file is ignored by the module as well."""
    kept: dict[str, int | bool] = {}
    for key, value in values.items():
        flag = model.model_fields[key].annotation is bool
        if flag and value is not False:
            kept[key] = True
        elif not flag and isinstance(value, int) and not isinstance(value, bool):
            kept[key] = value
    return kept


def pwquality(files: Files, stack: list[PamEntry]) -> Pwquality:
    """libpwquality reads the drop-ins first and pwquality.conf after them, which therefore wins. Raises Unread."""
    names = [name for name in Pwquality.model_fields if name != "in_use"]
    values: Values = {}
    for lines in files.below("/etc/security/pwquality.conf.d", ".conf").values():
        values |= _values(_file(lines), names)
    values |= _values(_file(files.get("/etc/security/pwquality.conf") or []), names)
    entry = next((e for e in stack if e.module == "pam_pwquality.so"), None)
    if entry:
        values |= _values(_args(entry), names)
    return Pwquality.model_validate({**_kept(values, Pwquality), "in_use": entry is not None})


def faillock(files: Files, stacks: list[list[PamEntry]]) -> Faillock:
    """The weakest of the login stacks: in_use if all count failures before and after pam_unix. Raises Unread."""
    names = [name for name in Faillock.model_fields if name != "in_use"]
    base = _values(_file(files.get("/etc/security/faillock.conf") or []), names)
    found = []
    for stack in stacks:
        entries = [(i, e) for i, e in enumerate(stack) if e.module == "pam_faillock.so"]
        values = dict(base)
        for _, entry in entries:
            values |= _values(_args(entry), names)
        unix = next((i for i, e in enumerate(stack) if e.module == "pam_unix.so"), len(stack))
        wired = any(i < unix and "preauth" in e.args for i, e in entries) and any(
            i > unix and "authfail" in e.args for i, e in entries
        )
        kept: dict[str, int | bool] = {**_kept(values, Faillock), "in_use": wired}
        kept.setdefault("root_unlock_time", kept.get("unlock_time", 600))
        found.append(Faillock.model_validate(kept))
    return max(found, key=_weakness, default=Faillock(in_use=False))


def _weakness(lock: Faillock) -> tuple[bool, float, float]:
    return (not lock.in_use, lock.deny or float("inf"), -(lock.unlock_time or float("inf")))


def pwhistory(files: Files, stack: list[PamEntry]) -> Pwhistory:
    """Effective pam_pwhistory. Raises Unread."""
    names = [name for name in Pwhistory.model_fields if name != "in_use"]
    values = _values(_file(files.get("/etc/security/pwhistory.conf") or []), names)
    entry = next((e for e in stack if e.module == "pam_pwhistory.so"), None)
    if entry:
        values |= _values(_args(entry), names)
    return Pwhistory.model_validate({**_kept(values, Pwhistory), "in_use": entry is not None})


def hash_keyword(stack: list[PamEntry]) -> str | None:
    """The scheme that pam_unix will write new passwords with; None leaves it to login.defs."""
    args = [arg for entry in stack if entry.module == "pam_unix.so" for arg in entry.args]
    return next((arg for arg in reversed(args) if arg in _HASHES), None)
