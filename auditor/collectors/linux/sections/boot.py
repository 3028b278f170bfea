"""How the host was started, and how it will be: command line, boot loader, rescue shells, live patches."""

import re
import shlex
from collections.abc import Iterator

from auditor.collectors.linux.config import Files, Lines
from auditor.collectors.linux.draft import KERNEL, Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.wanted import BOOT_WORDS
from auditor.facts.linux_kernel import Boot, BootParameter, RescueShell

_RECOVERY = {"single", "recovery", "rescue", "emergency", "systemd.unit=rescue.target", "systemd.unit=emergency.target"}
_GRUB_CFG = ("/boot/grub/grub.cfg", "/boot/grub2/grub.cfg")
_GRUB_SIGNS = {"/etc/grub.d", *_GRUB_CFG}
_ENTRIES, _ENVIRONMENT = "/boot/loader/entries", "/boot/grub2/grubenv"
_CMDLINES = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")
_NO_LOADER = "neither a GRUB configuration nor boot loader entries below /boot: how the next boot goes cannot be told"
_LONG, _LIMIT = 4000, 300  # characters of a command line (the kernel takes 2048), entries
Words = list[str]


def boot(evidence: Evidence, draft: Draft) -> None:
    """boot. Running is /proc/cmdline, pinned what the boot loader's entries say, configured what makes new entries."""
    if draft.shared_kernel:
        draft.gap("boot", KERNEL)
        return
    facts: dict[str, object] = {}
    if (line := draft.try_read("boot.cmdline", lambda: evidence.text("cmdline"))) is not None:
        facts["cmdline"] = line.split()[:200]
    marks = draft.try_read("boot.reboot_required", lambda: evidence.text("marks"))
    if marks is not None:
        facts["reboot_required"] = "reboot-required" in marks
    fips = draft.facts.get("sysctl", {}).get("crypto.fips_enabled")
    facts["fips"] = fips.runtime == 1 if fips else False
    facts["loader_password"] = draft.try_read("boot.loader_password", lambda: _loader_password(evidence))
    facts["live_patches"] = draft.try_read("boot.live_patches", lambda: _live_patches(evidence))
    facts["rescue_shells"] = draft.try_read("boot.rescue_shells", lambda: _rescue_shells(evidence)) or {}
    facts |= _parameters(evidence, draft, line.split() if line is not None else None)
    draft.put("boot", Boot.model_validate(facts), "/proc/cmdline, boot loader files")
    draft.sources["boot.cmdline"] = "/proc/cmdline"
    draft.sources["boot.rescue_shells"] = "systemctl show"


def _parameters(evidence: Evidence, draft: Draft, running: Words | None) -> dict[str, object]:
    entries = draft.try_read("boot.stored_words", lambda: _entries(evidence))
    configured = draft.try_read("boot.loader_current", lambda: _configured(evidence))
    if configured is None and "boot.loader_current" in draft.gaps:
        draft.gap("boot.stored_words", draft.gaps["boot.loader_current"])
    if "boot.stored_words" in draft.gaps:
        draft.gap("boot.loader_current", draft.gaps["boot.stored_words"])
    now, pinned = _last(running or []), [_last(words) for words in entries or []]
    later, found = _last(configured or []), {}
    for name in BOOT_WORDS:
        values = {one.get(name) for one in pinned}
        same = values.pop() if len(values) == 1 else None
        if name in now or name in later or any(name in one for one in pinned):
            found[name] = BootParameter(running=now.get(name), pinned=same, configured=later.get(name))
        if running is None:
            draft.gap(f"boot.parameters[{name}].running", draft.gaps.get("boot.cmdline", "/proc/cmdline was not read"))
        if entries is None:
            draft.gap(f"boot.parameters[{name}].pinned", draft.gaps["boot.stored_words"])
    draft.sources["boot.parameters"] = "/proc/cmdline, boot loader entries, /etc/default/grub"
    if entries is None:
        return {"parameters": found}
    stored = sorted({word for words in [*entries, configured or []] for word in words})[:1000]
    current = None if configured is None else all(set(configured) <= set(words) for words in entries)
    return {"parameters": found, "stored_words": stored, "loader_current": current}


def _last(words: Words) -> dict[str, int | str]:
    pairs = (word.partition("=") for word in words)
    return {name: number(value) for name, _, value in pairs}


def _entries(evidence: Evidence) -> list[Words]:
    """Command lines of the boot entries but those for recovery. Raises Unread, also when no loader is known here."""
    evidence.text("boot_entries", ok=(0, 1, 2))
    files = Files(evidence, "boot_entries")
    variables = _environment(files.get(_ENVIRONMENT) or [])
    found = [words for path in _GRUB_CFG for _, text in files.get(path) or [] if (words := _grub_words(text))]
    for path, lines in files.below(_ENTRIES, ".conf").items():
        if "rescue" not in path.rsplit("/", 1)[1]:
            found += [_split(_expand(text[8:], variables)) for _, text in lines if re.match(r"options\s", text)]
    usual = [words for words in found[:_LIMIT] if not _RECOVERY & set(words)]
    if not usual:
        raise Unread(_NO_LOADER)
    return usual


def _grub_words(text: str) -> Words:
    found = re.match(r"\s*linux(?:16|efi)?\s+\S*vmlinuz\S*\s+(.*)", text)
    return _split(found[1]) if found else []


def _environment(lines: Lines) -> dict[str, str]:
    pairs = (text.partition("=") for _, text in lines)
    return {name: value for name, _, value in pairs if re.fullmatch(r"\w{1,60}", name)}


def _expand(text: str, variables: dict[str, str]) -> str:
    """Text with variables put in, as blscfg and the shell do; an unknown one is nothing."""
    return re.sub(r"\$\{?(\w{1,60})\}?", lambda found: variables.get(found[1], "")[:_LONG], text[:_LONG])[:_LONG]


def _split(text: str) -> Words:
    try:
        return shlex.split(text[:_LONG])[:200]
    except ValueError:  # a quote without its other half: GRUB would not take it either
        return text[:_LONG].split()[:200]


def _configured(evidence: Evidence) -> Words | None:
    """Words of /etc/default/grub and its drop-ins for every entry; None without that file. Raises Unread."""
    files = Files(evidence, "grub_default")
    main = files.get("/etc/default/grub")
    if main is None:
        return None
    values: dict[str, str] = {}
    for lines in (main, *files.below("/etc/default/grub.d", ".cfg").values()):
        for name, value in _assignments(lines):
            values[name] = _expand(value, values)
    return _split(" ".join(values.get(name, "") for name in _CMDLINES))


def _assignments(lines: Lines) -> Iterator[tuple[str, str]]:
    for _, text in lines[:_LIMIT]:
        if found := re.match(r"\s*(?:export\s+)?(GRUB_\w{1,60})(\+?)=(.*)", text):
            value = " ".join(_split(found[3].partition(" #")[0]))
            yield found[1], f"${found[1]} {value}" if found[2] else value


def _loader_password(evidence: Evidence) -> bool | None:
    """A hash alone does nothing in Debian's grub.cfg: `superusers` must name who is asked for it. None without GRUB."""
    looked = False
    for keys in (("grub_debian", "grub_superusers"), ("grub_rhel",)):
        if "No such file" not in evidence.record(keys[0]).err:
            counts = [evidence.text(key, ok=(0, 1)).strip() for key in keys]
            if all(re.fullmatch(r"[1-9]\d*", count) for count in counts):
                return True
            looked = True
    # RHEL 8 on UEFI keeps it on the EFI partition, and no host has the file before a password is set.
    if "No such file" not in evidence.record("grub_efi").err and evidence.text("grub_efi", ok=(0, 1)).strip():
        return True
    return False if looked or _GRUB_SIGNS & set(evidence.text("marks").split()) else None


def _live_patches(evidence: Evidence) -> list[str] | None:
    record = evidence.record("livepatch")
    if "No such file" in record.err:
        return None
    return [name[:100] for name in evidence.text("livepatch").split()][:100]


def _rescue_shells(evidence: Evidence) -> dict[str, RescueShell]:
    found: dict[str, RescueShell] = {}
    try:
        blocks = evidence.text("rescue").split("\n\n")
    except Absent:
        return {}
    for block in blocks:
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if values.get("LoadState") == "loaded" and values.get("Id"):
            argv = re.search(r"argv\[\]=(.*?)\s*;", values.get("ExecStart", ""))
            command, environment = (argv[1] if argv else "")[:500], values.get("Environment", "")
            sulogin = re.match(r"(?:\S*/systemd-sulogin-shell\s+(?:rescue|emergency)|\S*/sulogin)\b", command)
            forced = re.search(r"\bSYSTEMD_SULOGIN_FORCE=(?:1|y|t|on)|--force|\s-e\b", f"{environment} {command}")
            found[values["Id"][:100]] = RescueShell(command=command, asks_password=bool(sulogin) and not forced)
    return found
