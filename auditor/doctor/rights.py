"""What the account of a source may not see, and the very lines that let it: sudo, roles of NX-OS and vCenter."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.collectors.linux.evidence import Evidence
from auditor.collectors.linux.wanted import SUDO_COMMANDS
from auditor.doctor.model import SKIPPED, WARN, Check
from auditor.domain import Capture, Snapshot, Source

MOST = 8  # reasons that are named of one source
FIRST_RULE = 30  # number of the first line proposed for a role: above those of docs/how-to/least-privilege.md
_LOGS = ("log_journal", "log_auth", "log_secure", "log_audit")  # asked for with `activity: true` only
_ROOT = re.compile(r"needs root|sudo refused|sudoers (?:needs|line)|root alone|only root")
_PATH_DENIED = re.compile(r"^/\S*: (?:Permission denied|Operation not permitted)")
_KERNEL = "/proc/sys/"  # a file of mode 0600 there: the collector reads none of them by sudo
_REFUSED_COMMAND = re.compile(r"^`show [^`]+` was refused|^`show [^`]+` is not known to this release or role")
_RIGHTS = re.compile(
    r"needs? (?:the )?[A-Z][\w.]+ |[Pp]ermission|refused|not allowed|not granted|denied|privilege|sudo"
)
_NOT_ASKED = re.compile(r"it needs (`\w+: true`) on the source")
_PRIVILEGE = re.compile(r"(?:needs? (?:the privilege )?|lacks (?:the privilege )?)([A-Z]\w+(?:\.\w+)+)")
_CONTEXT = re.compile(r"sudoers line: NOPASSWD: (/usr/sbin/sshd -T -C [\w.=\\,:@*/+-]+)")
_ROLES = {  # of docs/how-to/least-privilege.md, by the privilege that only they hold
    "Global.Settings": "auditor-host",
    "Host.Config.Image": "auditor-deep",
    "Certificate.Manage": "auditor-deep",
}


def rights_checks(source: Source, captures: Sequence[Capture], snapshots: Sequence[Snapshot]) -> Iterator[Check]:
    """Everything that stays unread for want of a right, each with what gives the right."""
    lacks = _lacks(snapshots)
    for privilege, unread in sorted(lacks.items()):
        yield _privilege(source, privilege, unread)
    told: list[re.Pattern[str]] = []  # what is said of these reasons already
    for capture in captures:
        if capture.platform == "linux":
            found = list(_sudo(source, capture, [one for one in snapshots if one.target == capture.target]))
            told += [_ROOT, _PATH_DENIED] if found else []
            yield from found
        elif capture.platform in ("nxos", "nexus1000v"):
            told.append(_REFUSED_COMMAND)
            yield from _role(source, capture)
            yield from _agent(source, capture)
    told += [re.compile(re.escape(privilege)) for privilege in lacks]
    yield from _kernel(source, snapshots)
    yield from _gaps(source, snapshots, told)


def _lacks(snapshots: Iterable[Snapshot]) -> dict[str, str]:
    """The privileges that a vCenter account has not, with what stays unread."""
    found: dict[str, str] = {}
    for one in snapshots:
        lacks = one.facts.get("account_lacks")
        if isinstance(lacks, Mapping):
            found |= {str(privilege): str(unread) for privilege, unread in lacks.items()}
    return found


def _privilege(source: Source, privilege: str, unread: str) -> Check:
    account = source.credential.username if source.credential else "the account"
    if privilege == "System.Read":
        mend = f"Give {account} the role Read-only at the root object, propagated to children."
    else:
        role = _ROLES.get(privilege)
        mend = (
            f"Give {account} {'the role ' + role if role else 'a role with it'} (docs/how-to/least-privilege.md), at "
            f"the root, propagated; or add the privilege to the role it has (left out on purpose: nothing to do)\n"
            f"govc role.update -a {role or 'ROLE'} {privilege}"
        )
    return Check("source", source.name, WARN, f"{account} lacks {privilege}; unread: {unread}", mend)


def _sudo(source: Source, capture: Capture, snapshots: Sequence[Snapshot]) -> Iterator[Check]:
    evidence = Evidence(capture.body)
    asked = evidence.sudo
    commands = list(evidence.refused().values())
    paths = [path for one in snapshots for path, reason in one.gaps.items() if _of_root(reason)]
    reasons = [reason for one in snapshots for reason in one.gaps.values()]
    commands += [found[1] for reason in reasons if (found := _CONTEXT.search(reason))]
    if not commands:
        return
    if not asked:
        commands = [one for key, one in SUDO_COMMANDS.items() if source.activity or key not in _LOGS]
    user = source.credential.username if source.credential else evidence.meta.get("user", "audit")
    lines = "\n".join(_line(user, one) for one in dict.fromkeys(commands))
    why = (
        f"sudo refuses {len(set(commands))} command{'s' * (len(set(commands)) != 1)}"
        if asked
        else "what needs root is not read: no `become: sudo`"
    )
    first = "" if asked else "Write `become: sudo` on the source. "
    mend = f"{first}On the host, as root, `visudo -f /etc/sudoers.d/{user}`, and add:\n{lines}"
    yield Check("source", source.name, WARN, f"{why}; unread: {_some(paths)}", mend)


def _line(user: str, command: str) -> str:
    """A line of sudoers(5): a backslash before what has a meaning there; `""` where no argument is meant."""
    command = re.sub(r"(?<!\\)([,:=])", r"\\\1", command)  # some carry their backslashes already
    bare = "" if " " in command or command.endswith('""') else ' ""'
    return f"{user} ALL=(root) NOPASSWD: {command}{bare}"


def _of_root(reason: str) -> bool:
    denied = _PATH_DENIED.search(reason) and not reason.startswith(_KERNEL)
    return bool(denied or _ROOT.search(reason))


def _kernel(source: Source, snapshots: Sequence[Snapshot]) -> Iterator[Check]:
    """Parameters of the kernel that root alone may read: no right that could be given opens them."""
    found = {path for one in snapshots for path, reason in one.gaps.items() if reason.startswith(_KERNEL)}
    if found:
        words = (
            f"kernel parameters that only root reads stay unread, and no shipped rule wants one: {_some(sorted(found))}"
        )
        yield Check("source", source.name, SKIPPED, words)


def _role(source: Source, capture: Capture) -> Iterator[Check]:
    commands = capture.body.get("commands")
    refused = [
        str(command)
        for command, record in (commands.items() if isinstance(commands, Mapping) else ())
        if isinstance(record, Mapping) and record.get("status") == "refused"
    ]
    if not refused:
        return
    lines = "\n".join(f"rule {FIRST_RULE + n} permit command {one}" for n, one in enumerate(refused))
    account = next((one.username for one in source.credentials.values()), "the account")
    mend = (
        f"In configuration mode, in the role of {account} (`show user-account`), with numbers that are free there; "
        f"with command authorisation by AAA, in the server's permit set:\n{lines}"
    )
    words = f"its role, or its AAA server, refuses {', '.join(refused)}"
    yield Check("source", source.name, WARN, words, mend)


def _agent(source: Source, capture: Capture) -> Iterator[Check]:
    """An SNMP agent that was to be asked and did not answer this user."""
    said, options = capture.body.get("snmp"), getattr(source.options, "snmp", None)
    if not isinstance(said, Mapping) or options is None or not said.get("reason"):
        return
    credential = source.credentials.get("snmp")
    user = credential.username if credential else "audit-snmp"
    mend = (
        f"The switch must know it with the passphrases of credential {options.credential}, in configuration mode:\n"
        f"snmp-server user {user} network-operator auth {options.auth} PASSPHRASE priv {options.priv} PASSPHRASE\n"
        f"and UDP port {options.port} be open to this machine. A wrong privacy passphrase looks like silence."
    )
    yield Check("source", source.name, WARN, f"SNMP is not read: {said['reason']}", mend)


def _gaps(source: Source, snapshots: Sequence[Snapshot], told: Sequence[re.Pattern[str]]) -> Iterator[Check]:
    """What else is a gap for want of a right, each reason once, with the targets counted."""
    where: dict[str, set[str]] = {}
    paths: dict[str, list[str]] = {}
    for one in snapshots:
        for path, reason in one.gaps.items():
            if reason.startswith(_KERNEL) or not _RIGHTS.search(reason) or any(each.search(reason) for each in told):
                continue
            where.setdefault(reason, set()).add(one.target)
            paths.setdefault(reason, []).append(path)
    for reason in sorted(where, key=lambda text: (-len(where[text]), text))[:MOST]:
        of = f" on {len(where[reason])} of {len(snapshots)} targets" if len(snapshots) > 1 else ""
        if asked := _NOT_ASKED.search(reason):
            mend = f"Write {asked[1]} on the source to have it read, or leave it so."
            yield Check("source", source.name, SKIPPED, f"unread: {_some(paths[reason])}: {reason}", mend)
            continue
        found = _PRIVILEGE.search(reason)
        mend = _privilege(source, found[1], "").mend if found else _general(reason)
        yield Check("source", source.name, WARN, f"unread{of}: {_some(paths[reason])}: {reason}", mend)
    if len(where) > MOST:
        more = len(where) - MOST
        yield Check("source", source.name, WARN, f"and {more} more reasons", "`auditor audit` lists every gap.")


def _general(reason: str) -> str:
    if "sudo is not installed" in reason:
        return "Install sudo on the host, or leave `become` out."
    return "See docs/how-to/least-privilege.md for what the account needs."


def _some(paths: Sequence[str]) -> str:
    known = list(Counter(paths))
    more = f" and {len(known) - 4} more facts" if len(known) > 4 else ""
    return ", ".join(known[:4]) + more if known else "nothing that a shipped rule uses"
