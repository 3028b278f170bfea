"""The modes of the command line, made once from the tables."""

from functools import cache

from auditor.changes.nxos import global_commands, port_commands, section_commands
from auditor.changes.nxos.grammar import Command, Mode

_PORT = (*port_commands.ANY_PORT, *port_commands.LAYER_2, *port_commands.LAYER_3)
_TABLES: dict[str, tuple[Command, ...]] = {
    "global": (
        *global_commands.ACCESS,
        *global_commands.SERVICES,
        *global_commands.SWITCHING,
        *global_commands.INERT,
    ),
    "interface": _PORT,
    "profile": (*_PORT, *port_commands.OF_PROFILE),
    **section_commands.MODES,
}


@cache
def mode(name: str) -> Mode | None:
    """The commands of a mode; None for one whose lines are kept word for word."""
    commands = _TABLES.get(name)
    return Mode(commands) if commands is not None else None


@cache
def _children() -> tuple[Mode, ...]:
    names = [name for name in _TABLES if name != "global"]
    return tuple(found for name in names if (found := mode(name)) is not None)


def below_something(text: str, *, negated: bool) -> bool:
    """Whether some mode below the configuration mode knows a line."""
    from auditor.changes.nxos.grammar import Refused, Unknown
    from auditor.changes.nxos.keys import entry_of

    if entry_of(text) is not None:
        return True
    for known in _children():
        try:
            known.parse(text, negated=negated)
        except Refused:
            return True
        except Unknown:
            continue
        return True
    return False
