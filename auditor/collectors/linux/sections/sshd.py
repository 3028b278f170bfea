"""The SSH server: effective settings from `sshd -T`, and what connections get that a Match block is meant for."""

import re
from functools import partial

from auditor.collectors.linux.config import Files, Lines, settings
from auditor.collectors.linux.draft import Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.sections.ssh_contexts import LIMIT, applies
from auditor.collectors.linux.sections.ssh_files import DROPINS, MAIN, POLICY, NotFollowed, walk
from auditor.facts.linux import Sshd, SshMatch
from auditor.facts.linux_access import SshContext

_COMMA = {
    "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
    "casignaturealgorithms", "hostbasedacceptedalgorithms", "pubkeyacceptedkeytypes", "gssapikexalgorithms",
}  # fmt: skip
_MANY = {
    "allowusers", "allowgroups", "denyusers", "denygroups", "acceptenv", "listenaddress", "hostkey", "port",
    "subsystem", "authorizedkeysfile", "authenticationmethods", "permitopen", "permitlisten", "setenv", "logverbose",
}  # fmt: skip
_EFFECTIVE = ("effective", "private_keys", "max_startups_start", "max_startups_full", "rekey_bytes", "rekey_seconds")
_NO_ONE = "user=auditor-none,host=none.invalid,addr=192.0.2.9,laddr=192.0.2.8,lport=65535"  # as in the program
_CRITERIA = 1000  # characters of a Match line that are kept; a longer one is not judged
_SYSCONFIG = "/etc/sysconfig/sshd"
Settings = dict[str, int | str | list[str]]


def sshd(evidence: Evidence, draft: Draft) -> None:
    """sshd. Nothing stands in for `sshd -T`: without root, or with a faulty file, the settings are a gap."""
    effective: Settings = {}
    try:
        effective = parse(_plain(evidence, draft))
        if not effective:
            raise Unread("sshd -T printed nothing")
        _command_line(evidence, effective, draft)
    except Absent:
        draft.missing("sshd", "sshd -T: no SSH server is installed")
        return
    except Unread as why:
        effective = {}
        for name in _EFFECTIVE:
            draft.gap(f"sshd.{name}", f"sshd -T: {why}")
    blocks: dict[str, SshMatch] = {}
    contexts: dict[str, SshContext] = {}
    try:
        blocks = _blocks(_texts(evidence))
        contexts = _contexts(evidence, draft, blocks, effective)
    except (Unread, NotFollowed) as why:
        for name in ("match_blocks", "contexts"):
            draft.gap(f"sshd.{name}", str(why))
    overridden = draft.try_read("sshd.policy_overridden", lambda: _policy(Files(evidence, "conf").get(_SYSCONFIG)))
    startups = re.fullmatch(r"(\d+):(\d+):(\d+)", str(effective.get("maxstartups", "")))
    rekey = re.fullmatch(r"(\d+) (\d+)", str(effective.get("rekeylimit", "")))
    keys = effective.get("hostkey", [])
    facts = Sshd(
        effective=effective,
        match_blocks=blocks,
        contexts=contexts,
        policy_overridden=overridden,
        rekey_bytes=int(rekey[1]) if rekey else None,
        rekey_seconds=int(rekey[2]) if rekey else None,
        private_keys=keys if isinstance(keys, list) else [],
        max_startups_start=int(startups[1]) if startups else None,
        max_startups_full=int(startups[3]) if startups else None,
    )
    draft.put("sshd", facts, "sshd -T")
    draft.sources |= {"sshd.match_blocks": MAIN, "sshd.contexts": "sshd -T -C", "sshd.policy_overridden": _SYSCONFIG}


def _plain(evidence: Evidence, draft: Draft) -> str:
    """What holds outside Match blocks. Raises Unread; Absent where there is no SSH server.

    `sshd -T` stops where a block asks for a local port or address; then what a connection gets that no block holds for.
    """
    try:
        return evidence.text("sshd")
    except Unread as why:
        if "in connection test specification" not in str(why) or not evidence.has("sshd_plain"):
            raise
        text = evidence.text("sshd_plain")
        accounts, groups = draft.facts.get("accounts", {}), draft.facts.get("groups", {})
        for place, block in _known_blocks(evidence).items():
            if applies(block.criteria, _NO_ONE, accounts, groups):
                raise Unread(f"{why}; and the block at {place} holds for every connection") from why
        return text


def _known_blocks(evidence: Evidence) -> dict[str, SshMatch]:
    try:
        return _blocks(_texts(evidence))
    except NotFollowed as why:
        raise Unread(str(why)) from why


def parse(text: str) -> Settings:
    """Settings by lower-case key. Keywords that may repeat, and algorithm lists, become lists."""
    found: Settings = {}
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        _add(found, key.lower(), value.strip())
    return found


def _add(found: Settings, key: str, value: str) -> None:
    if not re.fullmatch(r"[a-z0-9]{2,40}", key) or not value:
        return
    if key in _COMMA:
        found[key] = [item for item in value.split(",") if item]
    elif key in _MANY:
        known = found.get(key, [])
        found[key] = [*(known if isinstance(known, list) else []), value][:500]
    else:
        found.setdefault(key, number(value))


def _texts(evidence: Evidence) -> dict[str, Lines]:
    """The files that sshd reads, by path. Raises Unread."""
    files = Files(evidence, "sshd_text" if evidence.out("sshd_text") else "conf")
    main = files.get(MAIN)
    if main is None:
        raise Unread(f"{MAIN} is not there: this sshd reads its configuration from another place")
    texts = {MAIN: main, **files.below(DROPINS)}
    return texts | {POLICY: Files(evidence, "conf").get(POLICY) or []}


def _blocks(texts: dict[str, Lines]) -> dict[str, SshMatch]:
    found: dict[str, tuple[str, Settings]] = {}
    for _, block, key, value in walk(texts):
        if block is None:
            continue
        name = f"{block[0]}:{block[1]}"
        if key == "match":
            found[name] = (value[:_CRITERIA], {})
        else:
            # of a file included inside a block: the block's own exception
            _add(found.setdefault(name, ("", {}))[1], key, value)
    return {name: SshMatch(criteria=criteria, settings=kept) for name, (criteria, kept) in found.items()}


def _contexts(
    evidence: Evidence, draft: Draft, blocks: dict[str, SshMatch], effective: Settings
) -> dict[str, SshContext]:
    if not blocks:
        return {}
    rows = [row for line in evidence.text("sshd_matches").splitlines() if len(row := line.split("\t")) == 2]
    accounts, groups = draft.facts.get("accounts", {}), draft.facts.get("groups", {})
    found: dict[str, SshContext] = {}
    asked = {place: (f"sshd_match_{n}", connection) for n, (place, connection) in enumerate(rows[:LIMIT], 1)}
    for place, block in blocks.items():
        key, connection = asked.get(place, ("", ""))
        whole = len(block.criteria) < _CRITERIA
        if not key or not whole or not applies(block.criteria, connection, accounts, groups):
            draft.gap(
                f"sshd.contexts[{place}]",
                f"no connection for `Match {block.criteria[:200]}` could be made up here (no local member of "
                f"its group, a criterion that is not known, or more than {LIMIT} blocks): ask sshd -T -C by hand",
            )
            found[place] = SshContext(criteria=block.criteria, connection="")
            continue
        got = draft.try_read(f"sshd.contexts[{place}]", partial(_asked, evidence, key, connection)) or {}
        if got and not effective:
            draft.gap(f"sshd.contexts[{place}]", draft.gaps["sshd.effective"])
        changed = {  # lists of algorithms hold for the whole server, and may have come by its command line
            name: value
            for name, value in got.items()
            if effective and name not in _COMMA and effective.get(name) != value
        }
        root = changed.get("permitrootlogin") if connection.startswith("user=root,") else None
        found[place] = SshContext(
            criteria=block.criteria,
            connection=connection,
            changed=changed,
            root_login=str(root) if root is not None else None,
        )
    return found


def _asked(evidence: Evidence, key: str, connection: str) -> Settings:
    if not evidence.has(key) and not (evidence.root or evidence.sudo):
        raise Unread(f"sshd -T -C needs root; sudoers line: NOPASSWD: /usr/sbin/sshd -T -C {_escaped(connection)}")
    try:
        found = parse(evidence.text(key))
    except Absent as why:
        raise Unread(str(why)) from why
    except Unread as why:
        line = f"/usr/sbin/sshd -T -C {_escaped(connection)}" if str(why).endswith("NOPASSWD:") else ""
        raise Unread(f"sshd -T -C {connection}: {why} {line}") from why
    if not found:
        raise Unread("sshd -T -C printed nothing")
    return found


def _escaped(connection: str) -> str:
    """As sudoers(5) wants it in the arguments of a command."""
    return re.sub(r"([,:=])", r"\\\1", connection)


def _policy(lines: Lines | None) -> bool:
    return any(key == "CRYPTO_POLICY" for _, key, _ in settings(lines or [], "#"))


def _command_line(evidence: Evidence, effective: Settings, draft: Draft) -> None:
    """Options that sshd was started with win over its files, and a bare `sshd -T` does not know them.

    RHEL 8 hands it its algorithms that way. Where no sshd runs, what its unit would hand it. Raises Unread.
    """
    words = evidence.out("sshd_cmdline").replace("\n", " ")
    source = "command line of the running sshd"
    if "sshd" not in words:
        text = " ".join(line for _, line in Files(evidence, "conf").get(POLICY) or [])
        words, source = (text, POLICY) if "CRYPTO_POLICY=" in text else ("", "")
    if (file := re.search(r"\s-f\s?(\S+)", words)) and file[1] != MAIN:
        raise Unread(f"the running sshd reads {file[1][:100]}, and `sshd -T` would show another file")
    given: Settings = {}
    for key, value in re.findall(r"-o\s?[\"']?(\w+)[= ]([^\s'\"]+)", words):
        _add(given, key.lower(), value)
    for key, value in given.items():
        effective[key] = value
        draft.sources[f"sshd.effective[{key}]"] = source
        if isinstance(value, list) and value and value[0][:1] in ("+", "-", "^"):
            draft.gap(f"sshd.effective[{key}]", f"the running sshd was started with -o{key} that changes a list")
