"""How tables of commands are written down."""

from auditor.changes.nxos.grammar import Command, Kind, pattern

# Facts that lean on ports: VLANs that machines are in, and what protects those.
LEANING = ("vlans", "dhcp_snooping", "arp_inspection", "port_profiles", "interfaces")
LISTS = ("acls", "dangling", "management_access")


def row(
    text: str,
    kind: Kind,
    *facts: str,
    on: str = "",
    shown: bool = False,
    default: str | None = "",
    mode: str = "",
    needs: str = "",
    do: str = "",
) -> Command:
    """A command from its pattern and the facts it tells of."""
    words, parts = pattern(text)
    return Command(words, parts, kind, facts, on, shown, default, mode, needs, do)


def inert(*patterns: str, mode: str = "") -> tuple[Command, ...]:
    """Commands that no fact is read from: their lines are kept, and nothing else follows from them."""
    kind = Kind.SECTION if mode else Kind.MULTI
    return tuple(row(text, kind, mode=mode) for text in patterns)
