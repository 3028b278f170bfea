"""Ports of the simulated switch: ranges, trunks, layers, channels, profiles."""

from __future__ import annotations

import re

from tests.simulators.nxos import rules
from tests.simulators.nxos.lists import gather, spread

Path = tuple[str, ...]
_LAYER_3 = ("ip address", "ipv6 address", "ip router", "ip ospf", "ip redirects", "no ip redirects", "ip access-group",
            "ip pim", "ip verify unicast", "ipv6 nd", "no ip arp gratuitous", "ip proxy-arp", "ip authentication",
            "ip passive-interface", "vrf member", "ip unreachables", "ip directed-broadcast",
            "ip dhcp relay")  # fmt: skip


class Ports:
    """What a switch does with lines of interfaces and port profiles."""

    vsm: bool
    rows: dict[Path, None]
    features: dict[str, bool]
    cables: set[str]

    def _interface(self, text: str, form: str) -> bool | list[Path]:
        names = _names(text)
        if not names:
            return False
        paths: list[Path] = [(f"interface {name}",) for name in names]
        if form == "default":
            for path in paths:
                for row in [row for row in self.rows if row[0] == path[0] and len(row) > 1]:
                    del self.rows[row]
            return True
        if form == "no":
            if any(name.startswith(("Ethernet", "mgmt")) and "." not in name for name in names):
                return False
            for path in paths:
                self._without(path[0])
            return True
        for name, path in zip(names, paths, strict=True):
            if path in self.rows:
                continue
            routing = self.features.get("interface-vlan", ("feature interface-vlan",) in self.rows)
            if name.startswith(("Ethernet", "mgmt")) or (name.startswith("Vlan") and not routing):
                return False
            self.rows[path] = None
        return paths

    def _without(self, header: str) -> None:
        for row in [row for row in self.rows if row[0] == header]:
            del self.rows[row]
        if header.startswith("interface port-channel"):
            number = header.removeprefix("interface port-channel")
            for row in [row for row in self.rows if len(row) > 1 and row[1].split()[:2] == ["channel-group", number]]:
                del self.rows[row]

    def _profile(self, words: list[str], form: str) -> bool | list[Path]:
        name = words[-1]
        there = next((row for row in self.rows if len(row) == 1 and row[0].startswith("port-profile type ")
                      and row[0].split()[-1] == name), None)  # fmt: skip
        if form:
            if there is None:
                return False
            if any(row[0].startswith("port-profile ") and row[1:] == (f"inherit port-profile {name}",)
                   for row in self.rows):  # fmt: skip
                return False  # first the inheritance must go
            self._without(there[0])
            for row in [row for row in self.rows if row[1:] == (f"inherit port-profile {name}",)]:
                del self.rows[row]
                kind = "Veth" if "Vethernet" in row[0] else "Uplink"
                self.rows[row[0], f"inherit port-profile Unused_Or_Quarantine_{kind}"] = None
            return True
        kind = words[2] if words[1] == "type" else "vethernet"
        if there is not None:
            return [there] if words[1] != "type" or f"type {kind} " in there[0] else False
        path = (f"port-profile type {kind} {name}",)
        self.rows[path] = None
        return [path]

    def said(self, path: Path, prefix: str) -> str:
        """What a port says of one thing, "" when it says nothing."""
        return next((row[-1] for row in self.rows if row[:-1] == path and row[-1].startswith(prefix)), "")

    def routed(self, path: Path) -> bool:
        """A port of layer 3."""
        name = path[0].split()[-1]
        return (*path, "no switchport") in self.rows or name.startswith(("Vlan", "loopback", "mgmt")) or "." in name

    def _port(self, path: Path, line: str, form: str) -> bool | None:
        words = line.split()
        if line.startswith("switchport trunk allowed vlan"):
            done = self._trunk(path, words[4:], form)
            for member in self._members(path):
                self._trunk(member, words[4:], form)
            return done
        if line == "switchport" and not self.vsm:
            self._layer(path, 3 if form else 2)
            return True
        if line.startswith("spanning-tree port type ") and words[-1] == "default":
            return False
        if line == "shutdown":
            return self._shut(path, form)
        if words[0] == "vrf" and words[1:2] == ["member"]:
            if ((*path, line) in self.rows) != bool(form):
                return True
            for row in [row for row in self.rows if row[:-1] == path and row[-1].startswith(_LAYER_3)]:
                del self.rows[row]
            if not form:
                self.rows[*path, line] = None
            return True
        if line.startswith("ip address ") and path[0].startswith("interface E") and not self.routed(path):
            return False
        if words[0] == "channel-group" and not form and words[1] != "auto":
            return self._joins(path, line, words[1])
        if line.startswith("switchport ") and self._members(path):
            for member in self._members(path):
                self._slotted(member, rules.PORT, line, form)  # type: ignore[attr-defined]
        return None

    def _members(self, path: Path) -> list[Path]:
        found = re.fullmatch(r"interface port-channel(\d+)", path[0])
        if not found:
            return []
        return [row[:1] for row in self.rows if len(row) == 2 and row[1].split()[:2] == ["channel-group", found[1]]]

    def _trunk(self, path: Path, words: list[str], form: str) -> bool:
        head = "switchport trunk allowed vlan"
        everything = set(range(1, 4095))
        now = self.said(path, head).removeprefix(head).strip()
        there = everything if now in ("", "all") else set() if now == "none" else spread(now)
        verb = words[0] if words and words[0].isalpha() else ""
        listed = "".join(words[1:] if verb else words)
        if listed and (not re.fullmatch(r"\d[\d,-]*", listed) or max(spread(listed)) > 4094):
            return False
        numbers = spread(listed) if listed else set()
        wanted = {"add": there | numbers, "remove": there - numbers, "except": everything - numbers, "none": set(),
                  "all": everything, "": numbers}[verb] if not form else everything  # fmt: skip
        for row in [row for row in self.rows if row[:-1] == path and row[-1].startswith(head)]:
            del self.rows[row]
        if wanted != everything:
            self.rows[*path, f"{head} {gather(wanted) if wanted else 'none'}"] = None
        return True

    def _layer(self, path: Path, layer: int) -> None:
        """A port of another layer loses what belongs to the one it had."""
        if self.routed(path) == (layer == 3):
            return
        for row in [row for row in self.rows if row[:-1] == path]:
            other = row[-1].removeprefix("no ").startswith("switchport") if layer == 3 else row[-1].startswith(_LAYER_3)
            if other or row[-1] == "no switchport":
                del self.rows[row]
        if layer == 3:
            self.rows[*path, "no switchport"] = None

    def _shut(self, path: Path, form: str) -> bool:
        for word in ("shutdown", "no shutdown"):
            self.rows.pop((*path, word), None)
        hidden = path[0].startswith("interface ") and not self.routed(path)
        starts_shut = path[0].startswith(("interface Vlan", "port-profile"))
        if form and (starts_shut or not hidden):
            self.rows[*path, "no shutdown"] = None
        elif not form and not path[0].startswith("interface Vlan"):
            self.rows[*path, "shutdown"] = None
        return True

    def is_shut(self, path: Path) -> bool:
        """Closed by its own line, or as a VLAN interface that nobody opened."""
        if path[0].startswith("interface Vlan"):
            return (*path, "no shutdown") not in self.rows
        return (*path, "shutdown") in self.rows

    def _joins(self, path: Path, line: str, number: str) -> bool:
        channel: Path = (f"interface port-channel{number}",)
        mine = sorted(row[-1] for row in self.rows if row[:-1] == path and row[-1].startswith("switchport"))
        if channel in self.rows:
            its = sorted(row[-1] for row in self.rows if row[:-1] == channel and row[-1].startswith("switchport"))
            if mine != its:
                return False
        else:
            self.rows[channel] = None
            for text in mine:
                self.rows[*channel, text] = None
        self.rows[*path, line] = None
        return True


def _names(text: str) -> list[str]:
    found, kind = [], ""
    for part in re.split(r" *, *", text):
        match = re.fullmatch(r"([A-Za-z-]*?) *(\d[\d/]*?)(\.\d+)?(?: *- *(\d+))?", part)
        if not match:
            return []
        kind = match[1] or kind
        full = next((name for name in ("Ethernet", "Vethernet", "port-channel", "Vlan", "loopback", "mgmt", "control")
                     if kind and name.lower().startswith(kind.lower())), "")  # fmt: skip
        if not full:
            return []
        head, _, low = match[2].rpartition("/")
        numbers = range(int(low), int(match[4] or low) + 1)
        found += [f"{full}{head + '/' if head else ''}{number}{match[3] or ''}" for number in numbers]
    return found
