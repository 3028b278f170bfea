"""Calls that vCenter passes on to the host: each may fail alone, and a host that hangs costs one time-out, not many."""

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pyVmomi import vim, vmodl

from auditor.collectors.said import said
from auditor.collectors.vsphere.clock import OutOfTime
from auditor.collectors.vsphere.inventory import filter_for, retrieve
from auditor.collectors.vsphere.keys import HOST_KEYS
from auditor.collectors.vsphere.operations import clock, image_profile
from auditor.collectors.vsphere.redact import redact_snmp
from auditor.collectors.vsphere.schema import SNMP
from auditor.collectors.vsphere.session import BROKEN, Session
from auditor.collectors.vsphere.soap import explain
from auditor.collectors.vsphere.wire import TooBig

WORKERS = 8
_vim: Any = vim
_NOT_THERE = ("vim.fault.HostNotConnected", "vim.fault.HostCommunication", "vim.fault.HostConnectFault")


def host_calls(session: Session, props: Mapping[str, Any]) -> dict[str, Any]:
    """What only the host itself answers.

    {"options": {key: value}, "options_absent": [key], "calls": {name: data}, "call_errors": {name: reason}}
    """
    return _HostCalls(session, props).run()


class _HostCalls:
    def __init__(self, session: Session, props: Mapping[str, Any]) -> None:
        self._session, self._props = session, props
        self._managers: Mapping[str, str] = props.get("configManager") or {}
        self._silent = ""  # why no further call is made to this host
        self.errors: dict[str, str] = {}

    def run(self) -> dict[str, Any]:
        options, absent = self._missing_options()
        calls = {
            "lockdown_exceptions": self._on(
                "hostAccessManager", _vim.host.HostAccessManager, "lockdown_exceptions", _exceptions
            ),
            "access": self._on("hostAccessManager", _vim.host.HostAccessManager, "access", _access),
            "acceptance": self._on("imageConfigManager", _vim.host.ImageConfigManager, "acceptance", _acceptance),
            "packages": self._on("imageConfigManager", _vim.host.ImageConfigManager, "packages", _packages),
            "clock": self._on("dateTimeSystem", _vim.host.DateTimeSystem, "clock", clock),
            "image": self._on("imageConfigManager", _vim.host.ImageConfigManager, "image", image_profile),
            "snmp": self._on("snmpSystem", _vim.host.SnmpSystem, "snmp", self._snmp),
            "trusted_cas": self._on(
                "certificateManager", _vim.host.CertificateManager, "trusted_cas", _trusted_authorities
            ),
        }
        return {
            "options": options,
            "options_absent": absent,
            "calls": {name: value for name, value in calls.items() if name not in self.errors},
            "call_errors": self.errors,
        }

    def _missing_options(self) -> tuple[dict[str, Any], list[str]]:
        bulk = self._props.get("config.option")
        if bulk is None:
            return {}, []  # the whole section is a gap; asking for each key would not fill it
        have = {key.casefold() for key, value in bulk.items() if value is not None}
        options: dict[str, Any] = {}
        absent: list[str] = []
        for key in HOST_KEYS:
            if key.casefold() in have:
                continue
            found = self._on("advancedOption", _vim.option.OptionManager, f"option {key}", query_option(key))
            if found is NO_SUCH_OPTION:
                absent.append(key)
            elif f"option {key}" not in self.errors:
                options[key] = found
        return options, absent

    def _on(self, manager: str, kind: Any, name: str, work: Callable[[Any], Any]) -> Any:
        moid = self._managers.get(manager)
        if not moid:
            self.errors[name] = f"the host offers no {manager}"
        elif self._silent:
            self.errors[name] = self._silent
        else:
            try:
                return self._session.attempt(lambda: work(self._session.object(kind, moid)), tries=2)
            except vim.fault.NoPermission as fault:
                self.errors[name] = f"needs the privilege {fault.privilegeId} on the host, which the account lacks"
            except (*BROKEN, OutOfTime, TooBig, vmodl.MethodFault, ValueError) as problem:
                self.errors[name] = said(str(problem)) if isinstance(problem, ValueError) else explain(problem)[1]
                if isinstance(problem, OutOfTime) or type(problem).__name__ in _NOT_THERE:
                    self._silent = f"not asked: the host had not answered another question ({explain(problem)[1]})"
        return None

    def _snmp(self, agent: Any) -> Any:
        found = retrieve(
            self._session, filter_for(_vim.host.SnmpSystem, [agent._moId], list(SNMP)), {"HostSnmpSystem": SNMP}, 1
        )
        if found and "configuration" in found[0]["errors"]:
            raise ValueError(found[0]["errors"]["configuration"])
        configuration = found[0]["props"].get("configuration") if found else None
        if configuration is None:
            raise ValueError("no SNMP configuration came back, though every agent has one")
        return redact_snmp(configuration)


NO_SUCH_OPTION = object()


def query_option(key: str) -> Callable[[Any], Any]:
    """Asks an OptionManager for exactly one key: its value, or NO_SUCH_OPTION."""

    def ask(manager: Any) -> Any:
        try:
            for option in manager.QueryOptions(key):
                if option.key.casefold() == key.casefold():
                    value = option.value
                    return (
                        value
                        if isinstance(value, bool | float)
                        else int(value)
                        if isinstance(value, int)
                        else str(value)
                    )
        except vim.fault.InvalidName:
            pass
        return NO_SUCH_OPTION

    return ask


def _exceptions(manager: Any) -> list[str]:
    return [str(user) for user in manager.QueryLockdownExceptions() or ()]


def _access(manager: Any) -> list[dict[str, Any]]:
    return [
        {"principal": str(entry.principal), "group": bool(entry.group), "mode": str(entry.accessMode)}
        for entry in manager.RetrieveHostAccessControlEntries() or ()
    ]


def _acceptance(manager: Any) -> str:
    level = manager.HostImageConfigGetAcceptance()
    if not level:
        raise ValueError("no acceptance level came back, though every host has one")
    return str(level)


def _packages(manager: Any) -> list[dict[str, Any]]:
    return [
        {"name": str(p.name), "version": str(p.version), "vendor": str(p.vendor), "acceptance": str(p.acceptanceLevel)}
        for p in manager.FetchSoftwarePackages() or ()
    ]


def _trusted_authorities(manager: Any) -> list[str]:
    return [str(pem) for pem in manager.ListCACertificates() or ()]


class Pool:
    """A bounded pool of daemon threads: it never holds up the end of the process, and `put` waits when it is full."""

    def __init__(self, work: Callable[[Any], None], workers: int = WORKERS) -> None:
        self._work = work
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=workers * 2)
        self._threads = [threading.Thread(target=self._run, name="vsphere-host", daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def put(self, item: Any) -> None:
        """Hand over one item."""
        self._queue.put(item)

    def finish(self) -> None:
        """Wait until everything handed over is done. Each piece of work bounds its own time."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            self._work(item)
