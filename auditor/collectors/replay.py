"""Stored captures through the same `read` as live ones: judging a saved folder and a live estate is one code path."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
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
    wanted = [one for one in index.sources if options.only in ("", one.name)]
    stored = {(one.source, one.platform, one.target): one for one in index.captures}
    failed = {(old.name, f.platform, f.target): f for old in wanted for f in old.failures}
    members = {(old.name, m.platform, m.name): old for old in wanted for m in old.population}
    own = {old.name for old in wanted}
    keys = [key for key in dict.fromkeys([*stored, *members, *failed]) if key[0] in own]
    often = Counter((platform, target) for _, platform, target in keys)  # in how many sources of the folder
    general = {old.name: f.reason for old in wanted for f in old.failures if f.target is None}
    for key in keys:
        item: Capture | Failure
        if key in failed:
            item = failed[key]
        elif key in stored:
            item = read_capture(options.captures, stored[key])
        else:
            reason = general.get(key[0], "it was not read when it was collected")
            item = Failure(key[0], reason, key[2], key[1])
        clash = item.target is not None and often[key[1:]] > 1
        yield replace(item, target=f"{key[0]}/{item.target}") if clash else item


def read(capture: Capture) -> Snapshot:
    """The snapshot, by the reader of the capture's platform."""
    return collector_for(capture.platform).read(capture)
