"""Stored captures through the same `read` as live ones: judging a saved folder and a live estate is one code path."""

from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import Field, field_validator

from auditor.collectors import OptionModel, collector_for
from auditor.domain import Capture, Failure, Snapshot, Source
from auditor.evidence.captures import read_capture, read_index

PLATFORM = "esxi"  # of declared names without a platform; the index names one for every target it knows


class Options(OptionModel):
    """Keys of a `replay` source: the captures folder, and optionally one source inside it."""

    captures: Path
    only: str = Field("", description="name of the one source inside the folder to replay")

    @field_validator("captures")
    @classmethod
    def _indexed(cls, value: Path) -> Path:
        if not (value / "index.json").is_file():
            raise ValueError(f"{value} is not a captures folder: it has no index.json")
        return value


async def fetch(source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
    """Yield what the folder holds. A target that failed when it was collected fails again, with the same reason."""
    options: Options = source.options
    index = read_index(options.captures)
    captured = set()
    for stored in index.captures:
        if options.only in ("", stored.source):
            captured.add((stored.platform, stored.target))
            yield read_capture(options.captures, stored)
    for old in index.sources:
        if options.only not in ("", old.name):
            continue
        failed = {(failure.platform, failure.target) for failure in old.failures}
        for failure in old.failures:
            yield failure
        general = next((f.reason for f in old.failures if f.target is None), "it was not read when it was collected")
        for member in old.population:
            key = (member.platform, member.name)
            if key not in captured and key not in failed:
                yield Failure(old.name, general, member.name, member.platform)


def read(capture: Capture) -> Snapshot:
    """The snapshot, by the reader of the capture's platform."""
    return collector_for(capture.platform).read(capture)
