"""Advanced options, and what is derived from them: logging, scratch location, password quality, console access."""

import re
from typing import Any
from urllib.parse import urlsplit

from auditor.collectors.vsphere.draft import MAX_TEXT, Draft, Missing, Props, record
from auditor.collectors.vsphere.keys import HOST_KEYS

_KINDS = ("one_class", "two_classes", "passphrase", "three_classes", "four_classes")
_CLASSES = {"one_class": 1, "two_classes": 2, "passphrase": 2, "three_classes": 3, "four_classes": 4}
_SPELLING = {key.casefold(): key for key in HOST_KEYS}
_PORTS = {"udp": 514, "tcp": 1514, "ssl": 1514}  # ESXi Syslog Options, vendor documentation of releases 7 and 8


class OptionReader:
    """Options of one host by key, in any letter case; knows which could not be read."""

    def __init__(self, draft: Draft, props: Props) -> None:
        self.values: dict[str, Any] = {}
        self._folded: dict[str, Any] = {}
        self._gaps: dict[str, str] = {}
        self._draft = draft
        draft.part("advanced", "HostSystem.config.option", lambda: self._read(props))

    def get(self, key: str) -> Any:
        """The value, None when the host has no such option. Raises Missing."""
        if "advanced" in self._draft.gaps:
            raise Missing(self._draft.gaps["advanced"])
        if key.casefold() in self._gaps:
            raise Missing(self._gaps[key.casefold()])
        return self._folded.get(key.casefold())

    def text(self, key: str) -> str | None:
        """As `get`, for options that hold text. Raises Missing."""
        value = self.get(key)
        if value is not None and not isinstance(value, str):
            raise Missing(f"the option {key} does not hold text")
        return value

    def _read(self, props: Props) -> dict[str, Any]:
        body, draft = self._draft.body, self._draft
        bulk = record(props.required("config.option"))
        single = record(body.get("options"))
        for key, value in {**bulk, **single}.items():
            if isinstance(value, bool | int | float | str) and not (isinstance(value, str) and len(value) > MAX_TEXT):
                self.values[str(key)] = value
                self._folded[str(key).casefold()] = value
            else:
                self._lost(str(key), "its value could not be read")
        for key in single:
            draft.sources[f"advanced[{key}]"] = f"OptionManager.QueryOptions('{key}')"
        for name, reason in record(body.get("call_errors")).items():
            if str(name).startswith("option "):
                self._lost(str(name).removeprefix("option "), f"left out of the bulk answer; asked for alone: {reason}")
        if not self.values:
            raise Missing("no option came back at all, though every host has some: the account may not see them")
        return self.values

    def _lost(self, key: str, reason: str) -> None:
        key = _SPELLING.get(key.casefold(), key)  # a gap is found under the spelling of the rules
        self._gaps[key.casefold()] = reason
        self._draft.gap(f"advanced[{key}]", reason)


def read_derived(draft: Draft, options: OptionReader) -> None:
    """Facts derived from options."""
    draft.part("lockdown.dcui_access", "option DCUI.Access", lambda: names(options.text("DCUI.Access")))
    draft.part(
        "scratch.configured",
        "option ScratchConfig.ConfiguredScratchLocation",
        lambda: options.text("ScratchConfig.ConfiguredScratchLocation"),
    )
    draft.part(
        "scratch.current",
        "option ScratchConfig.CurrentScratchLocation",
        lambda: options.text("ScratchConfig.CurrentScratchLocation"),
    )
    draft.part(
        "scratch.persistent",
        "derived from option ScratchConfig.CurrentScratchLocation",
        lambda: persistent(options.text("ScratchConfig.CurrentScratchLocation")),
    )
    draft.part("scratch.reboot_pending", "derived from the ScratchConfig options", lambda: _pending(options))
    draft.part("syslog.hosts", "option Syslog.global.logHost", lambda: syslog_hosts(_log_host(options)))
    draft.part(
        "syslog.protocols",
        "derived from option Syslog.global.logHost",
        lambda: sorted({host.partition(":")[0] for host in syslog_hosts(_log_host(options))}),
    )
    draft.part("syslog.dir", "option Syslog.global.logDir", lambda: _log_folder(options))
    draft.part("syslog.unique", "option Syslog.global.logDirUnique", lambda: options.get("Syslog.global.logDirUnique"))
    draft.part("syslog.level", "option Syslog.global.logLevel", lambda: options.text("Syslog.global.logLevel"))
    draft.part(
        "syslog.persistent",
        "derived from options Syslog.global.logDir and ScratchConfig.CurrentScratchLocation",
        lambda: log_persistent(_log_folder(options), lambda: options.text("ScratchConfig.CurrentScratchLocation")),
    )
    draft.part(
        "password_quality",
        "option Security.PasswordQualityControl",
        lambda: password_quality(options.text("Security.PasswordQualityControl")),
    )


def _log_host(options: OptionReader) -> str | None:
    """Release 4 has one log server, in two options of other names."""
    found = options.text("Syslog.global.logHost")
    old = options.text("Syslog.Remote.Hostname") if found is None else None
    return f"udp://{old.strip()}:{options.get('Syslog.Remote.Port') or 514}" if old and old.strip() else found


def _log_folder(options: OptionReader) -> str | None:
    found = options.text("Syslog.global.logDir")
    return options.text("Syslog.Local.DatastorePath") or None if found is None else found


def names(text: str | None) -> list[str] | None:
    """A comma list as its trimmed members; None stays None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def persistent(location: str | None) -> bool | None:
    """Whether a scratch location is on a volume that outlives a reboot; None when none is set. Raises Missing."""
    if location is None or not location.strip():
        return None
    path = location.strip().rstrip("/") + "/"
    if re.match(r"/vmfs/volumes/[^/]+/", path):
        return True
    if path.startswith(("/tmp/", "/var/tmp/")):  # noqa: S108 - paths of the host: ramdisks
        return False
    raise Missing(f"the scratch location {location[:120]!r} is neither on a volume nor on a known ramdisk")


def log_persistent(folder: str | None, scratch: Any) -> bool | None:
    """Whether the log folder outlives a reboot.

    "[] /path" is below the root of the host, "[datastore] /path" on a volume. The shipped folder, and no setting,
    mean /scratch/log: as persistent as the scratch location. Raises Missing.
    """
    found = re.fullmatch(r"\s*\[(?P<store>[^\]]*)\]\s*(?P<path>/?.*)", folder or "[] /scratch/log", re.DOTALL)
    store, path = (found["store"].strip(), found["path"].strip()) if found else ("", (folder or "").strip())
    if store:
        return True
    if path == "/scratch" or path.startswith("/scratch/"):
        return persistent(scratch())
    return re.match(r"/vmfs/volumes/[^/]+", path) is not None


def syslog_hosts(text: str | None) -> list[str]:
    """Log targets as proto://host:port, defaults written out: udp, and port 514, for tcp and ssl 1514.

    A member that is no address stands as it is, so that no rule takes it for a good one.
    """
    out = []
    for member in names(text) or []:
        address = member if "://" in member else f"udp://{member}"
        try:
            parts = urlsplit(address)
            host, port, scheme = parts.hostname, parts.port, parts.scheme.lower()
        except ValueError:
            host, port, scheme = None, None, ""
        if not host or scheme not in _PORTS:
            out.append(member)
            continue
        shown = f"[{host}]" if ":" in host else host
        out.append(f"{scheme}://{shown}:{port if port is not None else _PORTS[scheme]}")
    return sorted(set(out))


def password_quality(text: str | None) -> dict[str, Any] | None:
    """passwdqc tokens (man page pam_passwdqc) in any order; None when the option is not there. Raises Missing."""
    if text is None:
        return None
    tokens = dict(part.partition("=")[::2] for part in text.split())
    out: dict[str, Any] = {"lengths": {}, "disabled": []}
    for name in ("retry", "max"):
        if name in tokens:
            out[name] = _number(tokens[name], text)
    if "similar" in tokens:
        out["similar"] = tokens["similar"]
    if "min" in tokens:
        minima = tokens["min"].split(",")
        if len(minima) != len(_KINDS):
            raise Missing(f"the option Security.PasswordQualityControl has no five lengths in min=: {text[:120]!r}")
        for kind, value in zip(_KINDS, minima, strict=True):
            if value == "disabled":
                out["disabled"].append(kind)
            else:
                out["lengths"][kind] = _number(value, text)
        if out["lengths"]:
            out["shortest"] = min(out["lengths"].values())
            out["fewest_classes"] = min(_CLASSES[kind] for kind in out["lengths"])
    return out


def _number(value: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise Missing(f"the option Security.PasswordQualityControl cannot be read: {text[:120]!r}")
    return int(value)


def _pending(options: OptionReader) -> bool | None:
    configured, current = (options.text(f"ScratchConfig.{name}ScratchLocation") for name in ("Configured", "Current"))
    return None if not configured else configured.rstrip("/") != (current or "").rstrip("/")
