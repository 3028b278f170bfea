"""Secrets out of a candidate, as the collector takes them out of what it reads: equal secrets, equal tokens."""

import json
import re
from dataclasses import replace
from typing import Any

from auditor.changes.candidate import Candidate, File
from auditor.changes.linux.batches import holding
from auditor.collectors.linux.redact import hashes, text
from auditor.evidence.redaction import redactor

# Of these records the collector takes hashes only: a word like `key` in them announces no secret.
_HASHES = {"audit_rules", "resolv", "repositories", "aide_conf", "aide_jobs"}
_SECRET_KEY = re.compile(r"passw|secret|token|private_key|api_key|credential", re.I)
_DEPTH = 60


def clean(candidate: Candidate) -> Candidate:
    """The candidate with secrets as tokens."""
    files = [_file(file) for file in candidate.files]
    data = candidate.data
    document = getattr(data, "data", None)
    if document is not None and hasattr(data, "lines"):
        data = replace(data, data=_data(document))
    elif data is not None:
        data = _data(data)
        shown = tuple(json.dumps(data, indent=1, default=str).splitlines())  # its own text would keep the secrets
        files = [replace(file, lines=shown) for file in files]
    return candidate.with_files(files, data)


def _file(file: File) -> File:
    bare = hashes if {batch.key for batch in holding(file.target_path)} & _HASHES else text
    # sshd_config holds no secret, and `publickey,password publickey` is none: what is added keeps its words.
    added = hashes if file.target_path.startswith("/etc/ssh/sshd_config") else bare
    hunks = tuple(
        replace(hunk, lines=tuple(_signed(line, added if line[:1] == "+" else bare) for line in hunk.lines))
        for hunk in file.hunks
    )
    return replace(file, lines=tuple(_one(added, line) for line in file.lines), hunks=hunks)


def _signed(line: str, bare: Any) -> str:
    return line[:1] + _one(bare, line[1:])


def _one(bare: Any, line: str) -> str:
    return str(bare(line)) if len(line) > 3 else line


def _data(value: Any, depth: int = 0) -> Any:
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {key: _valued(str(key), part, depth) for key, part in value.items()}
    if isinstance(value, list):
        return [_data(part, depth + 1) for part in value]
    return text(value) if isinstance(value, str) else value


def _valued(key: str, value: Any, depth: int) -> Any:
    if isinstance(value, str) and value and _SECRET_KEY.search(key) and not value.startswith("VALUE_SPECIFIED_IN_NO"):
        return str(redactor().token(value))
    return _data(value, depth + 1)
