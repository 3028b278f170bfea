"""Secrets out of a candidate, with the collector's own redactor, so that tokens compare equal."""

from dataclasses import replace

from auditor.changes.candidate import Candidate, File
from auditor.changes.nxos import modes
from auditor.changes.nxos.grammar import Refused, Unknown
from auditor.collectors.nexus1000v.redact import redact
from auditor.evidence.redaction import Redactor, redactor

_HOLDS = ("username ", "snmp-server ", "tacacs-server ", "radius-server ", "ntp authentication-key", "key config-key ",
          "key-string ", "password ")  # fmt: skip
_MODES = ("global", "key", "peer")
_WORDS = {
    "username": ("password",),
    "snmp-server user": ("auth", "priv"),
    "snmp-server host": ("traps", "informs", "version"),
}


def clean(candidate: Candidate) -> Candidate:
    """The same candidate without secrets. Line numbers stay."""
    keep = redactor()
    return candidate.with_files(_file(file, keep) for file in candidate.files)


def _file(file: File, keep: Redactor) -> File:
    lines = tuple(redact("\n".join(map(_spelled, file.lines)), keep).split("\n")) if file.lines else ()
    hunks = tuple(
        replace(hunk, lines=tuple(line[:1] + redact(line[1:], keep) for line in hunk.lines)) for hunk in file.hunks
    )
    return replace(file, lines=lines, hunks=hunks)


def _spelled(line: str) -> str:
    """A line that may hold a secret, with its words spelled out: the redactor knows no abbreviations."""
    bare = line.strip()
    if not bare or bare.startswith(("!", "#", "description ")):
        return line
    negated = bare.startswith("no ")
    text = _whole(bare[3:] if negated else bare, negated=negated)
    if text is None:
        return line
    return line[: len(line) - len(line.lstrip())] + ("no " if negated else "") + text


def _whole(bare: str, *, negated: bool) -> str | None:
    first = bare.split(None, 1)[0]
    for name in _MODES if len(first) > 3 else _MODES[:1]:  # `key 1` opens a key, and is no `key-string`
        known = modes.mode(name)
        try:
            parsed = known.parse(bare, negated=negated) if known else None
        except (Unknown, Refused):
            continue
        if parsed is None or not parsed.text.startswith(_HOLDS):
            return None
        words = parsed.text.split()
        for head, spelled in _WORDS.items():
            if parsed.text.startswith(f"{head} "):
                words = [_one(word, spelled) for word in words]
        return " ".join(words)
    return None


def _one(word: str, spelled: tuple[str, ...]) -> str:
    found = [one for one in spelled if len(word) > 1 and one.startswith(word)]
    return found[0] if found else word
