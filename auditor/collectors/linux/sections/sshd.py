"""The SSH server: effective settings from `sshd -T`, and the Match blocks that it leaves out."""

import re

from auditor.collectors.linux.config import Files, Lines
from auditor.collectors.linux.draft import Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.facts.linux import Sshd, SshMatch

_COMMA = {
    "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
    "casignaturealgorithms", "hostbasedacceptedalgorithms", "pubkeyacceptedkeytypes",
}  # fmt: skip
_MANY = {
    "allowusers", "allowgroups", "denyusers", "denygroups", "acceptenv", "listenaddress", "hostkey", "port",
    "subsystem", "authorizedkeysfile", "authenticationmethods", "permitopen", "permitlisten", "setenv", "logverbose",
}  # fmt: skip
_MAIN = "/etc/ssh/sshd_config"
_DROPINS = "/etc/ssh/sshd_config.d"
_POLICY = "/etc/crypto-policies/back-ends/opensshserver.config"
Settings = dict[str, int | str | list[str]]


def sshd(evidence: Evidence, draft: Draft) -> None:
    """sshd. Nothing stands in for `sshd -T`: without root, or with a faulty file, the settings are a gap."""
    effective: Settings = {}
    try:
        effective = parse(evidence.text("sshd"))
        if not effective:
            raise Unread("sshd -T printed nothing")
    except Absent:
        draft.missing("sshd", "sshd -T: no SSH server is installed")
        return
    except Unread as why:
        for path in ("sshd.effective", "sshd.private_keys", "sshd.max_startups_start", "sshd.max_startups_full"):
            draft.gap(path, f"sshd -T: {why}")
    blocks: dict[str, SshMatch] = {}
    try:
        files = Files(evidence, "conf")
        blocks = _blocks(files, draft)
        _crypto_policy(files, effective, draft)
    except Unread as why:
        draft.gap("sshd.match_blocks", str(why))
    startups = re.fullmatch(r"(\d+):(\d+):(\d+)", str(effective.get("maxstartups", "")))
    keys = effective.get("hostkey", [])
    facts = Sshd(
        effective=effective,
        match_blocks=blocks,
        private_keys=keys if isinstance(keys, list) else [],
        max_startups_start=int(startups[1]) if startups else None,
        max_startups_full=int(startups[3]) if startups else None,
    )
    draft.put("sshd", facts, "sshd -T")
    draft.sources["sshd.match_blocks"] = _MAIN


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


def _blocks(files: Files, draft: Draft) -> dict[str, SshMatch]:
    texts: dict[str, Lines] = {_MAIN: files.get(_MAIN) or [], **files.below(_DROPINS, ".conf")}
    blocks: dict[str, SshMatch] = {}
    for path, lines in texts.items():
        current: Settings | None = None
        for line, text in lines:
            words = re.split(r"\s*=\s*|\s+", text.strip(), maxsplit=1)
            key, value = words[0].lower(), (words[1] if len(words) > 1 else "").strip().strip('"')
            if not key or key.startswith("#"):
                continue
            if key == "include" and (current is not None or not value.startswith((f"{_DROPINS}/", "sshd_config.d/"))):
                draft.gap("sshd.match_blocks", f"{path}:{line}: Include {value[:100]} is not followed")
            elif key == "match":
                current = {}
                blocks[f"{path}:{line}"] = SshMatch(criteria=value[:300], settings=current)
            elif current is not None:
                _add(current, key, value.split("#")[0].strip())
                block = blocks[next(reversed(blocks))]
                blocks[next(reversed(blocks))] = block.model_copy(update={"settings": dict(current)})
    return blocks


def _crypto_policy(files: Files, effective: Settings, draft: Draft) -> None:
    """RHEL 8 gives sshd its algorithms on the command line, unknown to a bare `sshd -T`: those options win."""
    text = " ".join(line for _, line in files.get(_POLICY) or [])
    if effective and "CRYPTO_POLICY=" in text:
        for key, value in re.findall(r"-o(\w+)=([^\s']+)", text):
            effective.pop(key.lower(), None)
            _add(effective, key.lower(), value)
            draft.sources[f"sshd.effective[{key.lower()}]"] = _POLICY
