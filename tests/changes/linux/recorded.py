"""The recorded answer of a lab host as the capture that changes are foretold from, where no host is needed."""

import gzip
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

from auditor.changes import linux as predictor
from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of
from auditor.changes.model import Edited, Risk
from auditor.collectors import linux
from auditor.collectors.linux.frame import parse
from auditor.domain import Capture, Snapshot
from tests.changes.linux.host import read
from tests.collectors.linux.helpers import capture

_STREAMS = Path(__file__).parents[2] / "collectors" / "linux" / "streams"


@cache
def recorded(name: str = "debian12-root") -> Capture:
    """A Debian host as root or a plain user sees it."""
    answer = parse(gzip.decompress((_STREAMS / f"{name}.stream.gz").read_bytes()))
    records = {key: asdict(record) for key, record in answer.records.items()}
    return capture({"records": records, "complete": True})


def with_records(base: Capture, **records: str) -> Capture:
    """A capture with other answers to some probes."""
    raw: Mapping[str, object] = base.body["records"]
    news = {key: {"out": out, "rc": 0, "err": ""} for key, out in records.items()}
    return replace(base, body={**base.body, "records": {**raw, **news}})


def edited(candidate: Candidate, base: Capture | None = None) -> Edited:
    """The capture as the candidate would leave it."""
    return predictor.edit(base or recorded(), predictor.clean(candidate))


def after(candidate: Candidate, base: Capture | None = None) -> Snapshot:
    """What is foretold."""
    start = base or recorded()
    done = edited(candidate, start)
    return read(replace(start, body=done.body), done.unknown)


def risks(candidate: Candidate, base: Capture | None = None) -> dict[str, Risk]:
    """Risks of a candidate by their name."""
    start = base or recorded()
    clean = predictor.clean(candidate)
    done = predictor.edit(start, clean)
    news = read(replace(start, body=done.body), done.unknown)
    return {one.ident.removeprefix("linux-"): one for one in predictor.risks(linux.read(start), news, clean, done)}


def one(path: str, text: str) -> Candidate:
    """One file with `--as`."""
    return candidate_of(path.rsplit("/", 1)[1], text.encode(), path)


def yaml(text: str) -> Candidate:
    """Services and packages."""
    return candidate_of("change.yaml", text.encode())
