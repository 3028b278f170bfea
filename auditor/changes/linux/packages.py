"""Packages after apt, dpkg, dnf: gone is certain, what comes along with one is not."""

from auditor.changes.linux.plan import PackageChange, Plan
from auditor.changes.linux.work import Work

# What a package brings or takes along beside itself: units by stem, facts that are read through its tools.
_UNITS = {"openssh-server": ("ssh", "sshd"), "isc-dhcp-server": ("isc-dhcp-server", "isc-dhcp-server6"),
          "bind9": ("named", "bind9"), "tftpd-hpa": ("tftpd-hpa",), "samba": ("smbd", "nmbd"), "exim4-base": ("exim4",),
          "exim4-daemon-light": ("exim4",), "libvirt-daemon-system": ("libvirtd",), "xinetd": ("xinetd",),
          "aide-common": ("dailyaidecheck",), "cups-daemon": ("cups",), "avahi-daemon": ("avahi-daemon",),
          "nfs-kernel-server": ("nfs-server", "nfs-kernel-server"), "iptables-persistent": ("netfilter-persistent",),
          "inetutils-inetd": ("inetutils-inetd", "inetd"), "telnetd": ("inetd", "inetutils-inetd"),
          "chrony": ("chrony", "chronyd"), "systemd-timesyncd": ("systemd-timesyncd",)}  # fmt: skip
_FACTS = (
    ("openssh-server", ("sshd", "daemons")), ("sudo", ("sudoers",)), ("auditd", ("audit", "daemons")),
    ("audit", ("audit", "daemons")), ("nftables", ("firewall", "nat")), ("iptables", ("firewall", "nat")),
    ("ufw", ("firewall", "nat")), ("firewalld", ("firewall", "nat")), ("aide", ("integrity",)),
    ("chrony", ("time", "daemons")), ("ntp", ("time",)), ("systemd-timesyncd", ("time",)), ("apparmor", ("mac",)),
    ("selinux", ("mac",)), ("postfix", ("postfix", "roles")), ("bind9", ("bind", "roles")),
    ("libvirt", ("kvm", "roles")), ("qemu", ("roles",)), ("rsyslog", ("logging", "daemons")), ("libpam", ("pam",)),
    ("pam", ("pam",)), ("kmod", ("modules",)), ("systemd-coredump", ("core_dumps", "sysctl")),
    ("crypto-policies", ("crypto", "crypto_policy")), ("procps", ("sysctl",)), ("cron", ("integrity",)),
    ("linux-image", ("boot", "modules")), ("grub", ("boot",)), ("bash", ("shells", "session")),
    ("zsh", ("shells",)), ("login", ("login_defs", "pam")), ("passwd", ("login_defs", "pam")),
)  # fmt: skip
_ALONG = "what {} brings or takes along is not known"


def apply(work: Work, plan: Plan) -> None:
    """Edit the list of packages."""
    for change in plan.packages:
        key = "rpm" if work.ok("rpm") and work.out("rpm").strip() and not work.out("dpkg").strip() else "dpkg"
        lines = work.out(key).splitlines()
        mine = [line for line in lines if line.split(" ")[0] == change.name]
        there = any(key == "rpm" or line.endswith(" installed") for line in mine)
        if there == change.present:
            continue
        work.because(f"packages[{change.name}]", change.where, change.text)
        if change.present:
            work.gap(f"packages[{change.name}]", change.where, "which version the repository holds is not known")
        else:
            work.set_out(key, "\n".join([*(line for line in lines if line not in mine), ""]))
            work.remark(change.where, f"packages that need {change.name} go with it: see `apt-get -s remove`, `dnf "
                        "remove --assumeno`")  # fmt: skip
        _along(work, change)


def _along(work: Work, change: PackageChange) -> None:
    name, reason = change.name, _ALONG.format(change.name)
    stems = _UNITS.get(name, (name,))
    listed = {line[3:] for line in work.out("units").splitlines() if line.startswith("Id=")}
    for unit in sorted(listed):
        if unit.rsplit(".", 1)[0] in stems:
            work.gap(f"units[{unit}]", change.where, reason)
    for start, facts in _FACTS:
        if name == start or (name.startswith(start) and name[len(start) : len(start) + 1] in ("-", "", "9", "4")):
            for fact in facts:
                work.gap(fact, change.where, reason)
    work.gap("listeners", change.where, reason)
