"""Cmdlets of PowerCLI: which objects they choose, and what they set on this target."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.changes.vsphere import (
    cmdlets_daemons,
    cmdlets_dvpolicy,
    cmdlets_dvs,
    cmdlets_esxcli,
    cmdlets_host,
    cmdlets_net,
    cmdlets_nicpolicy,
    cmdlets_vcenter,
)
from auditor.changes.vsphere.dswitch import DSwitch
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.ps import CLUSTER_NOUNS, Call, chosen_host, everything, own_name
from auditor.changes.vsphere.selection import OPEN, Chosen, Open
from auditor.changes.vsphere.target import Target

_READS = (
    "get",
    "select",
    "sort",
    "measure",
    "format",
    "export",
    "out",
    "write",
    "test",
    "import",
    "compare",
    "group",
    "read",
    "start-sleep",
    "wait",
    "convertto",
    "convertfrom",
    "tee",
    "join",
    "split",
    "find",
    "resolve",
)
_NOTHING = {
    "connect-viserver",
    "disconnect-viserver",
    "start-sleep",
    "import-module",
    "set-powercliconfiguration",
    "install-module",
    "clear-host",
    "set-strictmode",
    "set-executionpolicy",
    "start-transcript",
    "stop-transcript",
    "add-pssnapin",
    "set-location",
    "new-object",
    "out-null",
    "set-psdebug",
    "set-variable",
    "echo",
    "wait-task",
}
_KEEPS = {"select-object", "select", "sort-object", "sort", "get-view", "tee-object", "out-null"}
HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    **cmdlets_host.HANDLERS,
    **cmdlets_daemons.HANDLERS,
    **cmdlets_net.HANDLERS,
    **cmdlets_nicpolicy.HANDLERS,
    **cmdlets_dvs.HANDLERS,
    **cmdlets_dvpolicy.HANDLERS,
    **cmdlets_vcenter.HANDLERS,
    **cmdlets_esxcli.HANDLERS,
}


def do(target: Target, platform: str, name: str, given: dict[str, Any], places: list[Any], piped: Any) -> Any:
    """Does what one cmdlet says; gives what it hands on."""
    call = Call(target, platform, name, given, places, piped)
    low = name.lower()
    handler = HANDLERS.get(low)
    if handler is not None:
        return handler(call)
    if low in _KEEPS:
        chosen = call.piped if call.piped is not None else call.first()
        return chosen.unsure() if isinstance(chosen, Chosen) and {"first", "last", "index"} & set(given) else chosen
    verb, _, noun = low.partition("-")
    if low in _NOTHING or verb in _READS:
        return Chosen(noun or "?", None) if verb == "get" else OPEN
    _unknown(call, noun)
    return OPEN


def _unknown(call: Call, noun: str) -> None:
    """A cmdlet that changes something, nobody knows what: where it meets this target, it may be anything."""
    chosen = next((one for one in (call.piped, *call.given.values(), *call.places) if isinstance(one, Chosen)), None)
    if chosen is not None and chosen.hit is False:
        call.other(chosen)
        return
    if not noun:
        touched = everything(call.platform)
    else:
        touched = CLUSTER_NOUNS.get(noun, ()) if noun in CLUSTER_NOUNS else _touched(call, noun)
    for path in touched:
        call.plan.vague(path, f"what {call.name} does is not known")
    if not touched:
        call.plan.note(f"{call.name} touches no fact of this target")


def _touched(call: Call, noun: str) -> Sequence[str]:
    of_switch = noun.startswith(("vd", "distributed"))
    of_vm = noun.startswith(
        ("vm", "snapshot", "harddisk", "cddrive", "floppy", "networkadapter", "guest")
    ) and not noun.startswith("vmhost")
    if isinstance(call.target, DSwitch):
        return everything("dvs") if of_switch else ()
    if isinstance(call.target, Host):
        return () if of_switch or of_vm else everything("esxi")
    return () if of_switch or noun.startswith("vmhost") else everything(call.platform)


@dataclass(frozen=True, slots=True)
class _Method:
    path: str
    act: Callable[[Target, list[Any]], None]


def call(target: Target, platform: str, chosen: Chosen, way: list[str], arguments: list[Any] | None) -> Any:
    """A property or method of what was chosen: `.ExtensionData.EnterLockdownMode()`."""
    if chosen.kind == "esxcli":
        return cmdlets_esxcli.invoke(target, chosen, way, arguments)
    if arguments is None:
        return OPEN if way[-1] in ("name", "id", "count", "length") and chosen.hit is not False else chosen
    return cmdlets_host.method(target, platform, chosen, way[-1], arguments)


def harmless(method: str) -> bool:
    """Whether a method only reads or makes text."""
    return method in (
        "tostring",
        "trim",
        "split",
        "replace",
        "tolower",
        "toupper",
        "substring",
        "contains",
        "startswith",
        "endswith",
        "getenumerator",
        "add",
        "join",
        "format",
    )


__all__ = ["Open", "call", "chosen_host", "do", "everything", "harmless", "own_name"]
