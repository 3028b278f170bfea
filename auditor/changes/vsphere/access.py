"""Who reaches a host: lockdown, accounts, permissions, packages and what of them is accepted."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from auditor.changes.vsphere.plan import Refusal
from auditor.changes.vsphere.target import Keys, Set, boolean, choice, members, texts

if TYPE_CHECKING:
    from auditor.changes.vsphere.host import Host

LEVELS = ("community", "partner", "vmware_accepted", "vmware_certified")  # from the loosest
MODES = ("lockdownDisabled", "lockdownNormal", "lockdownStrict")
ACCESS = ("accessAdmin", "accessReadOnly", "accessNoAccess", "accessOther", "accessNone")
MAX_ENTRIES = 500


def _mode(host: "Host", _: Keys, value: Any) -> None:
    mode, before = choice(value, "lockdown.mode", *MODES), host.props.get("config.lockdownMode")
    if host.body.get("standalone") and mode != MODES[0]:
        raise Refusal("a host without a vCenter cannot enter lockdown mode", "Manage it by a vCenter first.")
    host.props["config.lockdownMode"] = mode
    if "config.adminDisabled" in host.props:
        host.props["config.adminDisabled"] = mode != MODES[0]
    host.plan.changed("lockdown.mode")
    if before != mode and MODES[2] in (before, mode) and "DCUI" in host.services:
        host.plan.vague(
            "services[DCUI].running", "strict lockdown stops the console service, and leaving it may start it"
        )


def _exceptions(host: "Host", _: Keys, value: Any) -> None:
    if "lockdown_exceptions" not in host.calls:
        host.unread("lockdown.exceptions")
        host.unread("lockdown.audit_account")
        return
    host.calls["lockdown_exceptions"] = texts(value, "lockdown.exceptions")
    host.plan.changed("lockdown.exceptions")


def entry(host: "Host", principal: str) -> dict[str, Any] | None:
    """The access entry of a principal in the evidence."""
    return next((one for one in members(host.calls.get("access")) if one.get("principal") == principal), None)


def _access(host: "Host", keys: Keys, name: str, value: Any) -> None:
    path, entries = f"access[{keys[0]}].{name}", host.calls.get("access")
    if not isinstance(entries, list):
        host.unread(path)
        return
    found = entry(host, keys[0])
    if found is None:
        if len(entries) >= MAX_ENTRIES:
            raise Refusal(f"more than {MAX_ENTRIES} permissions on a host")
        found = {"principal": keys[0], "group": False, "mode": "accessOther"}
        entries.append(found)
    found[name] = value
    host.plan.changed(path)


def _access_mode(host: "Host", keys: Keys, value: Any) -> None:
    if choice(value, "access mode", *ACCESS) == "accessNone":
        _remove_access(host, keys)
    else:
        _access(host, keys, "mode", value)


def _access_group(host: "Host", keys: Keys, value: Any) -> None:
    _access(host, keys, "group", boolean(value, "group"))


def _remove_access(host: "Host", keys: Keys) -> None:
    entries = host.calls.get("access")
    if not isinstance(entries, list):
        host.unread(f"access[{keys[0]}]")
        return
    if entry(host, keys[0]) is None:
        raise Refusal(f"{keys[0][:60]!r} has no permission on the host")
    entries[:] = [one for one in members(entries) if one.get("principal") != keys[0]]
    host.plan.changed(f"access[{keys[0]}]", "it is taken away")


def _accounts(host: "Host") -> list[Any] | None:
    found = host.answers.get("system.account.list")
    return found if isinstance(found, list) and found else None


def _account(host: "Host", keys: Keys, field: str, shown: str) -> None:
    path, rows = f"accounts[{keys[0]}]", _accounts(host)
    if rows is None:
        host.unread(path)
        return
    row = next((one for one in members(rows) if one.get("UserID") == keys[0]), None)
    if row is None:
        raise Refusal(f"the host has no account {keys[0][:60]!r}")
    row[field] = shown
    host.plan.changed(f"{path}.{'description' if field == 'Description' else 'shell_access'}")


def _new_account(host: "Host", keys: Keys, _: Any) -> None:
    rows = _accounts(host)
    if rows is None:
        host.unread(f"accounts[{keys[0]}]")
        return
    if any(one.get("UserID") == keys[0] for one in members(rows)):
        raise Refusal(f"the host has an account {keys[0][:60]!r} already")
    if len(rows) >= MAX_ENTRIES:
        raise Refusal(f"more than {MAX_ENTRIES} accounts on a host")
    rows.append({"UserID": keys[0], "Description": ""})
    host.plan.changed(f"accounts[{keys[0]}]")
    host.plan.vague(f"accounts[{keys[0]}].shell_access", "what a new account gets depends on the release")


def _description(host: "Host", keys: Keys, value: Any) -> None:
    _account(host, keys, "Description", str(value))


def _shell(host: "Host", keys: Keys, value: Any) -> None:
    _account(host, keys, "Shellaccess", str(boolean(value, "shell_access")).lower())


def _remove_account(host: "Host", keys: Keys) -> None:
    rows = _accounts(host)
    if rows is None:
        host.unread(f"accounts[{keys[0]}]")
        return
    there = any(one.get("UserID") == keys[0] for one in members(rows))
    if keys[0] == "root" or not there:
        why = "it is root" if there else "there is none"
        raise Refusal(f"the account {keys[0][:60]!r} cannot be removed: {why}")
    rows[:] = [one for one in members(rows) if one.get("UserID") != keys[0]]
    host.plan.changed(f"accounts[{keys[0]}]", "it is taken away")
    if entry(host, keys[0]) is not None:
        host.plan.vague(f"access[{keys[0]}]", "whether the permission goes with its account is not known")
        host.plan.vague("named_admins", "it follows from the permissions")


def _acceptance(host: "Host", _: Keys, value: Any) -> None:
    if "acceptance" not in host.calls:
        host.unread("acceptance_level")
        return
    level = choice(value, "acceptance_level", *LEVELS)
    below = [
        str(one.get("name"))
        for one in members(host.calls.get("packages"))
        if one.get("acceptance") in LEVELS and LEVELS.index(str(one["acceptance"])) < LEVELS.index(level)
    ]
    if below:
        shown = ", ".join(sorted(below)[:5])
        raise Refusal(f"installed packages are below the level {level}: {shown}", "Remove or replace them first.")
    host.calls["acceptance"] = level
    host.plan.changed("acceptance_level")


_IMAGE = "how the image changes is told by the depot, and perhaps only after a restart"


def image_open(host: "Host") -> None:
    """The packages of the host change in a way that nobody can tell."""
    for path in (
        "packages",
        "image.profile",
        "image.vendor",
        "image.packages",
        "image.digest",
        "state.reboot_required",
    ):
        host.plan.vague(path, _IMAGE)


def _package(host: "Host", keys: Keys, _: Any) -> None:
    image_open(host)


def _remove_package(host: "Host", keys: Keys) -> None:
    names = {str(one.get("name")) for one in members(host.calls.get("packages"))}
    if names and keys[0] not in names:
        raise Refusal(f"no package {keys[0][:60]!r} is installed")
    for path in (f"packages[{keys[0]}]", "image.profile", "image.vendor", "image.packages", "image.digest"):
        host.plan.vague(path, "some packages are gone at once, others only after a restart")
    host.plan.vague("state.reboot_required", "some packages ask for a restart")


def _profile(host: "Host", _: Keys, __: Any) -> None:
    image_open(host)
    for path in ("product", "boot_device", "kernel_settings", "pending"):
        host.plan.vague(path, _IMAGE)


SETS: Mapping[str, Set] = {
    "lockdown.mode": _mode,
    "lockdown.exceptions": _exceptions,
    "access[*].mode": _access_mode,
    "access[*].group": _access_group,
    "accounts[*]": _new_account,
    "accounts[*].description": _description,
    "accounts[*].shell_access": _shell,
    "acceptance_level": _acceptance,
    "packages[*]": _package,
    "image.profile": _profile,
}
REMOVES: Mapping[str, Callable[[Any, Keys], None]] = {
    "access[*]": _remove_access,
    "accounts[*]": _remove_account,
    "packages[*]": _remove_package,
}
