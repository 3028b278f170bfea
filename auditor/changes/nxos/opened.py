"""A mode that a line has opened."""

from typing import NamedTuple

from auditor.changes.nxos.state import Place


class Opened(NamedTuple):
    """The mode, and the sections it is open on."""

    mode: str
    places: list[Place]
    lost: bool = False  # cannot be foretold: its lines change nothing
    followers: tuple[Place, ...] = ()  # members of a port channel, which take its lines of layer 2
