"""Collector of a whole vCenter: its hosts, its distributed switches and itself. See `auditor.collectors.vsphere`."""

from collections.abc import AsyncIterator

from auditor.collectors.vsphere.options import Options
from auditor.collectors.vsphere.reading import read
from auditor.domain import Capture, Failure, Source

PLATFORM = "esxi"  # of most of its targets
ONE_SESSION = True  # an audit must not crowd out the people who work with it

__all__ = ["ONE_SESSION", "PLATFORM", "Options", "fetch", "read"]


def fetch(source: Source, deadline: float) -> AsyncIterator[Capture | Failure]:
    """Captures and failures, within `deadline` seconds."""
    from auditor.collectors.vsphere import fetching  # pyVmomi is loaded by those who talk, not by those who read

    return fetching.fetch(source, deadline)
