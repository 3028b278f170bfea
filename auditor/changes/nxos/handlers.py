"""Commands with a rule of their own, by the name that the tables give it."""

from collections.abc import Iterator

from auditor.changes.nxos import (
    handle_aaa,
    handle_features,
    handle_lists,
    handle_ports,
    handle_services,
    handle_users,
    handle_vlans,
    handle_vsm,
)
from auditor.changes.nxos.grammar import Parsed
from auditor.changes.nxos.handling import Act, Handler
from auditor.changes.nxos.keys import ENTRY
from auditor.changes.nxos.opened import Opened
from auditor.changes.nxos.state import Place, State

_HANDLERS: dict[str, Handler] = {
    **handle_ports.HANDLERS,
    **handle_vlans.HANDLERS,
    **handle_lists.HANDLERS,
    **handle_users.HANDLERS,
    **handle_features.HANDLERS,
    **handle_services.HANDLERS,
    **handle_vsm.HANDLERS,
}
_AFTER: dict[str, Handler] = {**handle_aaa.AFTER, **handle_services.AFTER, **handle_vsm.AFTER}


def apply(state: State, parsed: Parsed, places: list[Place], *, negated: bool, reset: bool) -> Iterator[Opened]:
    """Do what the line does at each place; what it opens."""
    handler = _HANDLERS[parsed.command.do]
    for place in places:
        opened = handler(Act(state, place, parsed, negated or reset, reset))
        if opened is not None:
            yield opened


def after(state: State, place: Place, parsed: Parsed, *, negated: bool) -> None:
    """What follows from a plain line that changed something."""
    handler = _AFTER.get(parsed.command.do)
    if handler is not None:
        handler(Act(state, place, parsed, negated, False))


def has_feature(state: State, feature: str, name: str) -> bool:
    """Whether the device knows the command: its feature is on, or nobody can tell. What is refused is said."""
    if state.on(feature) is not False or (state.vsm and feature not in ("tacacs+", "dhcp", "netflow")):
        return True
    state.refuse(f"`{name}` is not known while `feature {feature}` is off", f"Put `feature {feature}` before it.")
    return False


__all__ = ["ENTRY", "after", "apply", "has_feature"]
