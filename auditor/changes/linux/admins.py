"""Who can become root on a host, and whether its logins still work: of evidence, for the risk notes."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.evidence import Evidence, Unread
from auditor.collectors.linux.sections.pam import parse
from auditor.collectors.linux.sections.pam_flow import BAD, OK, Broken, nodes, walk
from auditor.collectors.linux.sections.sudoers_text import joined
from auditor.facts.linux_people import PamEntry

SERVICES = ("sshd", "login", "sudo", "su")
_GROUPS = ("sudo", "wheel", "admin")
_NO_SHELL = re.compile(r"(?:^|/)(?:nologin|false|sync|halt|shutdown)$")
_UNKNOWN = {"pam_sss.so", "pam_ldap.so", "pam_krb5.so", "pam_winbind.so", "pam_rootok.so", "pam_fprintd.so",
            "pam_u2f.so", "pam_pkcs11.so", "pam_ssh_agent_auth.so"}  # fmt: skip
_CONDITIONS = {"pam_succeed_if.so", "pam_listfile.so", "pam_access.so", "pam_time.so", "pam_exec.so", "pam_wheel.so"}


class People(NamedTuple):
    """Accounts that can log in with a shell, by name: whether they are root, and who of them may become root."""

    roots: tuple[str, ...]
    admins: tuple[str, ...]  # not root themselves
    groups: Mapping[str, tuple[str, ...]]  # of each account
    login: str  # the account that looked


def people(evidence: Evidence) -> People:
    """As passwd, group and sudoers tell; without sudoers those of the groups that distributions grant all."""
    rows = [row for row in (line.split(":") for line in evidence.out("passwd").splitlines()) if len(row) == 6]
    groups = [row for row in (line.split(":") for line in evidence.out("group").splitlines()) if len(row) == 3]
    shells = [row for row in rows if not _NO_SHELL.search(row[5])]
    mine = {row[0]: tuple(g[0] for g in groups if row[0] in g[2].split(",") or g[1] == row[3]) for row in shells}
    granted = _granted(evidence)
    roots = tuple(row[0] for row in shells if row[2] == "0")
    admins = tuple(
        name
        for name in mine
        if name not in roots and (name in granted or any(f"%{g}" in granted for g in mine[name]) or "ALL" in granted)
    )
    return People(roots, admins, mine, evidence.meta.get("user", ""))


def _granted(evidence: Evidence) -> set[str]:
    """Who may run everything: names, %groups, ALL."""
    try:
        files = Files(evidence, "sudoers")
        main = files.get("/etc/sudoers")
        texts = {"/etc/sudoers": main, **files.below("/etc/sudoers.d")} if main is not None else {}
    except Unread:
        return {f"%{group}" for group in _GROUPS}
    found: set[str] = set()
    aliases: dict[str, list[str]] = {}
    for path, lines in texts.items():
        name = path.rsplit("/", 1)[1]
        if path != "/etc/sudoers" and ("." in name or name.endswith("~")):
            continue
        for _, text in joined(lines or [])[:5000]:
            if alias := re.match(r"User_Alias\s+([A-Z]\w*)\s*=\s*(.*)", text):
                aliases[alias[1]] = [part.strip() for part in alias[2].split(",")]
            elif not re.match(r"Defaults|#|@|\w+_Alias", text) and _everything(text):
                head = re.sub(r"\s*,\s*", ",", text.split("=", 1)[0].strip())
                found |= set(head.split()[0].split(",")) if head.split() else set()
    return {one for name in found for one in aliases.get(name, [name])}


def _everything(text: str) -> bool:
    """Whether the grant on a line ends in ALL among its commands."""
    items = text[:4000].partition("=")[2].split(",")
    return any(item.split()[-1:] == ["ALL"] or item.strip().endswith((")ALL", ":ALL")) for item in items)


class Doors(NamedTuple):
    """What becomes of a login by service: whether the right password gets in, and whether a wrong one does."""

    right: bool
    wrong: bool


def doors(evidence: Evidence) -> dict[str, Doors]:
    """By PAM service. {} where the stacks could not be read."""
    try:
        raw = parse(Files(evidence, "conf"))
    except Unread:
        return {}
    found: dict[str, Doors] = {}
    for service in SERVICES:
        if service not in raw:
            continue
        try:
            stack = nodes(raw, service, "auth")
        except Broken:
            found[service] = Doors(right=False, wrong=False)
            continue
        found[service] = Doors(
            any(walk(stack, _Says(OK, met)).granted for met in (OK, BAD)),
            any(walk(stack, _Says(BAD, met)).granted for met in (OK, BAD)),
        )
    return found


class _Says:
    """How modules answer for an ordinary user."""

    def __init__(self, unix: str, met: str) -> None:
        self.unix, self.met = unix, met

    def __call__(self, entry: PamEntry) -> str:
        if entry.module == "pam_unix.so":
            return self.unix
        if entry.module == "pam_deny.so":
            return BAD
        if entry.module == "pam_faillock.so":
            return BAD if "authfail" in entry.args else OK
        if entry.module in _UNKNOWN:
            return "user_unknown"
        return self.met if entry.module in _CONDITIONS else OK


def permitted(user: str, groups: Sequence[str], settings: Mapping[str, object]) -> bool:
    """Whether sshd lets this account in by its lists; patterns of hosts are taken to be met."""

    def listed(key: str) -> list[str]:
        value = settings.get(key)
        return [str(one).split("@")[0] for one in value] if isinstance(value, list) else []

    def fits(patterns: Sequence[str], names: Sequence[str]) -> bool:
        return any(
            re.fullmatch(re.escape(p).replace(r"\*", ".*").replace(r"\?", "."), name)
            for p in patterns
            for name in names
        )

    if fits(listed("denyusers"), [user]) or fits(listed("denygroups"), groups):
        return False
    for key, names in (("allowusers", [user]), ("allowgroups", list(groups))):
        if listed(key) and not fits(listed(key), names):
            return False
    return True
