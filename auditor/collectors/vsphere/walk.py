"""Bulk reads in chunks: what goes wrong with one object, or one property, costs that one only."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.decode import Decode
from auditor.collectors.vsphere.inventory import filter_for, retrieve
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.wire import TooBig

Content = dict[str, Any]
_vim: Any = vim


class Lost(Exception):
    """The peer does not answer any more: the whole source is lost."""


class Walk:
    """Reads one kind of object. Paths the server does not know are left out of later chunks and told in `errors`."""

    def __init__(self, session: Session, kind: Any, wsdl_name: str, schema: Mapping[str, Decode]) -> None:
        self._session, self._kind, self._name = session, kind, wsdl_name
        self._schema = dict(schema)
        self._dropped: dict[str, str] = {}

    def chunks(self, moids: Sequence[str], size: int) -> Iterator[tuple[list[Content], dict[str, tuple[str, str]]]]:
        """(objects read, {id: (kind of failure, reason)}) for `size` objects at a time.

        Raises Lost, vim.fault.NotAuthenticated, and OutOfTime when the session's deadline is over.
        """
        for start in range(0, len(moids), size):
            yield self.read(moids[start : start + size])

    def read(self, moids: Sequence[str]) -> tuple[list[Content], dict[str, tuple[str, str]]]:
        """As `chunks`, for one chunk."""
        failed: dict[str, tuple[str, str]] = {}
        wanted = list(moids)
        found = self._with_patience(wanted, failed)
        for item in found:
            item["errors"] = {**self._dropped, **item["errors"]}
        seen = {item["id"] for item in found}
        for moid in wanted:
            if moid not in seen and moid not in failed:
                failed[moid] = ("lost", "it was removed from the inventory while it was being read")
        return found, failed

    def _with_patience(self, wanted: list[str], failed: dict[str, tuple[str, str]]) -> list[Content]:
        while wanted:
            try:
                return self._session.attempt(partial(self._once, wanted))
            except vim.fault.NotAuthenticated:
                raise
            except vmodl.fault.ManagedObjectNotFound as fault:
                gone = str(getattr(getattr(fault, "obj", None), "_moId", ""))
                if gone not in wanted:
                    return self._singly(wanted, failed, fault)
                wanted = [moid for moid in wanted if moid != gone]
                failed[gone] = ("lost", "it was removed from the inventory while it was being read")
            except vmodl.query.InvalidProperty as fault:
                path = str(getattr(fault, "name", "") or "")
                if path not in self._schema:
                    return self._singly(wanted, failed, fault)
                del self._schema[path]
                self._dropped[path] = f"{path} is not known to this version of the API"
            except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault) as problem:
                return self._singly(wanted, failed, problem)
        return []

    def _singly(self, wanted: list[str], failed: dict[str, tuple[str, str]], problem: Exception) -> list[Content]:
        """Find out which objects of a chunk cannot be read."""
        if self._session.deadline.remaining() <= 0:
            raise OutOfTime from problem
        if not isinstance(problem, vmodl.MethodFault | TooBig) and not self._session.alive():
            raise Lost(explain(problem)[1]) from problem
        if len(wanted) == 1:
            failed[wanted[0]] = explain(problem)
            return []
        found: list[Content] = []
        for moid in wanted:
            found += self._with_patience([moid], failed)
        return found

    def _once(self, moids: Sequence[str]) -> list[Content]:
        spec = filter_for(self._kind, moids, list(self._schema))
        return retrieve(self._session, spec, {self._name: self._schema}, len(moids))
