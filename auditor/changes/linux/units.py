"""Units after systemctl, as one `systemctl show` would list them then."""

import re
from collections.abc import Iterable

from auditor.changes.linux.places import unit_of
from auditor.changes.linux.plan import Plan, UnitChange
from auditor.changes.linux.work import Line, Work
from auditor.collectors.linux.wanted import UNITS

# What each daemon of `daemons` is in systemd; which units have no socket of their own, so that listeners stay.
_DAEMONS = {
    "ssh.service": "sshd",
    "sshd.service": "sshd",
    "auditd.service": "auditd",
    "rsyslog.service": "rsyslog",
    "chrony.service": "chronyd",
    "chronyd.service": "chronyd",
    "systemd-journald.service": "systemd-journald",
}
_SILENT = {"cron.service", "crond.service", "atd.service", "auditd.service", "apparmor.service", "nftables.service",
           "iptables.service", "netfilter-persistent.service", "ufw.service", "fstrim.timer", "apt-daily.timer",
           "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "tmp.mount", "fail2ban.service",
           "debug-shell.service", "kdump.service", "kdump-tools.service", "usbguard.service", "rngd.service",
           "ctrl-alt-del.target", "unattended-upgrades.service", "dailyaidecheck.timer", "man-db.timer",
           "rsyslog.service", "systemd-timesyncd.service"}  # fmt: skip
_FILTERS = {"nftables.service", "iptables.service", "netfilter-persistent.service", "firewalld.service", "ufw.service",
            "fail2ban.service", "docker.service", "libvirtd.service"}  # fmt: skip
_FACTS_OF = {"chrony": ("time", "daemons"), "chronyd": ("time", "daemons"), "systemd-timesyncd": ("time",),
             "ntp": ("time",), "ntpd": ("time",), "ntpsec": ("time",), "ptp4l": ("time",), "nftables": ("firewall",),
             "iptables": ("firewall",), "netfilter-persistent": ("firewall",), "firewalld": ("firewall",),
             "ufw": ("firewall",), "systemd-journal-upload": ("logging",), "dailyaidecheck": ("integrity",),
             "aidecheck": ("integrity",), "tmp": ("mounts",), "ssh": ("daemons",), "rsyslog": ("daemons",),
             "auditd": ("daemons",)}  # fmt: skip
_SHELLS = ("rescue.service", "emergency.service")
_ALIASES = {"sshd.service": "ssh.service", "syslog.service": "rsyslog.service", "chronyd.service": "chrony.service",
            "ntpd.service": "ntpsec.service"}  # fmt: skip
Block = dict[str, str]


def full_name(name: str) -> str:
    """A unit's whole name, as systemctl completes it."""
    return (
        name
        if re.search(r"\.(?:service|socket|timer|path|target|mount|automount|slice|scope|swap)$", name)
        else (f"{name}.service")
    )


def apply(work: Work, plan: Plan) -> None:
    """Edit the record of units, and what else hangs on a unit that is started or stopped."""
    if not plan.units:
        return
    if not work.has("units") or not work.out("units"):
        for change in plan.units:
            work.gap(f"units[{change.name}]", change.where, "the capture shows no units of this host")
        return
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
              for block in work.out("units").split("\n\n")]  # fmt: skip
    known = {block["Id"]: block for block in blocks if block.get("Id")}
    for change in plan.units:
        name = change.name if change.name in known else _ALIASES.get(change.name, change.name)
        if name not in known:
            work.gap(f"units[{change.name}]", change.where, f"the capture says nothing of {change.name}")
            continue
        _unit(work, change, name, known[name], known)
    work.set_out("units", "\n\n".join("".join(f"{k}={v}\n" for k, v in b.items()).rstrip() for b in blocks if b) + "\n")


def _unit(work: Work, change: UnitChange, name: str, block: Block, known: dict[str, Block]) -> None:
    before = dict(block)
    fact = f"units[{name}]"
    work.because(fact, change.where, change.text)
    _listing(work, change, name, before, known)
    if before.get("LoadState") == "not-found" and not change.masked:
        if change.enabled or change.active:
            work.gap(fact, change.where, f"{name} is not installed: systemctl will refuse this")
        return
    if change.masked is True:
        block |= {"LoadState": "masked", "UnitFileState": "masked"}
    state = block.get("UnitFileState", "")
    if change.enabled is not None and change.masked is not True:
        if state in ("static", "indirect", "generated", "transient", "alias", "masked") or not state:
            work.gap(f"{fact}.enabled", change.where, f"a unit that is {state or 'without a file'} is not switched so")
            for other in (f"{fact}.starts", f"{fact}.in_use", *_FACTS_OF.get(name.partition(".")[0], ())):
                work.gap(other, change.where, f"a unit that is {state or 'without a file'} is not switched so")
        else:
            block["UnitFileState"] = "enabled" if change.enabled else "disabled"
    if change.active is not None:
        _active(work, change, name, block, before, known)
    for other in _triggering(name, known):
        if block != before and name.endswith(".service") and change.active is False and _runs(known[other]):
            work.remark(change.where, f"{other} still starts {name} when it is asked for")
    _derived(work, change, name, before != block)


def _listing(work: Work, change: UnitChange, name: str, before: Block, known: dict[str, Block]) -> None:
    """Units that systemd lists only because others speak of them: a mask silences what its unit spoke of."""
    masked = before.get("LoadState") == "masked"
    if change.masked is False and masked:
        for fact in ("units", "roles", *_FACTS_OF.get(name.partition(".")[0], ())):
            work.gap(fact, change.where, f"what {name} is without its mask, and which units it names, does not show")
    elif change.masked and not masked:
        spoken = [n for n, b in known.items() if b.get("LoadState") in ("not-found", "error") and n not in UNITS]
        for other in (*spoken, *(n for n in UNITS if n not in known)):
            work.gap(f"units[{other}]", change.where, f"systemd lists it by way of {name} perhaps")
    stem = name.rsplit(".", 1)[0]
    if name not in UNITS and change.active is False and change.enabled is not True:
        for other in {name, f"{stem}.service"} - set(UNITS):
            work.gap(f"units[{other}]", change.where, "systemd need not list a unit any more that nobody wants")


def _active(work: Work, change: UnitChange, name: str, block: Block, before: Block, known: dict[str, Block]) -> None:
    fact = f"units[{name}]"
    if (before.get("ActiveState") == "active") == change.active:
        return
    if change.active:
        if before.get("ActiveState") == "failed" or block.get("LoadState") == "masked":
            for other in (
                *(f"{fact}.{p}" for p in ("active", "running", "in_use")),
                *_FACTS_OF.get(name.partition(".")[0], ()),
            ):
                work.gap(other, change.where, f"whether {name} can be started is not known")
            return
        block["ActiveState"] = "active"
        work.remark(change.where, f"it is assumed that {name} starts")
    elif before.get("ActiveState") != "failed":
        block["ActiveState"] = "inactive"
    work.because(f"{fact}.active", change.where, change.text)
    if name in _FILTERS:
        for part in ("input_policies", "denies_by_default", "denies_ipv6_by_default", "forwards_by_default",
                     "accepts_loopback", "drops_loopback_spoofs", "rules"):  # fmt: skip
            work.gap(f"firewall.{part}", change.where, f"what {name} leaves in the kernel is not computed")
        work.gap("nat", change.where, f"what {name} leaves in the kernel is not computed")
    if name not in _SILENT and not name.endswith(".timer"):
        work.gap("listeners", change.where, f"which sockets {name} opens or closes is not computed")
    if name.endswith(".mount"):
        work.gap("mounts", change.where, f"what {name} mounts is not computed")
    daemon = _DAEMONS.get(name)
    if daemon and change.active:
        work.gap(f"daemons[{daemon}]", change.where, "when it starts is not known")
    elif daemon:
        work.because(f"daemons[{daemon}]", change.where, change.text)
        work.set_out("daemons", "\n\n".join(
            part.replace("ActiveState=active", "ActiveState=inactive") if f"Id={name}\n" in f"{part}\n" else part
            for part in work.out("daemons").split("\n\n")
        ))  # fmt: skip
    if name in ("ssh.service", "sshd.service") and change.active is False:
        work.set_out("sshd_cmdline", "")
    if name in ("chrony.service", "chronyd.service") and change.active:
        work.gap("time.chrony_user", change.where, "as whom chronyd then runs is not known")
    if daemon == "systemd-journald":
        work.gap("logging", change.where, "the journal is not meant to be stopped")


def _derived(work: Work, change: UnitChange, name: str, changed: bool) -> None:
    """Facts that the reader makes of units."""
    if not changed:
        return
    for fact in _FACTS_OF.get(name.partition(".")[0], ()):
        work.because(fact, change.where, change.text)
    work.because("roles", change.where, change.text)
    service = f"{name.rsplit('.', 1)[0]}.service"
    if not name.endswith(".service"):
        work.because(f"units[{service}]", change.where, change.text)


def _triggering(name: str, known: dict[str, Block]) -> list[str]:
    stem = name.rsplit(".", 1)[0]
    names = {f"{stem}{kind}" for kind in (".socket", ".timer", ".path")} | set(
        known[name].get("TriggeredBy", "").split()
    )
    return sorted(names & known.keys())


def _runs(block: Block) -> bool:
    return block.get("ActiveState") in ("active", "activating")


def unit_files(work: Work, plan: Plan) -> None:
    """Files of units and their drop-ins: what systemd makes of them is seen in a few facts only."""
    for change in plan.files.values():
        if not (told := unit_of(change.path)):
            continue
        name, dropin = told
        work.remark(change.where, "it is assumed that `systemctl daemon-reload` is run after it")
        if name in _SHELLS:
            work.gap("boot.rescue_shells", change.where, f"what {name} then runs is not computed")
        if name in ("ssh.service", "sshd.service", "ssh@.service"):
            work.gap("sshd", change.where, "options on the command line of sshd are not followed")
        if name.endswith(".mount"):
            work.because("mounts", change.where, change.path)
            work.gap(f"units[{name}]", change.where, "how systemd takes a mount unit is not computed")
            work.gap("mounts", change.where, "how systemd takes a mount unit is not computed")
        elif not dropin or _says_install(change.lines or ()):
            work.gap(f"units[{name}]", change.where, "how systemd takes a unit file is not computed")
            if not name.endswith(".service"):
                work.gap(f"units[{name.rsplit('.', 1)[0]}.service]", change.where, "its trigger changes")
        if name.endswith(".socket"):
            work.gap("listeners", change.where, f"on what {name} then listens is not computed")


def _says_install(lines: Iterable[Line]) -> bool:
    return any(re.match(r"\s*\[Install\]|\s*(?:WantedBy|Alias|Also)\s*=", line.text) for line in lines)
