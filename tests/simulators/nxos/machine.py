"""A simulated switch that applies configuration: what is typed is what every show command then answers from.

The configuration is a list of rows; a row is a line with the lines above it. Synthetic: behaviour is taken from
manuals, no device was at hand. It shares no code with what foretells changes.
"""

import re
import secrets

from tests.simulators.nxos import rules, texts
from tests.simulators.nxos.lists import Lists, begins, gather, spread
from tests.simulators.nxos.ports import Ports
from tests.simulators.nxos.rules import Slots
from tests.simulators.nxos.screens import Screens
from tests.simulators.nxos.users import Users

Path = tuple[str, ...]
BAD = "                 ^\n% Invalid command at '^' marker.\n"
_SHORT = (
    (r"(no )?shut$", r"\1shutdown"),
    (r"int(?:erface)? +e(?:th)?(?=\d)", "interface Ethernet"),
    (r"int(?:erface)? +(?=[A-Za-z])", "interface "),
    (r"desc ", "description "),
    (r"sw(?:itchport)? mo(?:de)? ", "switchport mode "),
)


class Machine(Lists, Ports, Users, Screens):
    """The switch. `type` takes one line and gives what the terminal shows; `show` answers a show command."""

    def __init__(self, running: str, answers: dict[str, str], *, vsm: bool) -> None:
        self.vsm = vsm
        self.fixed = dict(answers)
        self.rows: dict[Path, None] = {}
        self.blocks: dict[str, str] = {}
        self.cables: set[str] = set()
        self.features: dict[str, bool] = {}
        self.key_bits = 2048
        self.files: dict[str, str] = {}  # on its flash
        self._read(running)
        self._learn_features(answers.get("show feature", ""))
        self.cables = {row[0].split()[1] for row in self.rows if row[0].startswith("interface ")}
        self.saved = set(self.rows)
        self.saved_blocks = dict(self.blocks)
        self.changed_once = False
        self.configuring = False
        self.here: list[Path] = [()]
        self._banner: tuple[str, str, list[str]] | None = None
        self.refused: list[str] = []

    # ------------------------------------------------------------------ what it begins with
    def _read(self, text: str) -> None:
        above: list[tuple[int, str]] = []
        lines = iter(text.split("\n"))
        for line in lines:
            bare = line.strip()
            if not bare or line.startswith("!"):
                continue
            if bare.startswith("banner "):
                kind, mark = bare.split()[1], bare.split(None, 2)[2]
                body = []
                for inner in lines:
                    if mark[0] in inner and inner.strip() in (mark, mark[0]):
                        break
                    body.append(inner)
                self.blocks[kind] = "\n".join(body)
                continue
            if bare.startswith("-----BEGIN"):
                body = [bare]
                while not body[-1].startswith("-----END"):
                    body.append(next(lines))
                self.blocks["certificate"] = "\n".join(body)
                continue
            indent = len(line) - len(line.lstrip())
            while above and above[-1][0] >= indent:
                above.pop()
            above.append((indent, " ".join(bare.split())))
            self.rows[tuple(text for _, text in above)] = None

    def _learn_features(self, shown: str) -> None:
        names = {row: name for name, row in rules.ROW_OF.items()}
        for name, state in re.findall(r"^(\S+) +\d+ +(enabled|disabled)", shown, re.M):
            self.features[names.get(name, "dhcp" if name == "dhcp-snooping" else name)] = state == "enabled"

    def _replace(self, text: str) -> str:
        """`configure replace`: the file is the configuration; ports of the machine stay, without their lines."""
        ports = [row for row in self.rows if len(row) == 1 and row[0].startswith(("interface Eth", "interface mgmt"))]
        kept = {row: None for row in self.rows if row[0].startswith(("boot ", "version "))}
        self.rows, self.blocks = {}, {}
        self._read(text)
        self.rows = {**kept, **{row: None for row in ports if row not in self.rows}, **self.rows}
        for name in list(self.features):
            usual = name == "ssh" or (self.vsm and name in ("telnet", "http-server"))
            on, off = (f"feature {name}",) in self.rows, (f"no feature {name}",) in self.rows
            if name in rules.LINES_OF or on or off:
                self.features[name] = on or (usual and not off)
        return "Configure replace completed successfully.\n"

    # ------------------------------------------------------------------ the terminal
    def type(self, typed: str) -> str:
        """One line at the terminal, and what is shown for it."""
        if self._banner is not None:
            self._banner_line(typed)
            return ""
        line = " ".join(typed.strip().split())
        for short, long in _SHORT:
            line = re.sub(rf"^{short}", long, line)
        if not line or line.startswith("!"):
            return ""
        if line in ("copy r s", "copy running-config startup-config", "copy run start"):
            self.saved, self.saved_blocks = set(self.rows), dict(self.blocks)
            return "Copy complete.\n"
        if not self.configuring:
            if line.startswith("configure replace bootflash:"):
                return self._replace(self.files[line.partition(":")[2]])
            if re.fullmatch(r"conf(igure)?( t(erminal)?)?", line):
                self.configuring, self.here = True, [()]
                return ""
            return BAD
        if line == "end":
            self.configuring, self.here = False, [()]
            return ""
        if line == "exit":
            self.configuring = self.here != [()]
            self.here = [path[:-1] for path in self.here]
            return ""
        before = (dict(self.rows), dict(self.blocks))
        if not self._typed(line):
            self.refused.append(line)
            return BAD
        self.changed_once = self.changed_once or before != (self.rows, self.blocks)
        return ""

    def _typed(self, line: str) -> bool:
        """Try the mode that is open, then those above it."""
        word = line.split()[0]
        form = word if word in ("no", "default") and " " in line else ""
        rest = line[len(form) :].strip()
        depth = len(self.here[0]) if self.here else 0
        for level in range(depth, -1, -1):
            paths = list(dict.fromkeys(path[:level] for path in self.here))
            results = [self._line(path, rest, form) for path in paths]
            if any(results):
                opened = [result for result in results if isinstance(result, list)]
                self.here = [path for some in opened for path in some] if opened else paths
                return True
        return False

    def _line(self, path: Path, rest: str, form: str) -> bool | list[Path]:
        if path and path[0].startswith("router ospf"):
            rest = re.sub(r"^area (\d+) ", lambda found: f"area 0.0.0.{found[1]} ", rest)
        for prefix, feature in rules.FEATURE_OF:
            if rest.startswith(prefix) and not form and self.features.get(feature) is False:
                return False
        if not path:
            special = self._global(rest, form)
        else:
            special = self._below(path, rest, form)
        if special is not None:
            return special
        kind = path[-1].split()[0] if path else ""
        inner = bool(path) and re.fullmatch(r"key \d+", path[-1])  # a key holds no keys
        sections = () if inner else rules.SECTIONS.get(kind, ())
        for head, words in sections:
            if rest.startswith(head) and len(rest.split()) >= words:
                return self._section(path, rest, form)
        return self._slotted(path, self._slots(kind, path), rest, form)

    @staticmethod
    def _slots(kind: str, path: Path) -> Slots:
        return rules.IN_SECTION.get(kind, ()) if path else rules.GLOBAL

    def _section(self, path: Path, line: str, form: str) -> bool | list[Path]:
        if line.startswith("neighbor ") and " remote-as " in line:
            head, _, remote = line.partition(" remote-as ")
            self._put((*path, head))
            self._put((*path, head, f"remote-as {remote}"))
            return [(*path, head)]
        if form:
            self._wipe((*path, line))
            return True
        self._put((*path, line))
        return [(*path, line)]

    def _slotted(self, path: Path, slots: Slots, line: str, form: str) -> bool:
        found = max((slot for slot in slots if begins(line, slot[0])), key=lambda slot: len(slot[0]), default=None)
        if found is None:
            return False
        mine = self._slot(found, line, slots)
        siblings = [row for row in self.rows if len(row) == len(path) + 1 and row[:-1] == path]
        same = [row for row in siblings if self._slot_of(row[-1].removeprefix("no "), slots) == mine]
        flag = line in rules.ON_BY_DEFAULT
        if form:
            if found[1] is None:
                same = [row for row in siblings if row[-1] == line]
            for row in same:
                self._wipe(row)
            if flag and form == "no":
                self._put((*path, f"no {line}"))
            return True
        for row in same:
            if row[-1] != line:
                self._wipe(row)
        if not flag:
            self._put((*path, line))
        return True

    def _slot_of(self, line: str, slots: Slots) -> str:
        found = max((slot for slot in slots if begins(line, slot[0])), key=lambda slot: len(slot[0]), default=None)
        return self._slot(found, line, slots) if found else line

    @staticmethod
    def _slot(slot: tuple[str, int | None], line: str, slots: Slots) -> str:
        prefix, words = slot
        if words is None:
            return line
        rest = line[len(prefix) :].split()
        if words < 0:  # the last word says which one: in, out
            return f"{prefix} * {rest[-1] if rest else ''}"
        return " ".join([prefix, *rest[:words]])

    # ------------------------------------------------------------------ lines of the first level
    def _global(self, line: str, form: str) -> bool | list[Path] | None:
        words = line.split()
        if words[0] == "feature" and len(words) == 2:
            return self._feature(words[1], on=not form)
        if words[0] == "banner" and len(words) > 1:
            return self._bannerbegins(line, form)
        if words[0] == "vlan" and len(words) == 2 and words[1][0].isdigit():
            return self._vlan(words[1], form)
        if words[0] == "interface" and len(words) > 1:
            return self._interface(line.split(None, 1)[1], form)
        if words[0] == "port-profile" and len(words) > 1 and words[1] != "default":
            return self._profile(words, form)
        if words[0] == "resequence":
            return self._resequence(words)
        if words[:2] == ["monitor", "session"]:
            return self._monitor(line, form)
        if line.startswith(("ip dhcp snooping vlan ", "ip arp inspection vlan ")):
            head, listed = line.rsplit(" ", 1)
            return self._union(head, listed, form)
        if line.startswith("ssh key "):
            return self._new_key(words)
        if words[0] == "copp" and words[1:2] == ["profile"] and not form:
            self.fixed["show copp status"] = re.sub(
                r"control-plane: \S+", f"control-plane: copp-system-p-policy-{words[2]}", self.fixed["show copp status"]
            )
        if re.match(r"(tacacs|radius)-server (host \S+ )?.*key (?![678] )", line) and not form:
            line = re.sub(r"key (?:0 )?(\S+)", lambda _: f'key 7 "{secrets.token_hex(4)}"', line)
            return self._slotted((), rules.GLOBAL, line, form)
        if line.startswith("aaa authentication login default ") and words[4:] == ["local"]:
            for row in [row for row in self.rows if row[0].startswith("aaa authentication login default group")]:
                del self.rows[row]
            return True
        return self._user_line(line, words, form)

    def _below(self, path: Path, line: str, form: str) -> bool | list[Path] | None:
        kind = path[-1].split()[0]
        if kind in ("ip", "ipv6", "mac") and "access-list" in path[-1]:
            return self._entry(path, line, form)
        if kind == "monitor" and line in ("shut", "shutdown"):
            for word in ("shut", "no shut"):
                self.rows.pop((*path, word), None)
            self._put((*path, "no shut" if form else "shut"))
            return True
        if kind in ("interface", "port-profile"):
            return self._port(path, line, form)
        if kind == "aaa" and line.startswith("server ") and not form:
            host = line.split()[1]
            if not any(row[0].split()[1:3] == ["host", host] for row in self.rows):
                return False
        return None

    # ------------------------------------------------------------------ banners
    def _bannerbegins(self, line: str, form: str) -> bool:
        kind = line.split()[1]
        if form:
            self.blocks.pop(kind, None)
            return True
        text = line.split(None, 2)[2] if line.count(" ") > 1 else ""
        if not text:
            return False
        mark, rest = text[0], text[1:]
        if mark in rest:
            self.blocks[kind] = rest[: rest.index(mark)]
        else:
            self._banner = (kind, mark, [rest] if rest else [])
        return True

    def _banner_line(self, line: str) -> None:
        assert self._banner is not None
        kind, mark, body = self._banner
        if mark in line:
            self.blocks[kind] = "\n".join(body)
            self._banner = None
        else:
            body.append(line)


__all__ = ["BAD", "Machine", "gather", "spread", "texts"]
