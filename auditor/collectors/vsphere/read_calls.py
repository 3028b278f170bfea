"""What single calls to the host itself answered: access, packages, SNMP agent, trusted authorities."""

from collections.abc import Callable
from typing import Any

from auditor.collectors.vsphere.certificates import authorities
from auditor.collectors.vsphere.draft import Draft, Missing, record, rows
from auditor.evidence.redaction import parse_token

_BUILT_IN = {"root", "dcui", "vpxuser"}


def read_calls(draft: Draft) -> None:
    """Everything below the capture's "calls"."""
    calls, errors = record(_or_none(draft.body.get("calls"))), record(_or_none(draft.body.get("call_errors")))

    def answer(name: str) -> Any:
        if name in errors:
            raise Missing(str(errors[name]))
        if name not in calls:
            raise Missing("the host was not asked")
        return calls[name]

    managed = not draft.body.get("standalone")
    parts: dict[str, tuple[str, Callable[[], Any]]] = {
        "lockdown.exceptions": ("HostAccessManager.QueryLockdownExceptions", lambda: answer("lockdown_exceptions")),
        "lockdown.audit_account": (
            "HostAccessManager.QueryLockdownExceptions and the account of this audit",
            lambda: _exempt(answer("lockdown_exceptions"), draft.body.get("account")),
        ),
        "access": (
            "HostAccessManager.RetrieveHostAccessControlEntries",
            lambda: {
                str(e["principal"]): {"group": e.get("group"), "mode": e.get("mode")} for e in rows(answer("access"))
            },
        ),
        "named_admins": ("HostAccessManager.RetrieveHostAccessControlEntries", lambda: _named(answer("access"))),
        "acceptance_level": ("HostImageConfigManager.HostImageConfigGetAcceptance", lambda: answer("acceptance")),
        "packages": ("HostImageConfigManager.FetchSoftwarePackages", lambda: _packages(answer("packages"))),
        "snmp": ("HostSnmpSystem.configuration", lambda: _snmp(answer("snmp"))),
        "trusted_cas": (
            "HostCertificateManager.ListCACertificates",
            lambda: authorities(answer("trusted_cas"), managed),
        ),
    }
    for path, (source, build) in parts.items():
        draft.part(path, source, build)


def _or_none(value: Any) -> Any:
    return value if isinstance(value, dict) else None


def _exempt(users: Any, account: Any) -> bool:
    """Whether the account is among the users, whatever the domain before or behind either name. Raises Missing."""
    if not isinstance(account, str) or not account:
        raise Missing("the capture does not say by which account it was made")
    return _short(account) in {_short(str(user)) for user in users}


def _short(name: str) -> str:
    return name.rpartition("\\")[2].partition("@")[0].casefold()


def _named(answer: Any) -> list[str]:
    """Administrators that are people or services of the site, not built in."""
    admins = {str(entry["principal"]) for entry in rows(answer) if entry.get("mode") == "accessAdmin"}
    return sorted(admins - _BUILT_IN)


def _packages(answer: Any) -> dict[str, Any]:
    found = {
        str(p["name"]): {"version": p.get("version"), "vendor": p.get("vendor"), "acceptance": p.get("acceptance")}
        for p in rows(answer)
    }
    if not found:
        raise Missing("no package came back, though every host has some")
    return found


def _snmp(answer: Any) -> dict[str, Any] | None:
    if answer is None:
        return None
    agent = record(answer)
    tokens = [str(text) for text in agent.get("readOnlyCommunities") or []]
    targets = rows(agent.get("trapTargets"))
    parsed = [parse_token(text) for text in [*tokens, *(str(t.get("community")) for t in targets)]]
    return {
        "enabled": agent.get("enabled"),
        "port": agent.get("port"),
        "communities": tokens,
        "known_default": any(token.known_default for token in parsed if token),
        "trap_targets": sorted(f"{t.get('hostName')}:{t.get('port')}" for t in targets),
    }
