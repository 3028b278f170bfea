"""Settings of kernel, mounts, modules and boot, really changed on a booted host: their findings flip, and no others."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.flips.linux_lab import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    Flips,
    Step,
    Verdicts,
    changed,
    collect,
    flips,
    kept,
    verdicts,
)
from tests.flips.together import all_wanted, batches, flip_together, names
from tests.simulators.linux.lab import USER, LabHost

pytestmark = pytest.mark.needs_lab

_ENTRY = "menuentry '{name}' {{\n\tlinux\t/boot/vmlinuz-6.1.0 root=/dev/vda1 {words}\n}}\n"
_CMDLINE = "BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/vda1 ro quiet"
_GRUB, _NEW = "/boot/grub/grub.cfg", "/etc/sysctl.d/99-zz-flip.conf"
V4 = "net.ipv4.conf."
_MODULES = "kernel/fs/cramfs/cramfs.ko:\nkernel/fs/udf/udf.ko.xz:\nkernel/net/dccp/dccp.ko:\n"


class Flip(NamedTuple):
    """What is done to the host, what takes it back, and every finding that this changes."""

    name: str
    do: Step
    undo: Step
    wanted: Flips


def grub(words: str = "ro quiet", before: str = "") -> str:
    """A grub.cfg with an entry for every day and one for recovery."""
    return before + _ENTRY.format(name="Debian", words=words) + _ENTRY.format(name="recovery", words="ro single")


def put(path: str, text: str, then: str = "") -> Callable[[LabHost], None]:
    """A file is written, then a command run."""

    def write(host: LabHost) -> None:
        host.put(path, text)
        if then:
            host.inside(["sh", "-ec", then])

    return write


def held(*keys: str, order: bool = True) -> Flips:
    """What follows from a file that sets a key: it is judged whether the next boot changes it."""
    rules = ["linux-sysctl-survives-reboot", *(["linux-sysctl-order-plain"] if order else [])]
    return {(rule, key): (None, PASS) for rule in rules for key in keys}


def over(path: str, value: str) -> str:
    """A command by which the host reads another value in a file of the kernel; `umount` takes it back."""
    return f"printf '%s\\n' '{value}' > /run/flip && mount --bind /run/flip {path}"


@pytest.fixture(scope="module")
def base(machine: LabHost) -> Iterator[Verdicts]:
    """Verdicts of the host as it stands, with a boot loader, modules on disk and a command line of its own."""
    release = machine.inside(["uname", "-r"]).strip()
    machine.put(f"/usr/lib/modules/{release}/modules.dep", _MODULES)
    machine.put(f"/usr/lib/modules/{release}/modules.builtin", "kernel/fs/squashfs/squashfs.ko\n")
    machine.put(_GRUB, grub())
    machine.put("/etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n')
    # A new network namespace takes its IPv4 values over from the machine below.
    values = {"rp_filter": 0, "log_martians": 0, "send_redirects": 1, "secure_redirects": 1}
    names = ("all", "default", "host0", "lo")
    machine.inside(["sysctl", "-qw", *(f"{V4}{name}.{key}={value}" for name in names for key, value in values.items())])
    machine.put("/run-cmdline", _CMDLINE + "\n")
    machine.inside(["mount", "--bind", "/run-cmdline", "/proc/cmdline"])
    found = verdicts(collect(machine))
    yield found
    assert flips(found, verdicts(collect(machine))) == {}


FLIPS = [
    Flip(
        "a parameter set now and for the next boot",
        f"sysctl -qw {V4}all.send_redirects=0; echo '{V4}all.send_redirects = 0' > {_NEW}",
        f"sysctl -qw {V4}all.send_redirects=1; rm {_NEW}",
        {("linux-redirects-sent-all", None): (FAIL, PASS)} | held(f"{V4}all.send_redirects"),
    ),
    Flip(
        "a parameter set now only: interfaces follow, the next boot will not",
        f"sysctl -qw {V4}all.log_martians=1",
        f"sysctl -qw {V4}all.log_martians=0",
        {("linux-interfaces-log-martians", "host0"): (FAIL, PASS)},
    ),
    Flip(
        "an interface that sends redirects although `all` does not",
        f"sysctl -qw {V4}all.send_redirects=0 {V4}host0.send_redirects=0",
        f"sysctl -qw {V4}all.send_redirects=1 {V4}host0.send_redirects=1",
        {("linux-interfaces-send-no-redirects", "host0"): (FAIL, PASS)},
    ),
    Flip(
        "a file that contradicts what runs",
        put(_NEW, "net.ipv4.tcp_syncookies = 0\n"),
        f"rm {_NEW}",
        {
            ("linux-tcp-syncookies", None): (PASS, FAIL),
            ("linux-sysctl-survives-reboot", "net.ipv4.tcp_syncookies"): (None, FAIL),
            ("linux-sysctl-order-plain", "net.ipv4.tcp_syncookies"): (None, PASS),
        },
    ),
    Flip(
        "a file in /usr/lib loses against one in /etc of a later name",
        f"echo '{V4}default.secure_redirects = 1' > /usr/lib/sysctl.d/50-flip.conf; "
        f"echo '{V4}default.secure_redirects = 0' > {_NEW}; sysctl -qw {V4}default.secure_redirects=0",
        f"rm {_NEW} /usr/lib/sysctl.d/50-flip.conf; sysctl -qw {V4}default.secure_redirects=1",
        {("linux-redirects-secure-default", None): (FAIL, PASS)} | held(f"{V4}default.secure_redirects"),
    ),
    Flip(
        "sysctl.conf, which the boot and `sysctl --system` read at different times",
        f"echo 'net.ipv4.icmp_echo_ignore_broadcasts = 1' > {_NEW}; "
        "echo 'net.ipv4.icmp_echo_ignore_broadcasts = 0' > /etc/sysctl.conf",
        f"rm {_NEW}; : > /etc/sysctl.conf",
        {
            ("linux-sysctl-survives-reboot", "net.ipv4.icmp_echo_ignore_broadcasts"): (None, PASS),
            ("linux-sysctl-order-plain", "net.ipv4.icmp_echo_ignore_broadcasts"): (None, FAIL),
        },
    ),
    Flip(
        "a pattern, and a key that is kept out of it",
        f"printf '{V4}*.rp_filter = 1\\n-{V4}all.rp_filter\\n' > {_NEW}; sysctl -qw {V4}default.rp_filter=1",
        f"rm {_NEW}; sysctl -qw {V4}default.rp_filter=0",
        {
            ("linux-source-check-default", None): (FAIL, PASS),
            ("linux-sysctl-survives-reboot", f"{V4}host0.rp_filter"): (None, FAIL),
            ("linux-sysctl-survives-reboot", f"{V4}lo.rp_filter"): (None, FAIL),
            ("linux-sysctl-order-plain", f"{V4}host0.rp_filter"): (None, PASS),
            ("linux-sysctl-order-plain", f"{V4}lo.rp_filter"): (None, PASS),
        }
        | held(f"{V4}default.rp_filter"),
    ),
    Flip(
        "a parameter of the kernel, now",
        over("/proc/sys/kernel/randomize_va_space", "1"),
        "umount /proc/sys/kernel/randomize_va_space",
        {("linux-kernel-aslr", None): (PASS, FAIL)},
    ),
    Flip(
        "a parameter of the kernel, now and pinned",
        over("/proc/sys/kernel/kptr_restrict", "1") + f"; echo 'kernel/kptr_restrict = 1' > {_NEW}",
        f"umount /proc/sys/kernel/kptr_restrict; rm {_NEW}",
        {("linux-kernel-pointers-hidden", None): (FAIL, PASS)} | held("kernel.kptr_restrict"),
    ),
    Flip(
        "values parted by a tab",
        over("/proc/sys/net/ipv4/ip_local_port_range", "32768\t65535")
        + f"; echo 'net.ipv4.ip_local_port_range=32768 65535' > {_NEW}",
        f"umount /proc/sys/net/ipv4/ip_local_port_range; rm {_NEW}",
        {("linux-local-ports-wide", None): (FAIL, PASS)} | held("net.ipv4.ip_local_port_range"),
    ),
    Flip(
        "options of a mount, now and pinned",
        "mount -o remount,nodev,nosuid,noexec /tmp; echo 'tmpfs /tmp tmpfs nodev,nosuid,noexec 0 0' >> /etc/fstab",
        "mount -o remount,nodev,nosuid,exec /tmp; sed -i '/ .tmp /d' /etc/fstab",
        {("linux-shared-mounts-restricted", "/tmp"): (FAIL, PASS)},
    ),
    Flip(
        "a new mount with its options",
        "mount -t tmpfs -o nosuid tmpfs /srv; echo 'tmpfs /srv tmpfs nosuid 0 0' >> /etc/fstab",
        "umount /srv; sed -i '/ .srv /d' /etc/fstab",
        {
            ("linux-srv-separate", None): (FAIL, PASS),
            ("linux-srv-nosuid", None): (NOT_APPLICABLE, None),
            ("linux-srv-nosuid", "/srv"): (None, PASS),
        },
    ),
    Flip(
        "a mount over a mount: the upper one counts",
        "mount -t tmpfs -o nosuid tmpfs /opt; mount -t tmpfs tmpfs /opt; "
        "echo 'tmpfs /opt tmpfs nosuid 0 0' >> /etc/fstab",
        "umount /opt; umount /opt; sed -i '/ .opt /d' /etc/fstab",
        {
            ("linux-opt-separate", None): (FAIL, PASS),
            ("linux-opt-nosuid", None): (NOT_APPLICABLE, None),
            ("linux-opt-nosuid", "/opt"): (None, FAIL),
        },
    ),
    Flip(
        "a module barred by both lines",
        put("/etc/modprobe.d/flip.conf", "install udf /bin/false\nblacklist udf\n"),
        "rm /etc/modprobe.d/flip.conf",
        {("linux-udf-barred", None): (FAIL, PASS)},
    ),
    Flip(
        "a module that is only kept from loading by itself",
        put("/etc/modprobe.d/flip.conf", "blacklist cramfs\n"),
        "rm /etc/modprobe.d/flip.conf",
        {},
    ),
    Flip(
        "one module of a list",
        put("/etc/modprobe.d/flip.conf", "install dccp /usr/bin/false\nblacklist dccp\n"),
        "rm /etc/modprobe.d/flip.conf",
        {("linux-odd-protocols-barred", "dccp"): (FAIL, PASS)},
    ),
    Flip(
        "a boot loader password",
        put(_GRUB, grub(before='set superusers="root"\npassword_pbkdf2 root grub.pbkdf2.sha512.10000.AAAA.BBBB\n')),
        put(_GRUB, grub()),
        {("linux-boot-loader-password", None): (FAIL, PASS)},
    ),
    Flip(
        "a boot loader password that nobody is asked for",
        put(_GRUB, grub(before="password_pbkdf2 root grub.pbkdf2.sha512.10000.AAAA.BBBB\n")),
        put(_GRUB, grub()),
        {},
    ),
    Flip(
        "a word for the next boot only",
        put(_GRUB, grub("ro quiet audit=1")),
        put(_GRUB, grub()),
        {},
    ),
    Flip(
        "a word that runs and is in the entries",
        put(_GRUB, grub("ro quiet audit=0 audit=1"), over("/proc/cmdline", _CMDLINE + " audit=1")),
        put(_GRUB, grub(), "umount /proc/cmdline"),
        {("linux-audit-from-boot", None): (FAIL, PASS), ("linux-cmdline-keeps-protection", None): (PASS, FAIL)},
    ),
    Flip(
        "an entry that switches protection off at the next boot",
        put(_GRUB, grub("ro quiet apparmor=0")),
        put(_GRUB, grub()),
        {("linux-cmdline-keeps-protection", None): (PASS, FAIL)},
    ),
    Flip(
        "/etc/default/grub changed, entries not made anew",
        put("/etc/default/grub", 'GRUB_CMDLINE_LINUX="audit_backlog_limit=8192"\n'),
        put("/etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n'),
        {("linux-boot-entries-current", None): (PASS, FAIL)},
    ),
    Flip(
        "core dumps off for all",
        put("/etc/security/limits.d/flip.conf", "*\t-\tcore\t0\n"),
        "rm /etc/security/limits.d/flip.conf",
        {("linux-core-dumps-limited", None): (FAIL, PASS)},
    ),
    Flip(
        "core dumps off, and on again in a later file",
        "echo '* hard core 0' > /etc/security/limits.d/1.conf; echo '* hard core 9' > /etc/security/limits.d/2.conf",
        "rm /etc/security/limits.d/1.conf /etc/security/limits.d/2.conf",
        {},
    ),
    Flip(
        "a package",
        "mkdir -p /run/p/DEBIAN && printf 'Package: apparmor\\nVersion: 3.0\\nArchitecture: all\\n"
        "Maintainer: lab <lab@example.org>\\nDescription: empty\\n' > /run/p/DEBIAN/control && "
        "dpkg-deb -b /run/p /run/p.deb >/dev/null && dpkg -i /run/p.deb >/dev/null",
        "dpkg --purge apparmor >/dev/null; rm -r /run/p /run/p.deb",
        {("linux-apparmor-installed", None): (FAIL, PASS)},
    ),
]


def test_what_only_root_may_read_decides_for_nobody_else(machine: LabHost, base: Verdicts) -> None:
    """A closed file of modprobe.d: root sees its module barred, a plain user can tell of no module."""
    path = "/etc/modprobe.d/flip.conf"
    with changed(machine, f"umask 077; printf 'install udf /bin/false\\nblacklist udf\\n' > {path}", f"rm {path}"):
        assert flips(base, verdicts(collect(machine))) == {("linux-udf-barred", None): (FAIL, PASS)}
        assert verdicts(collect(machine, USER))["linux-udf-barred"] == {None: UNKNOWN}


_STATE, _CONFIG = "/etc/crypto-policies/state/current", "/etc/crypto-policies/config"
_RHEL_FILES = {
    _STATE: "DEFAULT\n",
    _CONFIG: "# one line\nDEFAULT\n",
    "/etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
    "/usr/lib/systemd/systemd-coredump": "",
}
_RHEL_FLIPS = [
    Flip(
        "a legacy crypto policy",
        put(_STATE, "LEGACY\n", f"echo LEGACY > {_CONFIG}"),
        put(_STATE, "DEFAULT\n", f"echo DEFAULT > {_CONFIG}"),
        {("linux-crypto-policy-modern", None): (PASS, FAIL)},
    ),
    Flip(
        "a crypto policy that is configured and not applied",
        put(_CONFIG, "FUTURE\n"),
        put(_CONFIG, "DEFAULT\n"),
        {("linux-crypto-policy-applied", None): (PASS, FAIL)},
    ),
    Flip(
        "a subpolicy that brings SHA-1 back",
        put(_STATE, "DEFAULT:SHA1\n", f"echo DEFAULT:SHA1 > {_CONFIG}"),
        put(_STATE, "DEFAULT\n", f"echo DEFAULT > {_CONFIG}"),
        {("linux-crypto-policy-not-weakened", None): (PASS, FAIL)},
    ),
    Flip(
        "a policy of SELinux that nobody maintains",
        "sed -i s/targeted/minimum/ /etc/selinux/config",
        "sed -i s/minimum/targeted/ /etc/selinux/config",
        {("linux-selinux-policy-known", None): (PASS, FAIL)},
    ),
    Flip(
        "dumps that are kept by nobody",
        put("/etc/systemd/coredump.conf.d/flip.conf", "[Coredump]\nStorage=none\nProcessSizeMax=0\n"),
        "rm /etc/systemd/coredump.conf.d/flip.conf",
        {("linux-coredump-keeps-nothing", None): (FAIL, PASS)},
    ),
    Flip(
        "a rescue shell without a password",
        put("/etc/systemd/system/rescue.service.d/flip.conf", "[Service]\nExecStart=\nExecStart=-/bin/bash\n",
            "systemctl daemon-reload"),
        "rm /etc/systemd/system/rescue.service.d/flip.conf; systemctl daemon-reload",
        {("linux-rescue-asks-password", "rescue.service"): (PASS, FAIL)},
    ),
]  # fmt: skip


@pytest.mark.parametrize("batch", batches(FLIPS, lambda flip: f"{flip.do} {flip.undo}"), ids=names)
def test_a_change_flips_its_findings_alone(machine: LabHost, base: Verdicts, batch: list[Flip]) -> None:
    """The findings that differ after the changes are the ones that they are about."""
    flip_together(
        batch,
        lambda flip: changed(machine, flip.do, flip.undo),
        lambda: verdicts(collect(machine)),
        lambda found, made: flips(base, found) == all_wanted(made),
    )


def test_ipv6_switched_off_settles_every_rule_about_it(machine: LabHost, base: Verdicts) -> None:
    """Switched off now and for the next boot, rules about IPv6 pass or find no interface; off only now, they do not."""
    if not machine.inside(["sh", "-c", "ls -d /proc/sys/net/ipv6 || true"]):
        rules = ("linux-router-advertisements-all", "linux-redirects-ipv6-default", "linux-ipv6-autoconf-all")
        assert [base[rule][None] for rule in rules] == [NOT_APPLICABLE] * len(rules)
        return
    key = "net.ipv6.conf.all.disable_ipv6"
    with changed(machine, f"sysctl -qw {key}=1", f"sysctl -qw {key}=0"):
        now = flips(base, verdicts(collect(machine)))
        with changed(machine, f"echo '{key} = 1' > {_NEW}", f"rm {_NEW}"):
            both = flips(base, verdicts(collect(machine)))
    # The interface rules ask what is in force now.
    asked_now = {"linux-interfaces-refuse-router-advertisements", "linux-interfaces-ipv6-by-hand"}
    assert {rule for rule, _ in now} <= asked_now
    about = {rule: pair for (rule, subject), pair in both.items() if subject is None}
    assert {"linux-router-advertisements-all", "linux-redirects-ipv6-default", "linux-ipv6-autoconf-all"} <= set(about)
    assert all("ipv6" in rule or "router-advertisements" in rule for rule in about)
    assert set(about.values()) <= {(FAIL, PASS)}


@pytest.fixture(scope="class")
def rebuilt(machine: LabHost, base: Verdicts) -> Iterator[Verdicts]:
    """Verdicts of the host under the name of a rebuild of RHEL 8, with some files of that family."""
    del base  # made first, so that its last look comes after this one is undone
    undo = kept(machine, "/usr/lib/os-release", *_RHEL_FILES)
    machine.put("/usr/lib/os-release", 'ID=rocky\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.10"\n')
    for path, text in _RHEL_FILES.items():
        machine.put(path, text)
    yield verdicts(collect(machine))
    undo(machine)


class TestLikeRhel:
    """Rules for the RHEL family, judged on files of the host."""

    @pytest.mark.parametrize("batch", batches(_RHEL_FLIPS, lambda flip: f"{flip.do} {flip.undo}"), ids=names)
    def test_a_change_flips_its_findings_alone(self, machine: LabHost, rebuilt: Verdicts, batch: list[Flip]) -> None:
        """The findings that differ after the changes are the ones that they are about."""
        flip_together(
            batch,
            lambda flip: changed(machine, flip.do, flip.undo),
            lambda: verdicts(collect(machine)),
            lambda found, made: flips(rebuilt, found) == all_wanted(made),
        )
