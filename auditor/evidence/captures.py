"""The captures folder: an index and one compressed file per target, to be judged elsewhere or again.

`index.json` names every source with its population and failures, and every capture with the SHA-256 of its content
(canonical JSON: sorted keys, no spaces). Content is gzip without a time stamp, so the same capture gives the same file.
"""

import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from auditor.domain import Capture, Failure, Member, Source
from auditor.errors import InputError

SCHEMA = "auditor-captures/1"
INDEX = "index.json"
MAX_CONTENT = 128 << 20  # bytes of one capture, unpacked


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A line of the index."""

    source: str
    target: str
    platform: str
    taken_at: datetime
    file: str
    sha256: str
    labels: Mapping[str, str]
    synthetic: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as it stood when it was collected."""

    name: str
    kind: str
    address: str
    labels: Mapping[str, str]
    population: tuple[Member, ...]
    failures: tuple[Failure, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What a captures folder holds."""

    sources: tuple[StoredSource, ...]
    captures: tuple[StoredCapture, ...]


def iso(moment: datetime) -> str:
    """UTC with a Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(data: Any) -> bytes:
    """Canonical JSON: equal data gives equal bytes."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


class CaptureFolder:
    """Writes a captures folder. The index comes last: a folder without it was never finished."""

    def __init__(self, folder: Path) -> None:
        if (folder / INDEX).exists():
            raise InputError("the folder holds captures already", where=str(folder), mend="Name a new folder.")
        self._folder = folder
        self._lines: list[dict[str, Any]] = []

    def _make(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as problem:
            raise InputError(f"the folder cannot be made: {problem.strerror}", where=str(self._folder)) from None

    def add(self, capture: Capture) -> None:
        """Store one capture. Raises InputError when the folder cannot be written."""
        self._make()
        content = canonical(capture.body)
        slug = re.sub(r"[^A-Za-z0-9._-]+", "_", capture.target)[:60]
        name = f"{len(self._lines) + 1:05d}-{capture.platform}-{slug}.json.gz"
        with io.BytesIO() as buffer:
            with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=6, mtime=0, filename="") as packed:
                packed.write(content)
            _write(self._folder / name, buffer.getvalue())
        self._lines.append(
            {
                "source": capture.source,
                "target": capture.target,
                "platform": capture.platform,
                "taken_at": iso(capture.taken_at),
                "file": name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "labels": dict(capture.labels),
                "synthetic": capture.synthetic,
                "warnings": list(capture.warnings),
            }
        )

    def finish(
        self,
        sources: Iterable[tuple[Source, Sequence[Member], Sequence[Failure]]],
        version: str,
        finished_at: datetime,
    ) -> None:
        """Write the index: every source with its population and failures."""
        self._make()
        index = {
            "schema": SCHEMA,
            "auditor_version": version,
            "finished_at": iso(finished_at),
            "sources": [_source_line(*one) for one in sources],
            "captures": sorted(self._lines, key=lambda line: (line["source"], line["platform"], line["target"])),
        }
        _write(self._folder / INDEX, orjson.dumps(index, option=orjson.OPT_INDENT_2) + b"\n")


def _source_line(source: Source, members: Sequence[Member], failures: Sequence[Failure]) -> dict[str, Any]:
    return {
        "name": source.name,
        "kind": source.kind,
        "address": source.address,
        "labels": dict(source.labels),
        "population": [{"name": m.name, "platform": m.platform} for m in members],
        "failures": [
            {"target": f.target, "platform": f.platform, "reason": f.reason, "kind": f.kind} for f in failures
        ],
        "warnings": list(source.warnings),
    }


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        partial.touch(mode=0o600)  # evidence: only for whoever collected it, until they say otherwise
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror}", where=str(path)) from None


def read_index(folder: Path) -> Index:
    """The index of a captures folder. Raises InputError when there is none or it is not ours."""
    path = folder / INDEX
    mend = "Name a folder that `auditor collect` has finished."
    try:
        data = orjson.loads(path.read_bytes())
    except OSError as problem:
        raise InputError(f"no captures here: {INDEX}: {problem.strerror}", where=str(folder), mend=mend) from None
    except orjson.JSONDecodeError as problem:
        raise InputError(f"the index is damaged: {problem}", where=str(path), mend=mend) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError(f"this is not an index of the form {SCHEMA}", where=str(path), mend=mend)
    try:
        index = Index(
            tuple(_stored_source(line) for line in data["sources"]),
            tuple(_stored_capture(line) for line in data["captures"]),
        )
        _consistent(index)
        return index
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the index is damaged: {problem!r}", where=str(path), mend=mend) from None


def _consistent(index: Index) -> None:
    """Raises ValueError when a source or a capture stands twice, or a capture belongs to no source: none is lost."""
    names = [source.name for source in index.sources]
    targets = [(one.source, one.platform, one.target) for one in index.captures]
    for what, listed in (("source", names), ("capture", targets)):
        if len(set(listed)) != len(listed):
            raise ValueError(f"a {what} stands twice")
    if strange := {one.source for one in index.captures} - set(names):
        raise ValueError(f"captures of {min(strange)!r}, which is not among the sources")


def _stored_source(line: Mapping[str, Any]) -> StoredSource:
    name = str(line["name"])
    return StoredSource(
        name,
        str(line["kind"]),
        str(line.get("address", "")),
        {str(k): str(v) for k, v in line.get("labels", {}).items()},
        tuple(Member(str(m["name"]), str(m["platform"])) for m in line.get("population", [])),
        tuple(
            Failure(
                name,
                str(f["reason"]),
                _text_or_none(f.get("target")),
                _text_or_none(f.get("platform")),
                str(f.get("kind", "unreachable")),
            )
            for f in line.get("failures", [])
        ),
        tuple(str(w) for w in line.get("warnings", [])),
    )


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)


def _stored_capture(line: Mapping[str, Any]) -> StoredCapture:
    file = str(line["file"])
    if "/" in file or "\0" in file or file.startswith("."):
        raise ValueError(f"the file name {file!r} leaves the folder")
    taken_at = datetime.fromisoformat(str(line["taken_at"]))
    if taken_at.tzinfo is None:
        raise ValueError(f"the time {line['taken_at']!r} has no zone")
    return StoredCapture(
        str(line["source"]),
        str(line["target"]),
        str(line["platform"]),
        taken_at,
        file,
        str(line["sha256"]),
        {str(k): str(v) for k, v in line.get("labels", {}).items()},
        bool(line.get("synthetic", False)),
        tuple(str(w) for w in line.get("warnings", [])),
    )


def read_capture(folder: Path, stored: StoredCapture) -> Capture | Failure:
    """The capture behind an index line, or a Failure when its file is missing, too large or was changed."""

    def failure(why: str) -> Failure:
        return Failure(stored.source, why, stored.target, stored.platform, "unreadable")

    try:
        with gzip.open(folder / stored.file, "rb") as packed:
            content = packed.read(MAX_CONTENT + 1)
    except (OSError, EOFError, zlib.error) as problem:
        return failure(f"the capture file {stored.file} cannot be read: {problem}")
    if len(content) > MAX_CONTENT:
        return failure(f"the capture file {stored.file} holds more than {MAX_CONTENT >> 20} MiB")
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        return failure(f"the capture file {stored.file} was changed after it was collected: its SHA-256 differs")
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as problem:
        return failure(f"the capture file {stored.file} is not JSON: {problem}")
    if not isinstance(body, dict):
        return failure(f"the capture file {stored.file} holds no object")
    return Capture(
        stored.source,
        stored.target,
        stored.platform,
        stored.taken_at,
        body,
        stored.labels,
        stored.synthetic,
        stored.warnings,
    )
