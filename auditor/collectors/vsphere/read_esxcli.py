"""Facts that only esxcli shows."""

from collections.abc import Callable, Mapping
from typing import Any

from auditor.collectors.vsphere.draft import Draft, Missing, record, rows

_NOT_READ = "esxcli is not read: it needs `esxcli: true` on the source, and a privilege the vendor does not document"
_FIPS = "system.security.fips140"


def read_esxcli(draft: Draft) -> None:
    """Everything below the capture's "esxcli"."""

    def answer(command: str) -> list[Mapping[str, Any]]:
        found = draft.body.get("esxcli")
        if found is None:
            raise Missing(_NOT_READ)
        errors, answers = record(record(found).get("errors")), record(record(found).get("answers"))
        if command in errors:
            raise Missing(f"esxcli {command.replace('.', ' ')}: {errors[command]}")
        if not answers.get(command):
            raise Missing(f"esxcli {command.replace('.', ' ')} gave no answer")
        return rows(answers[command])

    parts: dict[str, tuple[str, Callable[[], Any]]] = {
        "sshd": (
            "system.ssh.server.config.list",
            lambda: {str(r["Key"]).lower(): str(r["Value"]) for r in answer("system.ssh.server.config.list")},
        ),
        "accounts": (
            "system.account.list",
            lambda: {
                str(r["UserID"]): {"description": r.get("Description"), "shell_access": flag(r.get("Shellaccess"))}
                for r in answer("system.account.list")
            },
        ),
        "tls_profile": ("system.tls.server.get", lambda: answer("system.tls.server.get")[0].get("Profile")),
        "fips[ssh]": (f"{_FIPS}.ssh.get", lambda: flag(answer(f"{_FIPS}.ssh.get")[0]["Enabled"])),
        "fips[rhttpproxy]": (f"{_FIPS}.rhttpproxy.get", lambda: flag(answer(f"{_FIPS}.rhttpproxy.get")[0]["Enabled"])),
        "key_persistence": (
            "system.security.keypersistence.get",
            lambda: flag(answer("system.security.keypersistence.get")[0]["Enabled"]),
        ),
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


def flag(text: Any) -> bool | None:
    """A boolean as esxcli writes it; None when the column is not there. Raises Missing."""
    if text is None:
        return None
    if str(text).lower() not in ("true", "false"):
        raise Missing(f"esxcli gave {str(text)[:40]!r} where true or false was expected")
    return str(text).lower() == "true"


def _firewall(row: Mapping[str, Any]) -> bool:
    return flag(row["Enabled"]) is True and flag(row["Loaded"]) is True and row["DefaultAction"] == "DROP"
