"""Risks of being locked out, or of a door left open: sshd, PAM, sudo, and what goes before them."""

import re
from collections.abc import Iterator

from auditor.changes.linux.admins import Doors, People, permitted
from auditor.changes.linux.risknotes import Look, Sight, risk
from auditor.changes.linux.sshchecks import bare
from auditor.changes.model import Risk
from auditor.domain import Severity

HIGH, CRITICAL, MEDIUM, LOW = Severity.HIGH, Severity.CRITICAL, Severity.MEDIUM, Severity.LOW
_ALGORITHMS = ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms")


def _people(sight: Sight) -> tuple[People | None, People | None]:
    old, new = sight.edited.meta.get("people_before"), sight.edited.meta.get("people_after")
    return (old if isinstance(old, People) else None), (new if isinstance(new, People) else None)


def _in(sight: Sight, who: People | None, side: str) -> list[str]:
    """Administrators that sshd lets in."""
    settings = (sight.old if side == "old" else sight.new)("sshd", "effective")
    if not isinstance(settings, dict) or not settings or who is None:
        return []
    names = [*(who.roots if settings.get("permitrootlogin") != "no" else ()), *who.admins]
    return [name for name in names if permitted(name, who.groups.get(name, ()), settings)]


def lists(sight: Sight) -> Iterator[Risk]:
    """Allow and deny lists that no administrator meets; the account that audits."""
    old, new = _people(sight)
    if not sight.new("sshd", "effective") or not sight.known("sshd.effective"):
        return
    before, after = _in(sight, old, "old"), _in(sight, new, "new")
    keys = [f"sshd.effective[{k}]" for k in ("allowusers", "allowgroups", "denyusers", "denygroups", "permitrootlogin")]
    where = sight.where(*keys, "sudoers")
    if before and not after:
        shown = ", ".join(before[:10])
        yield risk("ssh-lockout", CRITICAL, "No administrator of this host can log in by SSH any more",
                   f"Now these can: {shown}. The lists of sshd, PermitRootLogin and sudo leave none of them.",
                   where)  # fmt: skip
    login = new.login if new else ""
    settings = sight.new("sshd", "effective")
    if login and new and login in new.groups:
        out = not permitted(login, new.groups[login], settings) or (
            login in new.roots and settings.get("permitrootlogin") == "no"
        )
        was = sight.old("sshd", "effective") or {}
        had = old is not None and permitted(login, old.groups.get(login, ()), was)
        had = had and not (login in new.roots and was.get("permitrootlogin") == "no")
        if out and had:
            yield risk("ssh-audit-account", HIGH, "The account that audits this host is shut out",
                       f"{login} logged in for the last reading, and sshd would refuse it.", where)  # fmt: skip


def root_login(sight: Sight) -> Iterator[Risk]:
    """PermitRootLogin no where nobody but root administers."""
    old, new = (s("sshd", "effective", "permitrootlogin") for s in (sight.old, sight.new))
    _, who = _people(sight)
    if new == "no" and old not in (None, "no") and who is not None and not who.admins:
        yield risk("ssh-root-only", CRITICAL, "Root may no longer log in by SSH, and nobody else can become root",
                   "No account with a shell is granted all by sudo.",
                   sight.where("sshd.effective[permitrootlogin]"))  # fmt: skip


def passwords(sight: Sight) -> Iterator[Risk]:
    """Passwords switched off where no key is known; no way of logging in at all."""
    old, new = sight.old("sshd", "effective") or {}, sight.new("sshd", "effective") or {}
    where = sight.where("sshd.effective[passwordauthentication]", "sshd.effective[pubkeyauthentication]",
                        "sshd.effective[kbdinteractiveauthentication]")  # fmt: skip
    ways = ("passwordauthentication", "pubkeyauthentication", "kbdinteractiveauthentication", "gssapiauthentication",
            "hostbasedauthentication")  # fmt: skip
    if new and not any(new.get(way) == "yes" for way in ways) and any(old.get(way) == "yes" for way in ways):
        yield risk("ssh-no-method", CRITICAL, "sshd offers no way to log in any more",
                   "Neither passwords nor keys nor a challenge is allowed.", where)  # fmt: skip
    elif old.get("passwordauthentication") == "yes" and new.get("passwordauthentication") == "no":
        keys = sight.new("files", "/root/.ssh/authorized_keys") or {}
        if not keys or keys.get("empty") or new.get("permitrootlogin") == "no":
            yield risk("ssh-no-key-known", HIGH, "Passwords are switched off, and no key of an administrator is known",
                       "Only root's authorized_keys is looked at: see that each administrator has a key that works.",
                       where)  # fmt: skip
    if old.get("pubkeyauthentication") == "yes" and new.get("pubkeyauthentication") == "no":
        yield risk("ssh-no-keys", HIGH, "Keys are no longer taken by sshd",
                   "Automation and this auditor log in by key.",
                   sight.where("sshd.effective[pubkeyauthentication]"))  # fmt: skip
    if old.get("usepam") == "yes" and new.get("usepam") == "no":
        yield risk("ssh-no-pam", MEDIUM, "sshd no longer asks PAM",
                   "Accounts with a locked password are refused then, also those that log in by key.",
                   sight.where("sshd.effective[usepam]"))  # fmt: skip


def listening(sight: Sight) -> Iterator[Risk]:
    """Ports and addresses of sshd, beside a filter that drops."""
    old, new = sight.old("sshd", "effective") or {}, sight.new("sshd", "effective") or {}
    changed = [k for k in ("port", "listenaddress", "addressfamily") if old.get(k) != new.get(k)]
    if old and (changed or sight.touched("sshd.effective[listenaddress]")):
        drops = sight.old("firewall", "denies_by_default")
        told = {True: "The packet filter drops what no rule speaks of.", False: "The packet filter lets everything in."}
        yield risk("ssh-port", HIGH if drops is not False else MEDIUM, "sshd listens elsewhere",
                   f"Ports {_shown(old.get('port'))} become {_shown(new.get('port'))}. "
                   f"{told.get(drops, 'What the packet filter does is not known.')}",
                   sight.where("sshd.effective[port]", "sshd.effective[listenaddress]"))  # fmt: skip


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "as they are")


def algorithms(sight: Sight) -> Iterator[Risk]:
    """Lists that become shorter."""
    for key in _ALGORITHMS:
        old, new = (s("sshd", "effective", key) for s in (sight.old, sight.new))
        if isinstance(old, list) and isinstance(new, list) and set(old) - set(new):
            gone = ", ".join(one for one in old if one not in new)
            left = "" if set(old) & set(new) else " Nothing is left of the list before."
            yield risk("ssh-algorithms", LOW if not left else MEDIUM, f"Older clients may no longer reach sshd ({key})",
                       f"Gone: {gone}.{left}", sight.where(f"sshd.effective[{key}]"))  # fmt: skip


def matches(sight: Sight) -> Iterator[Risk]:
    """Match blocks that hold for the account that audits."""
    _, who = _people(sight)
    for place, context in (sight.new("sshd", "contexts") or {}).items():
        changed = context.get("changed") or {}
        before = (sight.old("sshd", "contexts", place) or {}).get("changed") or {}
        user = str(context.get("connection", "")).partition("user=")[2].split(",")[0]
        bad = {
            "permitrootlogin": "no", "pubkeyauthentication": "no", "forcecommand": None, "chrootdirectory": None,
            "permittty": None, "allowusers": None, "denyusers": None, "authenticationmethods": None,
        }  # fmt: skip
        hits = [k for k, value in bad.items() if k in changed and changed[k] != before.get(k)
                and (value is None or changed[k] == value)]  # fmt: skip
        if who and user == who.login and hits:
            yield risk("ssh-match-audit-account", HIGH, "A Match block holds for the account that audits this host",
                       f"`Match {context.get('criteria', '')}` sets {', '.join(hits)} for {user}.",
                       sight.where(f"sshd.contexts[{place}]", "sshd.match_blocks"))  # fmt: skip


def forwarding(sight: Sight) -> Iterator[Risk]:
    """No forwarding where somebody may jump by way of this host."""
    for key, off in (("allowtcpforwarding", "no"), ("disableforwarding", "yes")):
        old, new = (s("sshd", "effective", key) for s in (sight.old, sight.new))
        if old not in (None, off) and new == off:
            yield risk("ssh-forwarding", LOW, "Nothing can be forwarded through sshd any more",
                       "Jump hosts, tunnels and `ssh -J` through this host end.",
                       sight.where(f"sshd.effective[{key}]"))  # fmt: skip


def host_keys(sight: Sight) -> Iterator[Risk]:
    """Other host keys: who has the old ones refuses to connect."""
    old, new = sight.old("sshd", "private_keys"), sight.new("sshd", "private_keys")
    changed = [c for c in sight.files("/etc/ssh") if re.search(r"/ssh_host_\w+_key", c.path)]
    if changed or (old and new and set(old) - set(new)):
        yield risk("ssh-host-keys", MEDIUM, "sshd shows another host key",
                   "Clients that keep the old one, and this auditor, refuse to connect.",
                   changed[0].where if changed else sight.where("sshd.effective[hostkey]"))  # fmt: skip


def pam(sight: Sight) -> Iterator[Risk]:
    """Stacks that let nobody in, or everybody."""
    old, new = sight.edited.meta.get("doors_before"), sight.edited.meta.get("doors_after")
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    for service, was in old.items():
        now = new.get(service, was)
        if not isinstance(was, Doors) or not isinstance(now, Doors):
            continue
        if was.right and not now.right:
            yield risk("pam-lockout", CRITICAL, f"PAM lets nobody in by {service}",
                       "With the right password no path through the auth stack ends in success.",
                       sight.where("pam"))  # fmt: skip
        if now.wrong and not was.wrong:
            yield risk("pam-open", CRITICAL, f"PAM lets anybody in by {service}",
                       "With a wrong password the auth stack ends in success all the same.",
                       sight.where("pam"))  # fmt: skip


def stacks(sight: Sight) -> Iterator[Risk]:
    """Services that PAM refuses as a whole, and a count that holds for root."""
    gone = [s for s in sight.new("pam", "incomplete") or [] if s not in (sight.old("pam", "incomplete") or [])]
    if gone:
        yield risk("pam-incomplete", CRITICAL, "A PAM service includes a file that is not there",
                   f"libpam refuses {', '.join(gone[:10])}.", sight.where("pam"))  # fmt: skip
    if sight.new("pam", "faillock", "even_deny_root") and not sight.old("pam", "faillock", "even_deny_root"):
        yield risk("pam-root-locks", MEDIUM, "Wrong passwords can lock root out",
                   "faillock counts root as well (even_deny_root).", sight.where("pam.faillock", "pam"))  # fmt: skip


def sudo(sight: Sight) -> Iterator[Risk]:
    """The last administrator, and settings that end automation."""
    old, new = _people(sight)
    if old and new and old.admins and not new.admins:
        yield risk("sudo-last-admin", HIGH, "Nobody but root administers this host any more",
                   f"sudo granted all to {', '.join(old.admins[:10])}.", sight.where("sudoers"))  # fmt: skip
    lost = [
        one for one in sight.old("sudoers", "nopasswd") or [] if one not in (sight.new("sudoers", "nopasswd") or [])
    ]
    if new and any(one.split(":")[0] in (new.login, *(f"%{g}" for g in new.groups.get(new.login, ()))) for one in lost):
        yield risk("sudo-audit-account", MEDIUM, "The account that audits this host loses its sudo lines",
                   "What needs root becomes unknown.", sight.where("sudoers"))  # fmt: skip
    for change in sight.files("/etc/sudoers", "/etc/sudoers.d"):
        for line in change.added:
            if re.search(r"^\s*Defaults.*(?<!!)\brequiretty\b", line.text):
                yield risk("sudo-requiretty", MEDIUM, "sudo asks for a terminal",
                           "Automation, and this auditor with become: sudo, have none.", line.where)  # fmt: skip


def gates(sight: Sight) -> Iterator[Risk]:
    """Files that shut a host by being there."""
    for change in sight.files("/etc/nologin", "/run/nologin"):
        if not change.removed:
            yield risk("nologin", CRITICAL, "Nobody but root may log in", f"{change.path} is there.", change.where)
    for change in sight.files("/etc/hosts.deny"):
        for line in change.added:
            if re.match(r"\s*(?:ALL|sshd)\s*:\s*ALL\b", line.text):
                yield risk("hosts-deny", HIGH, "hosts.deny shuts sshd for everybody that hosts.allow does not name",
                           "sshd of Debian asks these files (libwrap).", line.where)  # fmt: skip
    for change in sight.files("/etc/security/access.conf"):
        for line in change.added:
            if re.match(r"\s*-\s*:", line.text):
                yield risk("access-conf", MEDIUM, "access.conf refuses logins",
                           "It holds wherever a PAM stack names pam_access: see whom the line leaves in.",
                           line.where)  # fmt: skip
                break
    for change in sight.files("/etc/cron.allow", "/etc/at.allow"):
        if not change.removed and change.path not in (sight.old("files") or {}):
            yield risk("cron-allow", LOW, f"{change.path} names all who may have jobs",
                       "Jobs of accounts that it does not list are not run or not edited any more.",
                       change.where)  # fmt: skip
    for change in sight.files("/etc/ld.so.preload"):
        if not change.removed:
            yield risk("preload", HIGH, "Every program loads what ld.so.preload names",
                       "A library that is missing or does not fit breaks all of them.", change.where)  # fmt: skip


def unclosed(sight: Sight) -> Iterator[Risk]:
    """A drop-in that ends within a Match block does no harm; a main file that goes on after one does."""
    for change in sight.files("/etc/ssh/sshd_config"):
        block = ""
        for line in change.lines or ():
            key, value = bare(line)
            block = value if key == "match" else block
            if line.where and block and block.lower() != "all" and key not in ("", "match"):
                yield risk("ssh-in-match", LOW, "A line of sshd_config stands within a Match block",
                           f"{key} holds for `Match {block[:80]}` only.", line.where)  # fmt: skip
                return


ACCESS: tuple[Look, ...] = (
    lists, root_login, passwords, listening, algorithms, matches, forwarding, host_keys, pam, stacks, sudo, gates,
    unclosed,
)  # fmt: skip
