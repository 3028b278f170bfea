"""Facts that only esxcli shows."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Missing, record, rows
from auditor.collectors.vsphere.esxcli import BOOT_TLS
from auditor.collectors.vsphere.keys import ESXCLI_SINCE
from auditor.rulebook.versions import compare

_NOT_READ = "esxcli is not read: it needs `esxcli: true` on the source, and a privilege the vendor does not document"
_FIPS = "system.security.fips140"
_JUDGED = ("disableHwrng", "entropySources", "execInstalledOnly")  # of the boot settings: others differ by design


def read_esxcli(draft: Draft) -> None:
    """Everything below the capture's "esxcli". What the release does not have yet is absent, not a gap."""
    release = str(record(draft.facts.get("product")).get("version") or "")

    def answer(command: str) -> list[Mapping[str, Any]]:
        shown = f"esxcli {command.replace('.', ' ')}"
        found = draft.body.get("esxcli")
        if found is None:
            raise Missing(_NOT_READ)
        errors, answers = record(record(found).get("errors")), record(record(found).get("answers"))
        if command in errors:
            raise Missing(f"{shown}: {errors[command]}")
        if not answers.get(command):
            raise Missing(f"{shown} gave no answer")
        return rows(answers[command])

    def too_old(command: str) -> bool:
        since = ESXCLI_SINCE.get(command)
        return bool(since and release) and compare(release, str(since)) < 0

    def profile(command: str) -> Any:
        return None if too_old("system.tls.server.get") else answer(command)[0].get("Profile")

    def sshd() -> dict[str, str]:
        if too_old("system.ssh.server.config.list"):
            raise Missing("esxcli shows settings of SSH from release 8.0 on; before that, `sshd -T` in a shell does")
        return {str(r["Key"]).lower(): str(r["Value"]) for r in answer("system.ssh.server.config.list")}

    def persistence() -> bool | None:
        command = "system.security.keypersistence.get"
        return None if too_old(command) else flag(answer(command)[0]["Enabled"])

    def proxy() -> bool | None:
        command = f"{_FIPS}.rhttpproxy.get"
        refused = record(record(draft.body.get("esxcli")).get("errors"))
        if command in refused and release and compare(release, "8.0") >= 0:
            return None  # release 8 took the switch away, and the command with it
        return flag(answer(command)[0]["Enabled"])

    parts: dict[str, tuple[str, Callable[[], Any]]] = {
        "sshd": ("system.ssh.server.config.list", sshd),
        "accounts": (
            "system.account.list",
            lambda: {
                str(r["UserID"]): {"description": r.get("Description"), "shell_access": flag(r.get("Shellaccess"))}
                for r in answer("system.account.list")
            },
        ),
        "tls_profile": (BOOT_TLS, lambda: profile(BOOT_TLS)),
        "tls_profile_configured": ("system.tls.server.get", lambda: profile("system.tls.server.get")),
        "fips[ssh]": (f"{_FIPS}.ssh.get", lambda: flag(answer(f"{_FIPS}.ssh.get")[0]["Enabled"])),
        "fips[rhttpproxy]": (f"{_FIPS}.rhttpproxy.get", proxy),
        "key_persistence": ("system.security.keypersistence.get", persistence),
        "firewall_active": ("network.firewall.get", lambda: _firewall(answer("network.firewall.get")[0])),
        "kernel_settings": (
            "system.settings.kernel.list",
            lambda: {
                str(r["Name"]): {"configured": r.get("Configured"), "runtime": r.get("Runtime")}
                for r in answer("system.settings.kernel.list")
            },
        ),
    }
    for path, (command, build) in parts.items():
        draft.part(path, f"esxcli {command.replace('.', ' ')}", build)
    draft.part("pending", "derived from kernel_settings and the TLS profiles", lambda: _pending(draft))


def flag(text: Any) -> bool | None:
    """A boolean as esxcli writes it; None when the column is not there. Raises Missing."""
    if text is None:
        return None
    if str(text).lower() not in ("true", "false"):
        raise Missing(f"esxcli gave {str(text)[:40]!r} where true or false was expected")
    return str(text).lower() == "true"


def _firewall(row: Mapping[str, Any]) -> bool:
    return flag(row["Enabled"]) is True and flag(row["Loaded"]) is True and row["DefaultAction"] == "DROP"


def _pending(draft: Draft) -> dict[str, Any]:
    """Judged settings that differ between now and the next start. Raises Missing: one unread could wait as well."""
    for path in ("kernel_settings", "tls_profile", "tls_profile_configured"):
        if path in draft.gaps:
            raise Missing(draft.gaps[path])
    pairs = {name: record(record(draft.facts.get("kernel_settings")).get(name)) for name in _JUDGED}
    pairs["TLS profile"] = {
        "configured": draft.facts.get("tls_profile_configured"),
        "runtime": draft.facts.get("tls_profile"),
    }
    return {
        name: dict(pair)
        for name, pair in pairs.items()
        if str(pair.get("configured")).casefold() != str(pair.get("runtime")).casefold()
    }
