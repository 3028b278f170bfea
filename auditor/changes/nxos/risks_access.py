"""Who gets in, who hears of it: AAA, lists on the management plane, SSH, time, logs, users, and what is not saved."""

import re
from collections.abc import Callable, Iterator

from auditor.changes.nxos.sight import Risk, Severity, Sight, listed
from auditor.collectors.nexus1000v.commands import RUNNING, answers
from auditor.collectors.nexus1000v.tree import parse

_LISTS = {
    "login_default": "logins",
    "login_console": "logins at the console",
    "authorization_commands": "authorisation of commands",
    "authorization_config_commands": "authorisation of configuration commands",
    "accounting_default": "accounting",
}


def servers(sight: Sight) -> Iterator[Risk]:
    """The last of something goes."""
    for path, ident, what, then in (
        ("ntp", "nxos-last-ntp-server", "NTP", "its clock drifts, and logs and certificates with it"),
        ("logging", "nxos-last-log-server", "log", "what happens in the window is logged on the switch alone"),
    ):
        before, after = sight.named(path, "servers", old=True), sight.named(path, "servers")
        if before and not after:
            detail = f"{listed(before)} go, and none is left: {then}."
            yield Risk(ident, Severity.MEDIUM, f"The last {what} server is removed", detail,
                       sight.last(*(f"{path}.servers[{name}]" for name in before), path))  # fmt: skip
    before, after = sight.named("aaa", "servers", old=True), sight.named("aaa", "servers")
    if before and not after:
        yield Risk("nxos-last-aaa-server", Severity.HIGH, "The last AAA server is removed",
                   f"{listed(before)} go: only local users get in, where local logins are allowed at all.",
                   sight.last(*(f"aaa.servers[{name}]" for name in before), "aaa"))  # fmt: skip


def groups(sight: Sight) -> Iterator[Risk]:
    """A list of methods that leads nowhere, or lets anybody in."""
    known = sight.named("aaa", "groups")
    for path, words in _LISTS.items():
        before, after = sight.old("aaa", path) or {}, sight.new("aaa", path) or {}
        named = after.get("groups") or []
        where = sight.where(f"aaa.{path}", *(f"aaa.groups[{name}]" for name in named), "aaa")
        empty = [name for name in named if not (known.get(name) or {}).get("servers")]
        had = sight.named("aaa", "groups", old=True)
        if empty and any((had.get(name) or {}).get("servers") for name in empty):
            yield Risk("nxos-aaa-group-empty", Severity.HIGH, "A AAA group in use has no server left",
                       f"{listed(empty)} decides about {words}, and holds no server.", where)  # fmt: skip
        elif [name for name in named if name not in known and name not in ("tacacs+", "radius")] and before != after:
            yield Risk("nxos-aaa-group-missing", Severity.HIGH, "A list of methods names a group that is not there",
                       f"{words}: {listed(named)}.", where)  # fmt: skip
        methods, had_methods = after.get("methods") or [], before.get("methods") or []
        if not path.startswith("login"):
            continue
        if "none" in methods and "none" not in had_methods:
            yield Risk("nxos-aaa-none", Severity.HIGH, "Logins succeed without a password",
                       f"{words}: the method `none` lets anybody in when no server answers.", where)  # fmt: skip
        local = "local" in methods or sight.new("aaa", "local_fallback") is not False
        had_local = "local" in had_methods or sight.old("aaa", "local_fallback") is not False
        if named and not local and had_local:
            yield Risk("nxos-aaa-no-fallback", Severity.HIGH, "Nobody gets in while the AAA servers are away",
                       f"{words}: {listed(methods)}, and local users are no fallback.", where)  # fmt: skip
        elif named and "local" not in methods and "local" in had_methods:
            yield Risk("nxos-aaa-no-fallback", Severity.MEDIUM, "Local users are named as a fallback no longer",
                       f"{words}: {listed(methods)}.", where)  # fmt: skip


def filters(sight: Sight) -> Iterator[Risk]:
    """Lists on vty and mgmt0 that may shut us out."""
    lists: list[tuple[str, str, str]] = []
    for place, path, keys in (
        ("line vty", "lines[vty]", ("lines", "vty", "access_class_in")),
        ("mgmt0", "interfaces[mgmt0]", ("interfaces", "mgmt0", "ip_access_group_in")),
    ):
        name = sight.new(*keys)
        if isinstance(name, str) and name:
            lists.append((place, path, name))
            old = sight.old(*keys)
            if old != name:
                yield Risk("nxos-management-list", Severity.HIGH, "Another list decides who may manage the switch",
                           f"{place}: {old or 'no list'} before, {name} after. It stands from the line on: an "
                           "address that it leaves out is cut off in the middle of the change.",
                           sight.where(path, f"{path}.access_class_in"))  # fmt: skip
    acls = sight.named("acls")
    entries = _entries(sight)
    for place, path, name in lists:
        where = sight.where(f"acls[{name}]", path)
        if name not in acls:
            if sight.old("acls", name) is not None or sight.touched(path):
                yield Risk("nxos-management-list-missing", Severity.HIGH, "A list on the management plane is not there",
                           f"{place} names {name}, and no list has this name: what a switch does then differs by "
                           "release.", where)  # fmt: skip
            continue
        if not sight.touched(f"acls[{name}]") and not sight.touched(path):
            continue
        said = entries.get(name, [])
        if not any(_lets_in(entry) for entry in said):
            yield Risk("nxos-management-shut-out", Severity.HIGH, "No entry lets SSH in any more",
                       f"{place}: {name} has no entry that permits TCP port 22; what no entry permits is denied.",
                       where)  # fmt: skip
        elif sight.touched(f"acls[{name}]"):
            yield Risk("nxos-management-list-edited", Severity.MEDIUM, "A list on the management plane is edited",
                       f"{place}: {name}. Each line stands at once; see that no step in between shuts you out.",
                       where)  # fmt: skip


def _entries(sight: Sight) -> dict[str, list[str]]:
    answer = answers(sight.edited.body).get(RUNNING)
    if answer is None or not answer.ok:
        return {}
    try:
        tree = parse(answer.text)
    except ValueError:
        return {}
    return {line.text.split()[-1]: [child.text for child in line.children]
            for line in tree.starting("ip access-list ", "ipv6 access-list ")}  # fmt: skip


def _lets_in(entry: str) -> bool:
    found = re.match(r"(?:\d+ )?permit (ip|ipv6|tcp|6) (.*)", entry)
    if found is None:
        return False
    ports = re.findall(r"\b(eq|gt|lt|neq|range) (\S+)", found[2])
    return not ports or any(port in ("22", "ssh") or word in ("range", "gt", "lt", "neq") for word, port in ports)


def doors(sight: Sight) -> Iterator[Risk]:
    """SSH and telnet."""
    ssh, telnet = sight.new("ssh", "enabled"), sight.new("telnet", "enabled")
    if sight.old("ssh", "enabled") and ssh is False:
        where = sight.where("features[ssh]", "ssh.enabled", "ssh")
        if telnet:
            yield Risk("nxos-ssh-off", Severity.HIGH, "SSH is off, and telnet is left",
                       "Passwords cross the network in the clear from then on.", where)  # fmt: skip
        else:
            yield Risk("nxos-no-way-in", Severity.HIGH, "Nobody reaches the switch but at its console",
                       "SSH goes off while telnet is off.", where)  # fmt: skip
    elif ssh and "ssh" in (sight.meta.get("features_off") or {}):
        yield Risk("nxos-ssh-restarted", Severity.MEDIUM, "SSH is off for a moment",
                   "Between `no feature ssh` and `feature ssh` nobody can log in: a lost session does not come back "
                   "before.", sight.line(sight.meta["features_off"]["ssh"]))  # fmt: skip


def features(sight: Sight) -> Iterator[Risk]:
    """`no feature X` deletes all configuration of X."""
    for name, number in (sight.meta.get("features_off") or {}).items():
        gone = (sight.meta.get("deleted") or {}).get(name) or []
        if not gone:
            continue
        yield Risk("nxos-feature-deletes", Severity.HIGH, f"`no feature {name}` deletes all configuration of it",
                   f"{len(gone)} lines go, and `feature {name}` does not bring them back: {listed(gone)}",
                   sight.line(number))  # fmt: skip


def users(sight: Sight) -> Iterator[Risk]:
    """Users that go."""
    before, after = sight.old("admin_users") or [], sight.new("admin_users") or []
    if before and not after:
        yield Risk("nxos-last-admin", Severity.HIGH, "No local administrator is left",
                   f"{listed(before)} may no longer configure the switch while the AAA servers are away.",
                   sight.where(*(f"users[{name}]" for name in before), "admin_users"))  # fmt: skip
    for name, number in (sight.meta.get("users_gone") or {}).items():
        yield Risk("nxos-user-removed", Severity.LOW, "A user is removed, from the command line and from SNMP",
                   f"{name}: whoever reads the switch with this name reads it no longer. See that it is not the user "
                   "of this source.", sight.line(number))  # fmt: skip


def saving(sight: Sight) -> Iterator[Risk]:
    """What the next start takes back."""
    if sight.meta.get("reload"):
        yield Risk("nxos-reload", Severity.HIGH, "The switch restarts in the window",
                   "Everything through it stops until it is back.", sight.line(sight.meta["reload"]))  # fmt: skip
    if sight.meta.get("unsaved") and sight.new("config", "unsaved"):
        yield Risk("nxos-not-saved", Severity.LOW, "The change is not saved",
                   "The next start takes it back: `copy running-config startup-config` is missing at its end.",
                   sight.file.name)  # fmt: skip


NOTES: tuple[Callable[[Sight], Iterator[Risk]], ...] = (
    servers, groups, filters, doors, features, users, saving,
)  # fmt: skip
