"""Who changed what, from the events of a vCenter or a host. Asked only where the source says `activity: true`.

EventManager.QueryEvents needs System.View and gives at most 1000 events, of what the account may see. A vCenter keeps
them for `event.maxAge` days (30 by default, when `event.maxAgeEnabled`); a host alone keeps a few since it started.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pyVmomi import VmomiSupport, vim, vmodl

from auditor.collectors.deeds import DAYS, activity, deed, hushed
from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.hostcalls import NO_SUCH_OPTION, query_option
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.wire import TooBig

_vim: Any = vim
_support: Any = VmomiSupport
_knows = _support.IsChildVersion
MOST = 1000  # events of one answer: the server's own limit
_NO_CHANGE = re.compile(
    r"Log(?:in|out)|Session|NoAccess|BadUsername|Alarm|HealthStatus|Authenticat|^Task.*(?:Query|Retrieve)"
)
_COUNTS = "vim.version.version11"  # the first API whose filter has a limit: 6.5
_PLACES = ("vm", "host", "dvs", "net", "ds", "computeResource", "datacenter")


class EventLog:
    """The events of one source."""

    def __init__(self, session: Session, standalone: bool) -> None:
        """Asks how far back they go. Raises what `Session.attempt` raises for a peer that is gone."""
        self._session = session
        self._asked = datetime.now(UTC) - timedelta(days=DAYS)
        self._begins: datetime | None = None if standalone else self._asked
        if not standalone:
            self._begins = self._kept()

    def of(self, kind: Any, moid: str) -> dict[str, Any]:
        """{"activity": facts} of one object and, for a folder, all below it; {"activity_error": reason} else."""
        try:
            return {"activity": self._session.attempt(lambda: self._query(kind, moid), tries=2)}
        except vim.fault.NotAuthenticated:
            raise
        except vim.fault.NoPermission as fault:
            return {"activity_error": f"needs the privilege {fault.privilegeId}, which the account lacks"}
        except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault, ValueError, OverflowError, AttributeError) as problem:
            if isinstance(problem, AttributeError):
                return {"activity_error": "the server offers no event manager"}
            return {"activity_error": explain(problem)[1]}

    def _kept(self) -> datetime | None:
        """From when on a vCenter has all events, as far as it was asked; None where it does not say."""
        try:
            manager = self._session.content.setting
            limited = self._session.attempt(lambda: query_option("event.maxAgeEnabled")(manager), tries=2)
            days = self._session.attempt(lambda: query_option("event.maxAge")(manager), tries=2)
        except (*BROKEN, TooBig, vmodl.MethodFault, AttributeError):
            return None
        if NO_SUCH_OPTION in (limited, days) or not isinstance(days, int | float):
            return None
        return max(self._asked, datetime.now(UTC) - timedelta(days=days)) if limited else self._asked

    def _query(self, kind: Any, moid: str) -> dict[str, Any]:
        spec = _vim.event.EventFilterSpec
        entity = spec.ByEntity(entity=self._session.object(kind, moid), recursion="self")
        if kind is _vim.Folder:
            entity.recursion = "all"
        wanted = spec(entity=entity, time=spec.ByTime(beginTime=self._asked))
        if _knows(self._session.stub.version, _COUNTS):
            wanted.maxCount = MOST
        found = list(self._session.content.eventManager.QueryEvents(wanted) or ())
        times = [_utc(event.createdTime) for event in found]
        begins = self._begins.timestamp() if self._begins else None
        if times and (begins is None or len(found) >= MOST):  # more may have been there
            begins = max(begins or 0.0, min(times))
        deeds = [deed(at, *_said(event)) for at, event in zip(times, found, strict=True) if _changes(kind, event)]
        return activity(deeds, begins)


def _utc(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _name(event: Any) -> str:
    return str(getattr(event, "eventTypeId", "") or type(event).__name__.rpartition(".")[2])


def _changes(kind: Any, event: Any) -> bool:
    """Whether somebody changed this object: what is done to a machine is told at its host too."""
    if kind is _vim.HostSystem and getattr(event, "vm", None) is not None:
        return False
    return bool(event.userName) and not _NO_CHANGE.search(_name(event))


def _said(event: Any) -> tuple[str, str, str]:
    """Account, words and object of an event."""
    task = getattr(getattr(event, "info", None), "descriptionId", "") or ""
    words = " ".join(part for part in (_name(event), str(task), str(event.fullFormattedMessage or "")) if part)
    places = (getattr(event, place, None) for place in _PLACES)
    thing = next((str(place.name) for place in places if place is not None), "")
    return str(event.userName), hushed(words), thing
