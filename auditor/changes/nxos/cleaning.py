"""Secrets out of a candidate, with the collector's own redactor, so that tokens compare equal."""

from dataclasses import replace

from auditor.changes.candidate import Candidate, File
from auditor.changes.nxos import modes
from auditor.changes.nxos.grammar import Refused, Unknown
from auditor.collectors.nexus1000v.redact import redact
from auditor.evidence.redaction import Redactor, redactor

_HOLDS = ("username ", "snmp-server ", "tacacs-server ", "radius-server ", "ntp authentication-key", "key config-key ")


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
    if not bare or bare.startswith(("!", "#", "description", *_HOLDS)):
        return line
    negated = bare.startswith("no ")
    known = modes.mode("global")
    try:
        parsed = known.parse(bare[3:] if negated else bare, negated=negated) if known else None
    except (Unknown, Refused):
        return line
    if parsed is None or not parsed.text.startswith(_HOLDS):
        return line
    return line[: len(line) - len(line.lstrip())] + ("no " if negated else "") + parsed.text
