"""Collectors: one module or package per platform, found by name and imported only when a source needs it.

A collector module has
    Options   a frozen pydantic model of the source's own keys (`tls`, `ssh`, `snmp`, `become` ...), see `OptionModel`
    fetch     async generator: talks to the source with one login and yields `Capture`s and `Failure`s
    read      pure: Capture -> Snapshot; never raises on hostile content, a bad section becomes a gap
    PLATFORM  platform of its usual targets, which an unread source's declared names get
    ONE_SESSION  optional; True: the service never has two sessions at one address, whatever runs at once
"""

from collections.abc import AsyncIterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol, cast

from pydantic import BaseModel, ConfigDict

from auditor.domain import Capture, Failure, Snapshot, Source

GROUP = "auditor.collectors"
KINDS = {
    "vcenter": "auditor.collectors.vcenter",
    "esxi": "auditor.collectors.esxi",
    "nexus1000v": "auditor.collectors.nexus1000v",
    "nxos": "auditor.collectors.nexus1000v",
    "linux": "auditor.collectors.linux",
    "replay": "auditor.collectors.replay",
}
READERS = {  # platforms that are read, but never a source of their own
    "dvs": "auditor.collectors.vcenter",
    "vm": "auditor.collectors.vcenter",
}


class OptionModel(BaseModel):
    """Base of a collector's `Options`: an unknown key is an error naming file and line (inventory), never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def credential_names(self) -> dict[str, str]:
        """Credentials that nested options name, by where they stand: {"snmp": "vsm-snmp"}."""
        return {}

    def warnings(self) -> tuple[str, ...]:
        """Verification that these options switch off, in words for the report."""
        return ()


class Collector(Protocol):
    """What a collector module offers."""

    Options: type[OptionModel]
    PLATFORM: str

    def fetch(self, source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
        """Talk to `source` for at most `deadline` seconds: an item per target; without target: the source."""
        ...

    def read(self, capture: Capture) -> Snapshot:
        """The facts in a capture. Pure: the same capture always gives the same snapshot."""
        ...


@cache
def _modules() -> dict[str, str]:
    found = {entry.name: entry.module for entry in entry_points(group=GROUP)}
    return {**found, **KINDS}


def kinds() -> tuple[str, ...]:
    """Kinds of source that can be named in an inventory, in alphabetical order."""
    return tuple(sorted(_modules()))


def collector_for(kind: str) -> Collector:
    """The collector of a source kind or of a platform. Raises KeyError for an unknown one."""
    module: Any = import_module(_modules().get(kind) or READERS[kind])
    return cast(Collector, module)
