"""Features, VLANs, access lists and sessions of the simulated switch."""

from __future__ import annotations

import re

from tests.simulators.nxos import rules

Path = tuple[str, ...]


class Lists:
    """What a switch does with lines of the first level that add up, have numbers, or take others with them."""

    vsm: bool
    rows: dict[Path, None]
    features: dict[str, bool]
    key_bits: int

    def _put(self, row: Path) -> None:
        self.rows[row] = None

    def _wipe(self, path: Path) -> None:
        for row in [row for row in self.rows if row[: len(path)] == path]:
            del self.rows[row]

    def _feature(self, name: str, *, on: bool) -> bool:
        usual = name == "ssh" or (self.vsm and name in ("telnet", "http-server"))
        if name not in self.features and name not in rules.LINES_OF and name not in ("telnet", "nxapi", "private-vlan"):
            return False
        was, self.features[name] = self.features.get(name, (f"feature {name}",) in self.rows), on
        for word in ("", "no "):
            self.rows.pop((f"{word}feature {name}",), None)
        if on != usual:
            self._put((f"feature {name}" if on else f"no feature {name}",))
        if was and not on:
            for row in list(self.rows):
                if any(part.removeprefix("no ").startswith(rules.LINES_OF.get(name, ("\n",))) for part in row):
                    self.rows.pop(row, None)
        return True

    def _vlan(self, listed: str, form: str) -> bool | list[Path]:
        numbers = spread(listed)
        if form:
            for number in numbers:
                self._wipe((f"vlan {number}",))
        there = self.vlans()
        there = there - numbers if form else there | numbers
        for row in [row for row in self.rows if len(row) == 1 and re.fullmatch(r"vlan \d[\d,-]*", row[0])]:
            if not any(other[0] == row[0] and len(other) > 1 for other in self.rows):
                del self.rows[row]
        self._put((f"vlan {gather(there)}",))
        return True if form else [(f"vlan {number}",) for number in sorted(numbers)]

    def vlans(self) -> set[int]:
        """The VLANs that exist."""
        found: set[int] = {1}
        for row in self.rows:
            if len(row) == 1 and re.fullmatch(r"vlan \d[\d,-]*", row[0]):
                found |= spread(row[0][5:])
        return found

    def _union(self, head: str, listed: str, form: str) -> bool:
        if not re.fullmatch(r"\d[\d,-]*", listed):
            return False
        there: set[int] = set()
        for row in [row for row in self.rows if row[0].startswith(f"{head} ")]:
            there |= spread(row[0].rsplit(" ", 1)[1])
            del self.rows[row]
        there = there - spread(listed) if form else there | spread(listed)
        if there:
            self._put((f"{head} {gather(there)}",))
        return True

    def _resequence(self, words: list[str]) -> bool:
        head = " ".join(words[1:4])
        entries = self._entries((head,))
        for row in entries:
            del self.rows[row]
        for at, row in enumerate(entries):
            self._put((head, f"{int(words[4]) + at * int(words[5])} {row[1].split(' ', 1)[1]}"))
        return True

    def _entries(self, path: Path) -> list[Path]:
        found = [row for row in self.rows if row[:-1] == path and row[-1].split()[0].isdigit()]
        return sorted(found, key=lambda row: int(row[-1].split()[0]))

    def _entry(self, path: Path, line: str, form: str) -> bool:
        """An entry of a list: numbers go up by ten, and one that is taken is not replaced."""
        entries = self._entries(path)
        numbers = {int(row[-1].split()[0]): row for row in entries}
        first, _, rest = line.partition(" ")
        if form:
            gone = [numbers[int(first)]] if first.isdigit() and int(first) in numbers else [
                row for row in entries if row[-1].split(" ", 1)[1] == line][:1]  # fmt: skip
            for row in gone:
                del self.rows[row]
            return bool(gone)
        if first.isdigit():
            if int(first) in numbers:
                return numbers[int(first)][-1] == line
            self._put((*path, line))
            return True
        if first not in ("permit", "deny", "remark") or not rest:
            return False
        self._put((*path, f"{max(numbers, default=0) + 10} {line}"))
        return True

    def _monitor(self, line: str, form: str) -> bool | list[Path]:
        number = line.split()[2]
        head = f"monitor session {number}"
        there = next((row for row in self.rows if len(row) == 1 and begins(row[0], head)), None)
        if form:
            if there:
                self._wipe(there)
            return True
        if there is None:
            there = (line,)
            self._put(there)
            self._put((line, "shut"))
        return [there]

    def _new_key(self, words: list[str]) -> bool:
        if self.features.get("ssh", True) or "force" not in words:
            return False
        self.key_bits = int(words[3])
        for row in [row for row in self.rows if row[0].startswith("ssh key ")]:
            del self.rows[row]
        self._put((f"ssh key {words[2]} {words[3]}",))
        return True


def begins(line: str, prefix: str) -> bool:
    """Whether a line is a prefix, or goes on after it with another word."""
    return line == prefix or line.startswith(f"{prefix} ")


def spread(listed: str) -> set[int]:
    """VLANs of "10,20-22"."""
    found: set[int] = set()
    for part in listed.split(","):
        low, _, high = part.partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def gather(numbers: set[int]) -> str:
    """The same back, as a device prints it."""
    out: list[str] = []
    ordered = sorted(numbers)
    while ordered:
        last = ordered[0]
        while last + 1 in numbers:
            last += 1
        out.append(f"{ordered[0]}-{last}" if last > ordered[0] else str(last))
        ordered = [number for number in ordered if number > last]
    return ",".join(out)
