"""What the simulated switch shows: its configuration, with and without defaults, and what follows from it."""

from __future__ import annotations

import re

from tests.simulators.nxos import rules, texts
from tests.simulators.nxos.lists import gather, spread

Path = tuple[str, ...]
_HEAD = "\n!Command: {}\n!Time: Mon Feb  2 08:15:30 2026\n\n"
_SHORT = {"Ethernet": "Eth", "port-channel": "Po", "loopback": "Lo", "Vlan": "Vlan", "mgmt": "mgmt"}


class Screens:
    """Answers of show commands."""

    vsm: bool
    rows: dict[Path, None]
    blocks: dict[str, str]
    features: dict[str, bool]
    cables: set[str]
    fixed: dict[str, str]
    saved: set[Path]
    saved_blocks: dict[str, str]
    key_bits: int

    def show(self, command: str) -> str | None:
        """The answer of a show command; None for one that is not known."""
        made = {
            "show running-config": lambda: self._running(command, defaults=False),
            "show running-config all": lambda: self._running(command, defaults=True),
            "show feature": self._features,
            "show ssh key": lambda: texts.SSH_KEY.replace("2048", str(self.key_bits)),
            "show ip dhcp snooping": self._snooping,
            "show running-config diff": self._difference,
            "show http-server": lambda: (
                f"http-server {'enabled' if self.features.get('http-server') else 'disabled'}\n"
            ),
            "show interface status": self._status,
        }
        if command in made and command in self.fixed:
            return made[command]()
        return self.fixed.get(command)

    def _running(self, command: str, *, defaults: bool) -> str:
        tops: dict[str, list[Path]] = {}
        for row in self.rows:
            tops.setdefault(row[0], []).append(row)
        out: list[str] = []
        for top, rows in tops.items():
            out.append(top)
            if "access-list" in top:
                rows = sorted(rows, key=lambda row: int(row[1].split()[0]) if len(row) > 1 else -1)
            if defaults:
                out += [f"  {line}" for line in self._hidden(top, rows)]
            out += _nested(top, rows)
            if top.startswith("crypto ca trustpoint") and "certificate" in self.blocks:
                out += self.blocks["certificate"].split("\n")
        for kind, text in self.blocks.items():
            if kind != "certificate":
                out += [f"banner {kind} #", *text.split("\n"), "#"]
        if defaults:
            said = [row[0].removeprefix("no ") for row in self.rows if len(row) == 1]
            out += [line for line in rules.GLOBAL_DEFAULTS
                    if not any(one.startswith(line.rsplit(" ", 1)[0] if line[-1].isdigit() else line) or
                               (line.startswith("logging timestamp") and one.startswith("logging timestamp"))
                               for one in said)]  # fmt: skip
        return _HEAD.format(command) + "\n".join(out) + "\n"

    def _hidden(self, top: str, rows: list[Path]) -> list[str]:
        own = {row[1].removeprefix("no ") for row in rows if len(row) > 1}
        if top.startswith("line "):
            return [line for line in rules.LINE_DEFAULTS if not any(one.startswith(line.split()[0]) for one in own)]
        if not re.match(r"interface (Vethernet|Ethernet|port-channel)|port-profile type ", top):
            return []
        wanted = list(rules.PORT_DEFAULTS) + ([] if self.vsm else list(rules.SWITCH_DEFAULTS))
        if (top, "no switchport") in self.rows:
            wanted = [line for line in wanted if line in ("no description", "cdp enable", "lldp transmit", "mtu 1500")]
        return [line for line in wanted if not any(_same(line.removeprefix("no "), one) for one in own)]

    def _features(self) -> str:
        out = []
        for line in self.fixed["show feature"].split("\n"):
            found = re.match(r"(\S+)( +\d+ +)(enabled|disabled)", line)
            name = found[1] if found else ""
            known = {row: one for one, row in rules.ROW_OF.items()}.get(
                name, "dhcp" if name == "dhcp-snooping" else name
            )
            if found and known in self.features:
                line = f"{name}{found[2]}{'enabled' if self.features[known] else 'disabled'}"
            out.append(line)
        return "\n".join(out)

    def _snooping(self) -> str:
        if ("ip dhcp snooping",) not in self.rows or self.features.get("dhcp") is False:
            return "Switch DHCP snooping is disabled\n"
        listed: set[int] = set()
        for row in self.rows:
            if row[0].startswith("ip dhcp snooping vlan "):
                listed |= spread(row[0].split()[-1])
        works = listed & self.vlans()  # type: ignore[attr-defined]
        return (
            "Switch DHCP snooping is enabled\nDHCP snooping is configured on the following VLANs:\n"
            f"{gather(listed) if listed else 'none'}\nDHCP snooping is operational on the following VLANs:\n"
            f"{gather(works) if works else 'none'}\nInsertion of Option 82 is disabled\n"
        )

    def _difference(self) -> str:
        now = set(self.rows)
        gone, new = self.saved - now, now - self.saved
        lines = [f"- {'  ' * (len(row) - 1)}{row[-1]}" for row in sorted(gone)]
        lines += [f"+ {'  ' * (len(row) - 1)}{row[-1]}" for row in sorted(new)]
        if self.blocks != self.saved_blocks:
            lines.append("+ banner")
        head = "*** Startup-config\n--- Running-config\n***************\n! !Time: Mon Feb  2 08:00:00 2026\n"
        return head + "".join(f"{line}\n" for line in lines)

    def _status(self) -> str:
        rule = "-" * 80
        out = ["", rule, "Port          Name               Status    Vlan      Duplex  Speed   Type", rule]
        for row in self.rows:
            found = re.fullmatch(r"interface ([A-Za-z-]+)(\d\S*)", row[0]) if len(row) == 1 else None
            if not found or found[1] not in _SHORT or row[0] == "interface Vlan1":
                continue
            name = found[1] + found[2]
            state = "connected" if name in self.cables else "notconnec"
            state = "disabled" if self.is_shut(row) else state  # type: ignore[attr-defined]
            layer = "routed" if self.routed(row) else "1"  # type: ignore[attr-defined]
            out.append(f"{_SHORT[found[1]] + found[2]:<13} {'--':<18} {state:<9} {layer:<9} full    10G     --")
        return "\n".join([*out, ""])


def _same(default: str, own: str) -> bool:
    """Whether a line says what a default says something else of."""
    head = default if default.split()[-1].isalpha() and not default.startswith("switchport mode") else (
        default.rsplit(" ", 1)[0])  # fmt: skip
    if default.startswith("switchport port-security violation"):
        head = "switchport port-security violation"
    if default == "description":
        return own.startswith("description")
    return own == head or own.startswith(f"{head} ")


def _nested(top: str, rows: list[Path]) -> list[str]:
    """Rows below a line, each under the line it belongs to."""
    below: dict[Path, list[Path]] = {}
    for row in rows:
        if len(row) > 1:
            below.setdefault(row[:-1], []).append(row)
    out: list[str] = []
    waiting = list(reversed(below.get((top,), [])))
    while waiting:
        row = waiting.pop()
        out.append("  " * (len(row) - 1) + row[-1])
        waiting.extend(reversed(below.get(row, [])))
    return out
