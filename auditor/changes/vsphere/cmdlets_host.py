"""Cmdlets that choose hosts, and set what a host keeps beside its network."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.ps import Call, chosen_host, flag, host_named, inside, own_name, put
from auditor.changes.vsphere.selection import OPEN, Chosen, any_match, listed, picked
from auditor.changes.vsphere.target import Target, members
from auditor.changes.vsphere.touched import EVERYTHING

_POLICIES = {"roundrobin": "VMW_PSP_RR", "fixed": "VMW_PSP_FIXED", "mostrecentlyused": "VMW_PSP_MRU"}
_METHODS = {
    "enterlockdownmode": "lockdownNormal", "exitlockdownmode": "lockdownDisabled",
}  # fmt: skip


def get_host(call: Call) -> Chosen:
    """`Get-VMHost`."""
    names = call.first("name")
    place = call.piped if isinstance(call.piped, Chosen) else call.get("location")
    if isinstance(place, str):
        place = _cluster_named(call, place)
    outer = place if isinstance(place, Chosen) else None
    if outer is not None and outer.kind not in ("cluster", "host", "server"):
        outer = outer.unsure()
    if names is None:
        return Chosen("host", inside(outer, True), of=outer, about=outer.about if outer else "")
    found = host_named(call, listed(names))
    return Chosen("host", inside(outer, found.hit), about=found.about)


def _cluster_named(call: Call, name: str) -> Chosen:
    own = own_name(call.target, "cluster")
    return Chosen("cluster", any_match(own, (name,)) if own else False, about=name[:80])


def _get_place(call: Call) -> Chosen:
    return Chosen("place", None, about=str(call.first("name"))[:80])


def host(call: Call, chosen: Chosen, *paths: str) -> Host | None:
    """This target, when it is a host that the line is for."""
    if not isinstance(call.target, Host):
        call.plan.note(f"{call.name} is for hosts; here it changes nothing")
        return None
    return call.target if call.hits(chosen, *paths) else None


def _set_host(call: Call) -> Any:
    chosen = chosen_host(call)
    if call.places and not isinstance(call.piped, Chosen):
        first = call.places[0]
        chosen = first if isinstance(first, Chosen) else host_named(call, listed(first))
    state, known = (
        call.get("state"),
        {"state", "confirm", "vmhost", "server", "evacuate", "runasync", "vsandatamigrationmode"},
    )
    found = host(call, chosen, "state")
    if found is None:
        return chosen
    if isinstance(state, str) and state.lower() in ("maintenance", "connected"):
        put(call, "state.maintenance", state.lower() == "maintenance")
    elif state is not None:
        call.plan.note("a host that is not connected is not read: nothing of it can be verified afterwards")
        call.plan.vague("state", "the host is no longer connected")
    for name in sorted(set(call.given) - known):
        if name == "licensekey":
            call.plan.vague("licence", "the edition of a licence is not in its key")
        elif name == "timezone":
            call.plan.vague("time.timezone", "how the host names the zone is not known")
        else:
            call.plan.note(f"-{name} sets no fact that is collected")
    return chosen


def _get_lun(call: Call) -> Chosen:
    outer = chosen_host(call)
    return Chosen("lun", outer.hit, call.names("canonicalname") if call.get("canonicalname") else None, outer)


def _set_lun(call: Call) -> Any:
    chosen = call.piped if isinstance(call.piped, Chosen) else call.first("scsilun")
    found = host(call, chosen if isinstance(chosen, Chosen) else Chosen("lun", None), "multipath", "arrays")
    policy = call.get("multipathpolicy")
    if found is None or policy is None or not isinstance(chosen, Chosen):
        return OPEN
    known = [str(one.get("canonicalName")) for one in members(found.props.get("config.storageDevice.scsiLun"))]
    name = _POLICIES.get(str(policy).lower())
    for disk in picked(known, chosen.names):
        if name is None:
            call.plan.vague(f"multipath[{disk}].policy", f"the policy {str(policy)[:40]} is not known")
        else:
            put(call, f"multipath[{disk}].policy", name)
    return OPEN


def method(target: Target, platform: str, chosen: Chosen, name: str, arguments: list[Any]) -> Any:
    """A method of the API that is called on a host, or on one of its managers."""
    call = Call(target, platform, f".{name}()", {}, arguments, chosen)
    if name in ("tostring", "updateviewdata", "refresh", "querylockdownexceptions", "queryoptions"):
        return OPEN
    if name in ("changelockdownmode", "updatelockdownexceptions", *_METHODS):
        if host(call, chosen, "lockdown") is None:
            return OPEN
        if name == "updatelockdownexceptions":
            users = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
            put(call, "lockdown.exceptions", [one for one in users if one is not None])
        else:
            put(call, "lockdown.mode", _METHODS.get(name) or (arguments[0] if arguments else OPEN))
    elif chosen.hit is not False and isinstance(target, Host):
        for path in EVERYTHING:
            call.plan.vague(path, f"what .{name}() does is not known")
    return OPEN


def no_fact(words: str) -> Callable[[Call], Any]:
    """A cmdlet that sets nothing that is collected."""

    def act(call: Call) -> Any:
        call.plan.note(words)
        return OPEN

    return act


HANDLERS: Mapping[str, Callable[[Call], Any]] = {
    "get-vmhost": get_host,
    "get-cluster": lambda call: _cluster_named(call, str(call.first("name") or "*")),
    "get-datacenter": _get_place,
    "get-folder": _get_place,
    "get-inventory": _get_place,
    "set-vmhost": _set_host,
    "get-scsilun": _get_lun,
    "set-scsilun": _set_lun,
    "restart-vmhost": no_fact("the host restarts: what waits for a restart takes effect then, and is not foretold"),
}


__all__ = ["HANDLERS", "flag", "get_host", "host", "method", "no_fact"]
