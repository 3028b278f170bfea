"""Installed packages and systemd units."""

import re

from auditor.collectors.linux.draft import NO_SYSTEMD, Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.wanted import UNITS
from auditor.facts.linux import Unit

_ON = {"enabled", "enabled-runtime", "linked", "linked-runtime", "alias", "generated", "transient"}
_OWN_LOGIN = re.compile(r"(?:user|user-runtime-dir)@|session-|run-user-")  # made by the very login that looks
_TRIGGERS = (".socket", ".timer", ".path")


def packages(evidence: Evidence, draft: Draft) -> None:
    """packages: in dpkg only `installed` counts, not `config-files` (removed, not purged)."""
    system = draft.facts.get("os")
    order = ("rpm", "dpkg") if system and system.family in ("rhel", "suse") else ("dpkg", "rpm")
    for key in order:
        try:
            text = evidence.text(key)
        except Absent:
            continue
        except Unread as why:
            draft.gap("packages", f"{key}: {why}")
            draft.gap("signing_keys", f"{key}: {why}")
            return
        found: dict[str, str] = {}
        keys: list[str] = []
        for line in text.splitlines():
            name, version, *state = [*line.split(), ""][:3]
            if key == "rpm" and name == "gpg-pubkey":  # no package: a key that rpm trusts, its id as the version
                keys.append(re.sub(r"^(?:\(none\)|\d+):", "", version).split("-")[0].lower()[-8:])
            elif key == "rpm" or state == ["installed"]:
                found[name] = version.removeprefix("(none):")
        if found:
            draft.put("packages", found, "dpkg-query -W" if key == "dpkg" else "rpm -qa")
            if key == "rpm":
                draft.put("signing_keys", keys, "rpm -qa gpg-pubkey")
            return
    draft.gap("packages", "neither dpkg nor rpm lists a package on this host")


def units(evidence: Evidence, draft: Draft) -> None:
    """units: the three axes from one `systemctl show`, and whether the unit runs or would be started."""
    try:
        text = evidence.text("units")
    except (Unread, Absent) as why:
        reason = str(why)
        if "not been booted" in reason or isinstance(why, Absent):
            reason = f"{NO_SYSTEMD}: PID 1 is {evidence.meta.get('pid1', 'unknown')}"
        draft.gap("units", reason)
        return
    raw: dict[str, dict[str, str]] = {}
    for block in text.split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if values.get("Id") and not _OWN_LOGIN.match(values["Id"]):
            raw[values["Id"]] = values
    found = {name: _unit(name, raw) for name in sorted(raw)}
    for name in UNITS:
        if name not in raw and not evidence.asked(name):
            found[name] = Unit(load="unknown", active="unknown")  # keeps its place in `for_each`, where its gap counts
            draft.gap(f"units[{name}]", "the version that made this capture did not ask for it")
    draft.put("units", found, "systemctl show")


def _unit(name: str, raw: dict[str, dict[str, str]]) -> Unit:
    mine = raw[name]
    stem = name.rsplit(".", 1)[0]
    triggers = {stem + kind for kind in _TRIGGERS} | set(mine.get("TriggeredBy", "").split()) - {name}
    others = [raw[trigger] for trigger in triggers - {name} if trigger in raw] if name.endswith(".service") else []
    masked = mine.get("LoadState") == "masked"
    starts = not masked and (_starts(mine) or any(_starts(other) for other in others))
    running = _runs(mine)
    return Unit(
        load=mine.get("LoadState", ""),
        enabled=mine.get("UnitFileState") or None,
        active=mine.get("ActiveState", ""),
        running=running,
        starts=starts,
        in_use=running or starts or (not masked and any(_runs(other) for other in others)),
    )


def _starts(values: dict[str, str]) -> bool:
    return values.get("LoadState") == "loaded" and values.get("UnitFileState") in _ON


def _runs(values: dict[str, str]) -> bool:
    return values.get("ActiveState") in ("active", "activating", "reloading", "deactivating")
