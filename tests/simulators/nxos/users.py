"""Users of the simulated switch. The command line and SNMP share them, as manuals of NX-OS say."""

from __future__ import annotations

import re
import secrets

Path = tuple[str, ...]


class Users:
    """What a switch does with lines of users and communities."""

    rows: dict[Path, None]

    def _user_line(self, line: str, words: list[str], form: str) -> bool | None:
        if words[0] == "username" and len(words) > 1:
            return self._username(words, form)
        if words[:2] == ["snmp-server", "user"] and len(words) > 2:
            return self._snmp_user(words, form)
        if words[:2] == ["snmp-server", "community"] and len(words) > 2:
            return self._community(words, form)
        if words[:2] == ["snmp-server", "host"] and len(words) > 3:
            rest = [word for word in words[3:] if word != "traps"]
            text = " ".join([*words[:3], *([] if rest[0].startswith("use-") else ["traps"]), *rest])
            if form:
                return self.rows.pop((text,), False) is None
            self.rows[(text,)] = None
            return True
        if words[0] in ("ntp",) and words[1:2] == ["authentication-key"] and not form and len(words) == 5:
            return self._slotted_line(f"{line} 7", form)
        return None

    def _slotted_line(self, line: str, form: str) -> bool:
        from tests.simulators.nxos import rules

        done: bool = self._slotted((), rules.GLOBAL, line, form)  # type: ignore[attr-defined]
        return done

    def _lines(self, *head: str) -> list[Path]:
        return [row for row in self.rows if len(row) == 1 and row[0].split()[: len(head)] == list(head)]

    def _username(self, words: list[str], form: str) -> bool:
        name, rest = words[1], words[2:]
        mine = self._lines("username", name)
        if form:
            return self._less(name, rest, mine)
        if not rest:
            return False
        if rest[0] == "password":
            return self._password(name, rest[1:], mine)
        if rest[0] == "role":
            if not any(re.search(rf"role {re.escape(rest[1])}( |$)", row[0]) for row in mine):
                self.rows[(f"username {name} role {rest[1]}",)] = None
                self._mirror(name)
            return True
        if rest[0] in ("passphrase", "sshkey"):
            for row in mine:
                if row[0].split()[2] == rest[0]:
                    del self.rows[row]
            self.rows[(f"username {name} {' '.join(rest)}",)] = None
            return True
        return False

    def _password(self, name: str, rest: list[str], mine: list[Path]) -> bool:
        typed = rest[0] == "5" and len(rest) > 1
        secret = rest[1] if len(rest) > 1 and rest[0] in "05" else rest[0]
        hashed = secret if typed else f"$5${secrets.token_hex(4)}${secrets.token_hex(21)}"
        role = rest[rest.index("role") + 1] if "role" in rest else ""
        old = next((row for row in mine if row[0].split()[2] == "password"), None)
        had = re.search(r"role (\S+)", old[0]) if old else None
        keep = had[1] if had else role or "network-operator"
        if old:
            del self.rows[old]
        self.rows[(f"username {name} password 5 {hashed} role {keep}",)] = None
        if role and role != keep and not any(row[0].endswith(f"role {role}") for row in self._lines("username", name)):
            self.rows[(f"username {name} role {role}",)] = None
        if not old or not typed:
            self._mirror(name)
        return True

    def _mirror(self, name: str) -> None:
        """SNMP is given the same user: keys of the password, roles as they are."""
        kept = [row for row in self._lines("snmp-server", "user", name) if " use-" not in row[0]]
        for row in kept:
            del self.rows[row]
        roles = [found[1] for row in self._lines("username", name) if (found := re.search(r"role (\S+)", row[0]))]
        old = re.search(r" auth .*", kept[0][0]) if kept else None
        keys = old[0] if old else f" auth md5 0x{secrets.token_hex(16)} priv 0x{secrets.token_hex(16)} localizedkey"
        for role in roles or ["network-operator"]:
            self.rows[(f"snmp-server user {name} {role}{keys}",)] = None

    def _less(self, name: str, rest: list[str], mine: list[Path]) -> bool:
        if not mine or (name == "admin" and not rest):
            return False
        if not rest:
            for row in [*mine, *self._lines("snmp-server", "user", name)]:
                del self.rows[row]
            return True
        if rest[0] == "role":
            for row in mine:
                if row[0] == f"username {name} role {rest[1]}":
                    del self.rows[row]
                elif f" role {rest[1]}" in row[0]:
                    del self.rows[row]
                    self.rows[(row[0].replace(f" role {rest[1]}", ""),)] = None
            self._mirror(name)
            return True
        for row in mine:
            if row[0].split()[2] == rest[0]:
                del self.rows[row]
        return True

    def _snmp_user(self, words: list[str], form: str) -> bool:
        name, rest = words[2], words[3:]
        mine = self._lines("snmp-server", "user", name)
        if form:
            if rest and rest[0].startswith("use-"):
                for row in mine:
                    if " use-" in row[0]:
                        del self.rows[row]
                return True
            for row in [*mine, *self._lines("username", name)]:
                del self.rows[row]
            return True
        if rest and rest[0].startswith("use-"):
            self.rows[(" ".join(words),)] = None
            return True
        role = rest.pop(0) if rest and rest[0] not in ("auth", "enforcePriv") else ""
        had = [row for row in mine if " use-" not in row[0]]
        role = role or (had[0][0].split()[3] if had else "network-operator")
        for row in had:
            if row[0].split()[3] == role:
                del self.rows[row]
        self.rows[(" ".join(["snmp-server", "user", name, role, *rest]),)] = None
        if not self._lines("username", name):
            hashed = f"$5${secrets.token_hex(4)}${secrets.token_hex(21)}"
            self.rows[(f"username {name} password 5 {hashed} role {role}",)] = None
        return True

    def _community(self, words: list[str], form: str) -> bool:
        name, rest = words[2], words[3:]
        mine = self._lines("snmp-server", "community", name)
        only_list = bool(rest) and rest[0].startswith("use-")
        for row in mine:
            if (form and not only_list) or (" use-" in row[0]) == only_list:
                del self.rows[row]
        if form:
            return bool(mine)
        if not only_list:
            group = {"ro": "network-operator", "rw": "network-admin"}.get(rest[0] if rest else "ro", "")
            rest = ["group", group or rest[-1]]
        self.rows[(" ".join([*words[:3], *rest]),)] = None
        return True
