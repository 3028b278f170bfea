"""One call of a cmdlet: its parameters by any of their names, what came through the pipe, and whether it is for us."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.changes.vsphere.dswitch import DSwitch
from auditor.changes.vsphere.host import Host
from auditor.changes.vsphere.plan import Plan, Refusal
from auditor.changes.vsphere.selection import OPEN, Chosen, Open, any_match, both, listed
from auditor.changes.vsphere.target import Target, seen
from auditor.changes.vsphere.touched import EVERYTHING

_DVS = (
    "mtu",
    "uplinks",
    "discovery",
    "netflow",
    "health_check",
    "nioc",
    "lags",
    "mirror_sessions",
    "private_vlans",
    "security",
    "mac_learning",
    "teaming",
    "port_groups",
    "ports",
    "hosts",
    "contact",
    "multicast_filtering",
)
_VCENTER = ("settings", "clusters", "datastores", "authorization", "extensions")
_VM = ("extra_config", "devices", "boot", "cpu", "memory")
CLUSTER_NOUNS: Mapping[str, Sequence[str]] = {
    "drsrule": (),
    "resourcepool": (),
    "vapp": (),
    "folder": (),
    "datacenter": (),
    "tag": (),
    "tagassignment": (),
    "task": (),
}
MAX_WORK = 200_000
TRUE = {"true": True, "$true": True, "1": True, "yes": True, "false": False, "$false": False, "0": False, "no": False}


def everything(platform: str) -> Sequence[str]:
    """Every fact of a platform that a change may touch."""
    return {"esxi": EVERYTHING, "dvs": _DVS, "vcenter": _VCENTER}.get(platform, _VM)


def own_name(target: Target, kind: str) -> str:
    """What this target is called among objects of a kind; "" where it is none of them, or in none."""
    if kind == "host" and isinstance(target, Host):
        return target.name
    if kind == "vdswitch" and isinstance(target, DSwitch):
        return target.name
    if kind == "cluster":
        return str(seen(seen(target.body.get("cluster")).get("props")).get("name") or "")
    return str(target.body.get("name") or "") if kind == "vm" else ""


@dataclass(slots=True)
class Call:
    """One call. Parameters are in lower case, without their dash."""

    target: Target
    platform: str
    name: str
    given: dict[str, Any]
    places: list[Any]
    piped: Any

    @property
    def plan(self) -> Plan:
        """Where everything goes."""
        return self.target.plan

    def first(self, *names: str) -> Any:
        """The value of a parameter, by one of its names, or of the first argument; None where there is none."""
        for name in names:
            if name in self.given:
                return self.given[name]
        return self.places[0] if self.places else None

    def get(self, *names: str) -> Any:
        """The value of a parameter by one of its names; None where it is not given."""
        return next((self.given[name] for name in names if name in self.given), None)

    def names(self, *parameters: str) -> tuple[str, ...] | None:
        """Names that limit a choice; None where none does, or one is open."""
        found = listed(self.first(*parameters))
        texts = tuple(str(one) for one in found if isinstance(one, str | int))
        return texts if found and len(texts) == len(found) else None

    def open_names(self, *parameters: str) -> bool:
        """Whether a name that limits a choice is open."""
        return any(isinstance(one, Open) for one in listed(self.first(*parameters)))

    def flags(self, **fields: str) -> Iterator[tuple[str, Any]]:
        """(fact, true or false) of parameters that are given: `flags(allowpromiscuous="promiscuous")`."""
        for parameter, fact in fields.items():
            if parameter in self.given:
                yield fact, flag(self.given[parameter], parameter)

    def hits(self, chosen: Chosen | None, *paths: str) -> bool:
        """Whether what was chosen is this target; what nobody can tell leaves the paths open."""
        hit = chosen.hit if chosen is not None else None
        if hit is False and chosen is not None:
            self.other(chosen)
        elif hit is None:
            self.plan.doubt = self.plan.doubt or "which objects the line chooses is not known"
            for path in paths:
                self.plan.vague(path, self.plan.doubt)
        return hit is True

    def other(self, chosen: Chosen) -> None:
        """The line is for another target."""
        while not chosen.about and chosen.of is not None:
            chosen = chosen.of
        shown = f": {chosen.about}" if chosen.about else ""
        self.plan.note(f"this line is for another object{shown}; here it changes nothing")


def flag(value: Any, name: str) -> Any:
    """A parameter that is true or false; OPEN stays. Raises Refusal."""
    if isinstance(value, bool | Open):
        return value
    found = TRUE.get(str(value).lower())
    if found is None:
        raise Refusal(f"-{name} is $true or $false, not {str(value)[:40]!r}")
    return found


def chosen_host(call: Call) -> Chosen:
    """The hosts that a call is for: piped, named by -VMHost, -Entity or -Server, or all."""
    if isinstance(call.piped, Chosen):
        return call.piped
    found = call.get("vmhost", "entity", "location")
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else _several(call, found)
    if isinstance(found, Chosen):
        return found
    if found is None:
        return Chosen("host") if call.piped is None else Chosen("host", None)
    return host_named(call, (found,))


def _several(call: Call, found: list[Any]) -> Chosen:
    chosen = [one if isinstance(one, Chosen) else host_named(call, (one,)) for one in found]
    if any(one.hit for one in chosen):
        return Chosen("host")
    return Chosen("host", False if all(one.hit is False for one in chosen) else None)


def host_named(call: Call, names: Sequence[Any]) -> Chosen:
    """Hosts of these names."""
    about = ", ".join(str(one) for one in names if isinstance(one, str))[:80]
    own = own_name(call.target, "host")
    hit = any_match(own, names) if own else False
    return Chosen("host", hit, about=about)


def put(call: Call, path: str, value: Any) -> None:
    """Sets a fact; an open value leaves it open. Raises InputErrors when a text sets more than is followed."""
    work = call.plan.meta["work"] = call.plan.meta.get("work", 0) + 1
    if work > MAX_WORK:
        call.plan.refuse(f"more than {MAX_WORK} settings in one candidate", "Split the change.")
        call.plan.check()
    if isinstance(value, Open) or (isinstance(value, list) and any(isinstance(one, Open) for one in value)):
        call.plan.vague(path, "its value is open: no line before gives it")
    else:
        call.target.put(path, value)


def inside(outer: Chosen | None, hit: bool | None) -> bool | None:
    """Whether a choice within a choice is this target's."""
    return hit if outer is None else both(outer.hit, hit)


__all__ = ["OPEN", "Call", "chosen_host", "everything", "flag", "host_named", "inside", "own_name", "put"]
