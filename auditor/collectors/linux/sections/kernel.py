"""Mount points and kernel modules, now and pinned."""

import re

from auditor.collectors.linux.config import Files, words
from auditor.collectors.linux.draft import KERNEL, NO_SYSTEMD, Draft
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.wanted import MODULES, MOUNT_POINTS
from auditor.facts.linux import Module, Mount

_LIMIT = 1000
_MODPROBE = tuple(f"{root}/modprobe.d" for root in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
_STARTED = ("enabled", "static", "enabled-runtime", "generated")


def mounts(evidence: Evidence, draft: Draft) -> None:
    """mounts: of a path mounted over, the last layer counts. Paths that should be mount points are listed anyway."""
    try:
        now = _now(evidence.text("mountinfo"))
    except (Unread, Absent) as why:
        draft.gap("mounts", str(why))
        return
    pinned: dict[str, set[str]] = {}
    unread = ""
    try:
        pinned = _pinned(evidence, draft)
    except Unread as why:
        unread = str(why)
    found: dict[str, Mount] = {}
    for path in sorted({*MOUNT_POINTS, *list(now)[:_LIMIT]}):
        layer = now.get(path)
        fixed = pinned.get(path)
        asleep = layer is not None and layer[0] == "autofs"
        if asleep:
            draft.gap(f"mounts[{path}].options", "an automount that nothing has used yet: what it will mount is unseen")
        found[path] = Mount(
            is_mount_point=layer is not None,
            fstype=layer[0] if layer else None,
            options=sorted(layer[1]) if layer and not asleep else None,
            pinned=fixed is not None,
            pinned_options=sorted(fixed) if fixed is not None else None,
        )
        if unread:
            draft.gap(f"mounts[{path}].pinned", unread)
            draft.gap(f"mounts[{path}].pinned_options", unread)
    draft.put("mounts", found, "/proc/self/mountinfo; pinned: /etc/fstab, mount units")


def _now(text: str) -> dict[str, tuple[str, set[str]]]:
    found: dict[str, tuple[str, set[str]]] = {}
    for line in text.splitlines():
        mine, _, file_system = line.partition(" - ")
        fields, rest = mine.split(), file_system.split()
        if len(fields) < 6 or len(rest) < 3:
            continue
        options = set(fields[5].split(","))
        if "ro" in rest[2].split(","):
            options = (options - {"rw"}) | {"ro"}
        path = _plain(fields[4])
        if path.startswith("/run/user/"):
            continue  # made by the very login that looks
        if rest[0] != "autofs" or path not in found:
            found[path] = (rest[0], options)
    return found


def _plain(field: str) -> str:
    """A path as mountinfo and fstab write it: blanks and the like are octal there."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _pinned(evidence: Evidence, draft: Draft) -> dict[str, set[str]]:
    """Options for the next boot. A unit in /etc beats the line of fstab, and that one a unit of the distribution."""
    found: dict[str, set[str]] = {}
    if evidence.meta.get("pid1") == "systemd":
        found["/dev/shm"] = {"nosuid", "nodev"}  # noqa: S108 - systemd mounts it itself, with these
    vendor, own = _mount_units(evidence, draft)
    found |= vendor
    for _, fields in words(Files(evidence, "conf").get("/etc/fstab") or []):
        if len(fields) >= 4:
            options = set(fields[3].split(","))
            if "noauto" not in options or "x-systemd.automount" in options:
                found[_plain(fields[1]).rstrip("/") or "/"] = options
    return found | own


def _mount_units(evidence: Evidence, draft: Draft) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Options by mount point of enabled units: those of the distribution, those that /etc replaces or changes."""
    units, values = draft.facts.get("units", {}), dict[str, dict[str, str]]()
    vendor: dict[str, set[str]] = {}
    own: dict[str, set[str]] = {}
    files = Files(evidence, "mount_units").below("")
    if files and "units" in draft.gaps and NO_SYSTEMD not in draft.gaps["units"]:
        raise Unread(f"which mount units are started is not known: {draft.gaps['units']}")
    for path in sorted(files, key=lambda path: (".mount.d/" in path, path.startswith("/etc/"), path)):
        folder, name = path.rsplit("/", 2)[1:]
        unit = folder.removesuffix(".d") if folder.endswith(".mount.d") else name
        pairs = (line.replace(" ", "").partition("=") for _, line in files[path])
        if not folder.endswith(".mount.d"):
            values[unit] = {}
        mine = values.setdefault(unit, {})
        mine |= {key: value for key, _, value in pairs}
        state, where = units.get(unit), mine.get("Where", "").rstrip("/") or "/"
        if mine.get("Where") and state and state.enabled in _STARTED and state.load == "loaded":
            vendor.pop(where, None)
            (own if path.startswith("/etc/") else vendor)[where] = set(mine.get("Options", "").split(",")) - {""}
    return vendor, own


def modules(evidence: Evidence, draft: Draft) -> None:
    """modules: `blacklist` stops loading by alias only, `install` with false or true stops modprobe: it takes both."""
    if draft.shared_kernel:
        for name in MODULES:
            draft.gap(f"modules[{name}]", KERNEL)
        return
    try:
        loaded = {line.strip().replace("_", "-") for line in _loaded(evidence)}
        there = {tuple(line.split(" ", 1)) for line in evidence.text("module_files").splitlines()}
        if trouble := evidence.record("module_files").err:
            raise Unread(f"the lists of modules could not be read: {trouble[:200]}")
        rules = _rules(evidence)
    except (Unread, Absent) as why:
        draft.gap("modules", str(why))
        return
    black = {rule[1].replace("_", "-") for rule in rules if rule[:1] == ["blacklist"] and len(rule) == 2}
    barred = {
        rule[1].replace("_", "-")
        for rule in rules
        if rule[:1] == ["install"] and len(rule) >= 3 and re.fullmatch(r"(?:/usr)?/bin/(?:false|true)", rule[2])
    }
    found = {name: _module(name, loaded, there, black, barred) for name in MODULES}
    draft.put("modules", found, "/proc/modules, modprobe -c, modules.dep")


def _rules(evidence: Evidence) -> list[list[str]]:
    """Lines of modprobe's configuration. It passes over files that it may not read, so a plain user looks at those."""
    try:
        rules = [line.split() for line in evidence.text("modprobe").splitlines()]
    except Absent:
        return []  # without modprobe nothing is loaded by name, and nothing is barred either
    if evidence.has("modprobe_text"):
        evidence.text("modprobe_text", ok=(0, 1, 2))
        layers = Files(evidence, "modprobe_text").layered(_MODPROBE)
        rules += [parts for lines in layers.values() for _, parts in words(lines)]
    return rules


def _loaded(evidence: Evidence) -> list[str]:
    if "No such file" in evidence.record("proc_modules").err:
        return []  # a kernel that cannot load modules has no such list
    return evidence.text("proc_modules").splitlines()


def _module(name: str, loaded: set[str], there: set[tuple[str, ...]], black: set[str], barred: set[str]) -> Module:
    available, built_in = ("file", name) in there, ("builtin", name) in there
    return Module(
        loaded=name in loaded,
        built_in=built_in,
        available=available,
        blacklisted=name in black,
        install_disabled=name in barred,
        barred=not built_in and name not in loaded and (not available or (name in black and name in barred)),
    )
