"""The table of `show interface status`: what it says of a port after a change."""

import re

from auditor.changes.nxos.state import State

COMMAND = "show interface status"
_SHORT = {"Ethernet": "Eth", "port-channel": "Po", "loopback": "Lo", "Tunnel": "Tunnel", "Vlan": "Vlan", "mgmt": "mgmt"}


def _rows(state: State) -> dict[str, int]:
    """The line of each port, by its short name."""
    rows: dict[str, int] | None = state.meta.get("status_rows")
    if rows is None:
        state.meta["status_lines"] = lines = state.texts.get(COMMAND, "").split("\n")
        rows = {found[0]: at for at, line in enumerate(lines) if (found := re.match(r"\S+\d", line))}
        state.meta["status_rows"] = rows
    return rows


def _short(name: str) -> str:
    kind = re.match(r"[A-Za-z-]+", name)
    return _SHORT.get(kind[0], kind[0]) + name[kind.end() :] if kind else name


def _column(state: State) -> tuple[int, int] | None:
    for line in state.meta.get("status_lines", ()):
        if line.startswith("Port") and " Status" in line and " Vlan" in line:
            return line.index(" Status") + 1, line.index(" Vlan") + 1
    return None


def status_of(state: State, name: str) -> str | None:
    """The state of a port in small letters; None when it is not listed."""
    at, column = _rows(state).get(_short(name)), _column(state)
    if at is None or column is None:
        return None
    line: str = state.meta["status_lines"][at]
    return line[column[0] : column[1]].strip().lower()


def set_status(state: State, name: str, word: str) -> None:
    """Write another state into the table."""
    at, column = _rows(state).get(_short(name)), _column(state)
    if at is None or column is None:
        return
    lines: list[str] = state.meta["status_lines"]
    width = column[1] - column[0]
    lines[at] = lines[at][: column[0]].ljust(column[0]) + word[: width - 1].ljust(width) + lines[at][column[1] :]
    state.meta["status_changed"] = True


def drop_status(state: State, name: str) -> None:
    """A port that is gone is not listed."""
    at = _rows(state).pop(_short(name), None)
    if at is not None:
        state.meta["status_lines"][at] = ""
        state.meta["status_changed"] = True


def written_down(state: State) -> None:
    """Put the table back into the capture."""
    if state.meta.get("status_changed"):
        state.edit_text(COMMAND, "\n".join(state.meta["status_lines"]))
