"""The evidence while it is edited: files and answers in the records of the program, and what is said of it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from auditor.changes.model import Remark, Unpredicted, Why
from auditor.collectors.linux.evidence import Evidence
from auditor.domain import Capture
from auditor.errors import InputError

_LINE = re.compile(r"^(/[^:\n]*):(\d+):(.*)$")
_SAID = 5_000  # reasons, gaps and remarks that are kept of one candidate
_TEXT = 200


class Line(NamedTuple):
    """A line of a file as it would be: its text, and where the candidate says so ("" for one that was there)."""

    text: str
    where: str = ""


class Work:
    """The records of one capture, as a change would leave them."""

    def __init__(self, capture: Capture) -> None:
        raw = capture.body.get("records")
        self.old = Evidence(capture.body)
        self._capture = capture
        self._records: dict[str, dict[str, Any]] = {
            str(key): dict(item) for key, item in (raw.items() if isinstance(raw, Mapping) else ()) if _whole(item)
        }
        self._kept: dict[str, Any] = {
            str(key): item for key, item in (raw.items() if isinstance(raw, Mapping) else ()) if not _whole(item)
        }
        self._batches: dict[str, dict[str, list[tuple[int, str]]]] = {}
        self._rest: dict[str, list[str]] = {}
        self.why: list[Why] = []
        self.unknown: dict[str, Unpredicted] = {}
        self.remarks: dict[Remark, None] = {}
        self.errors: list[InputError] = []
        self.meta: dict[str, Any] = {}

    # What is said of it

    def because(self, path: str, where: str, text: str, effect: str = "") -> None:
        """A line as the reason of a change."""
        if len(self.why) < _SAID:
            self.why.append(Why(path, where, text.strip()[:_TEXT], effect))

    def gap(self, path: str, where: str, reason: str) -> None:
        """A fact that nobody can foretell; the first reason stays."""
        if len(self.unknown) < _SAID:
            self.unknown.setdefault(path, Unpredicted(path, where, reason))

    def remark(self, where: str, words: str) -> None:
        """Something to know."""
        if len(self.remarks) < _SAID:
            self.remarks.setdefault(Remark(where, words))

    # Records

    def has(self, key: str) -> bool:
        """Whether the program ran this probe."""
        return key in self._records

    def out(self, key: str) -> str:
        """What a probe printed, "" without it."""
        self._flush(key)
        return str(self._records.get(key, {}).get("out", ""))

    def err(self, key: str) -> str:
        """What a probe complained of."""
        return str(self._records.get(key, {}).get("err", ""))

    def ok(self, key: str) -> bool:
        """Whether a probe came to its end with output that counts."""
        return self.has(key) and self._records[key]["rc"] in (0, 1, 2) and not self.denied(key)

    def denied(self, key: str) -> bool:
        """Whether a probe was refused as a whole."""
        record = self._records.get(key, {})
        return (
            bool(record)
            and bool(record["rc"])
            and not record["out"]
            and bool(re.search(r"Permission denied|password is required|must be root|not allowed", str(record["err"])))
        )

    def put(self, key: str, out: str, rc: int = 0, err: str = "") -> None:
        """Another answer of a probe."""
        self._batches.pop(key, None)
        self._records[key] = {"out": out, "rc": rc, "err": err}

    def drop(self, key: str) -> None:
        """A probe that would not be run."""
        self._batches.pop(key, None)
        self._records.pop(key, None)

    def set_out(self, key: str, out: str) -> None:
        """Other output of a probe that ended as it did."""
        if self.has(key):
            self._batches.pop(key, None)
            self._records[key]["out"] = out

    # Files in batches of `path:line:text`

    def files(self, key: str) -> dict[str, list[tuple[int, str]]]:
        """Lines of each path in a batch, to be changed in place."""
        if not self.has(key):
            return {}
        if key not in self._batches:
            found: dict[str, list[tuple[int, str]]] = {}
            rest: list[str] = []
            for line in str(self._records.get(key, {}).get("out", "")).split("\n"):
                if match := _LINE.match(line):
                    found.setdefault(match[1].replace("//", "/"), []).append((int(match[2]), match[3]))
                elif line:
                    rest.append(line)
            self._batches[key], self._rest[key] = found, rest
        return self._batches[key]

    def write(self, key: str, path: str, lines: Iterable[tuple[int, str]] | None, *, named: bool = False) -> None:
        """The lines of a path in a batch; None when it is no longer there. `named`: grep was told this very path."""
        if not self.ok(key):
            return
        self.files(key).pop(path, None)
        complaint = f"grep: {path}: No such file or directory"
        err = [line for line in self.err(key).splitlines() if not _about(line, path)]
        if lines is not None:
            self.files(key)[path] = list(lines)
        elif named:
            err.append(complaint)
        self._records[key]["err"] = "\n".join(err)

    def complain(self, key: str, text: str) -> None:
        """One complaint more of a probe."""
        if self.has(key):
            self._records[key]["err"] = f"{self.err(key)}\n{text}".strip()

    def forgive(self, key: str, path: str) -> None:
        """A path that a probe did not find is there now."""
        if self.has(key):
            kept = [line for line in self.err(key).splitlines() if not _about(line, path)]
            self._records[key]["err"] = "\n".join(kept)

    def _flush(self, key: str) -> None:
        found = self._batches.pop(key, None)
        if found is None:
            return
        lines = [f"{path}:{n}:{text}" for path, mine in found.items() for n, text in mine]
        self._records[key]["out"] = "".join(f"{line}\n" for line in [*lines, *self._rest.pop(key)])

    def evidence(self) -> Evidence:
        """What the sections of the reader would look at now."""
        return Evidence(self.body())

    def body(self) -> dict[str, Any]:
        """The body of the edited capture."""
        for key in list(self._batches):
            self._flush(key)
        return {**self._capture.body, "records": {**self._kept, **self._records}}


def _whole(item: object) -> bool:
    return (
        isinstance(item, Mapping)
        and isinstance(item.get("out"), str)
        and isinstance(item.get("rc"), int)
        and isinstance(item.get("err"), str)
    )


def _about(complaint: str, path: str) -> bool:
    """Whether a complaint says that this path, or a folder above it, is not there."""
    if not complaint.endswith(": No such file or directory"):
        return False
    found = re.search(r"(/[^:'’\"]*)", complaint.split(": ", 1)[-1])
    told = found[1].rstrip("/") if found else ""
    return bool(told) and (path == told or path.startswith(f"{told}/"))
