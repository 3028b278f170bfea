"""Facts of a Linux host: what its kernel and daemons do now, beside what is pinned for the next boot.

Written by `auditor.collectors.linux.read`. Paths of files are keys (`files[/etc/shadow].mode`), so are unit ids,
package names, sysctl keys. Where "now" and "pinned" can differ both are facts, and a third says whether they agree.
"""

from typing import Annotated

from pydantic import Field

from auditor.facts.activity import Activity
from auditor.facts.base import FactModel
from auditor.facts.estate import KvmEstate, NameCheck
from auditor.facts.linux_access import Daemon, SshContext
from auditor.facts.linux_kernel import Boot, CoreDumps, CryptoPolicy, Mac
from auditor.facts.linux_links import Bond, Link, Nat, Tcp
from auditor.facts.linux_people import Account, AccountChecks, Group, Pam, Session, Sudoers
from auditor.facts.linux_records import Audit, Firewall, Listener, Logging, Time
from auditor.facts.linux_roles import Bind, Identity, Postfix, Resolver
from auditor.facts.linux_software import Integrity, PackageManager, Repository
from auditor.facts.linux_virtual import Kvm
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, MODE, STATE, VERSION, Compare

Names = Annotated[list[str], AS_SET]
Text = int | str  # a configured value: a number where it is one, else text

# Members that come and go by themselves: links of guests and containers, units of logins and of programs that start
# when somebody asks, counters among the kernel parameters, rotated logs, and the ports from 32768 that clients of UDP
# and programs on the loopback are given, with those of forwarded X11. Kernel parameters of one interface, and those
# whose default is counted from the memory, are the host's own.
LINKS = Compare(skip_keys=r"(veth|vnet|cali|cni|lxc|macvtap)\w+$|br-[0-9a-f]{12}$")
UNITS = Compare(
    skip_keys=r"(session-.*\.scope|user(-runtime-dir)?[@-].*|sshd?@.*|run-.*|dev-.*|sys-.*|proc-.*"
    r"|systemd-(hostnamed|localed|timedated)\.service)$"
)
SYSCTLS = Compare(
    skip_keys=r"kernel\.(random\.|ns_last_pid|cad_pid|hung_task_(detect_count|warnings)|pty\.nr|tainted)|kernel\.(osrelease|version)$"
    r"|kernel\.perf_event_max_sample_rate$"
    r"|fs\.(file-nr|inode-nr|inode-state|dentry-state|aio-nr|quota\.)|net\.core\.netdev_rss_key|sunrpc\.transports"
    r"|net\.netfilter\.nf_conntrack_count|net\.ipv[46]\.(conf|neigh)\.(veth|vnet|cali|cni|lxc|macvtap|br-[0-9a-f]{12})",
    own_keys=r"kernel\.(hostname|domainname|threads-max|pid_max)$|fs\.(file-max|epoll\.max_user_watches"
    r"|fanotify\.max_user_marks|inotify\.max_user_watches)$|net\.ipv4\.(tcp_mem|udp_mem|tcp_max_orphans)$"
    r"|net\.ipv4\.tcp_max_tw_buckets$|net\.netfilter\.nf_conntrack_(max|buckets)$|net\.nf_conntrack_max$"
    r"|user\.max_\w+$|vm\.(min_free_kbytes|user_reserve_kbytes|admin_reserve_kbytes)$"
    r"|net\.ipv[46]\.(conf|neigh)\.(?!(all|default|lo)\.)",
)
MOUNTS = Compare(
    skip_keys=r"/run/(user|credentials|docker|containerd|netns)/|/var/lib/(docker|containers|kubelet)/|/snap/"
)
FILES = Compare(skip_keys=r"/var/log/.*(\.\d+|\.gz|-\d{8})$")
LISTENERS = Compare(
    skip_keys=r"(udp \S+|tcp (127\.\S+|::1|\[::1\])) (3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})$"
    r"|tcp (127\.\S+|::1|\[::1\]) 60[1-9]\d$",
    own_keys=r"\S+ (?!0\.0\.0\.0 |\* |:: |\[::\] |127\.|::1 |\[::1\] )",
)


class OperatingSystem(FactModel):
    """Of /etc/os-release."""

    id: str = Field(description="debian, ubuntu, rhel, rocky ...")
    id_like: Annotated[Names, DERIVED] = Field(default_factory=list, description="families it belongs to")
    version: Annotated[str | None, VERSION] = Field(None, description="VERSION_ID")
    pretty: Annotated[str | None, DERIVED] = None
    release: Annotated[str | None, DERIVED] = Field(
        None, description="id and first part of the version: debian-12, rhel-9, ubuntu-24.04"
    )
    family: Annotated[str, DERIVED] = Field(
        "other", description="debian | rhel | suse | other: which packaging and file layout to expect"
    )


class Sysctl(FactModel):
    """One kernel parameter, now and after a reboot."""

    runtime: Text | None = None
    persisted: Text | None = Field(None, description="what systemd-sysctl sets at boot; absent when no file sets it")
    agrees: Annotated[bool | None, DERIVED] = Field(
        None, description="a file pins the runtime value; false also when nothing is persisted"
    )
    contradicted: Annotated[bool | None, DERIVED] = Field(
        None, description="a file sets another value than the runtime one"
    )
    persisted_source: Annotated[str | None, IGNORED] = Field(None, description="file:line of the assignment that wins")
    reloaded: Text | None = Field(
        None,
        description="what `sysctl --system` would set, where that is not what the boot sets: it reads "
        "/etc/sysctl.conf once more, at the end",
    )


class Interface(FactModel):
    """Effective IPv4/IPv6 switches of one interface.

    How `all` and the interface's own value join: Documentation/networking/ip-sysctl of the kernel.
    """

    loopback: bool = False
    rp_filter: int | None = Field(None, description="the larger of all and own: 0 off, 1 strict, 2 loose")
    accept_redirects: bool | None = None
    send_redirects: bool | None = None
    accept_source_route: bool | None = None
    log_martians: bool | None = None
    ipv6_accept_ra: int | None = Field(
        None, description="its own value: 0 off, 1 unless it forwards, 2 always; `all` has no effect here"
    )
    ipv6_accept_redirects: bool | None = None
    secure_redirects: bool | None = None
    shared_media: bool | None = None
    accept_local: bool | None = None
    arp_filter: bool | None = None
    route_localnet: bool | None = None
    ipv6_autoconf: int | None = Field(None, description="this and the next four: its own value, `all` has no effect")
    ipv6_accept_ra_pinfo: int | None = None
    ipv6_accept_ra_defrtr: int | None = None
    ipv6_accept_ra_rtr_pref: int | None = None
    ipv6_router_solicitations: int | None = None


class SshMatch(FactModel):
    """A Match block: an exception from the effective settings."""

    criteria: str
    settings: dict[str, Text | list[str]] = Field(default_factory=dict, description="lower-case keys set in this block")


class Sshd(FactModel):
    """`sshd -T` (needs root), and the Match blocks that it leaves out."""

    effective: Annotated[dict[str, Text | list[str]], Compare(own_keys="listenaddress$")] = Field(
        default_factory=dict, description="lower-case keys; lists where sshd takes several; seconds, bytes"
    )
    match_blocks: dict[str, SshMatch] = Field(default_factory=dict, description="by file:line")
    contexts: Annotated[dict[str, SshContext], DERIVED] = Field(
        default_factory=dict, description="by file:line of the Match block that the connection is meant for; at most 16"
    )
    policy_overridden: bool | None = Field(
        None, description="/etc/sysconfig/sshd sets CRYPTO_POLICY, so the system's policy does not hold (RHEL 8)"
    )
    rekey_bytes: Annotated[int | None, DERIVED] = Field(
        None, description="bytes under one session key, 0 = the cipher's own limit"
    )
    rekey_seconds: Annotated[int | None, DERIVED] = Field(
        None, description="seconds under one session key, 0 = no limit"
    )
    private_keys: Names = Field(default_factory=list, description="paths of host keys that sshd loads")
    max_startups_start: Annotated[int | None, DERIVED] = Field(
        None, description="unauthenticated connections before sshd begins to refuse"
    )
    max_startups_full: Annotated[int | None, DERIVED] = Field(
        None, description="unauthenticated connections at which it refuses all"
    )


class File(FactModel):
    """Who may do what with a path, links followed. All is absent where the path could not be looked at (a gap)."""

    mode: Annotated[str | None, MODE] = Field(None, description="permission bits as four octal digits, 0640")
    owner: str | None = None
    group: str | None = None
    type: str | None = Field(None, description="file | directory | link | other")
    empty: Annotated[bool | None, STATE] = None


class Unit(FactModel):
    """The three axes of a systemd unit, and what follows. A unit that is not listed is neither loaded nor enabled."""

    load: str = Field(description="loaded | masked | not-found | error ...")
    enabled: str | None = Field(
        None, description="UnitFileState: enabled | disabled | static | masked ...; absent without a unit file"
    )
    active: Annotated[str, STATE] = Field(description="active | inactive | failed ...")
    running: bool = False
    starts: Annotated[bool, DERIVED] = Field(
        False, description="will be started at boot or by its own enabled socket, timer or path unit"
    )
    in_use: Annotated[bool, DERIVED] = Field(
        False, description="running or starts, itself or by its socket, timer or path unit"
    )


class Mount(FactModel):
    """A path that is, or should be, a mount point."""

    is_mount_point: bool
    fstype: str | None = None
    options: Annotated[list[str] | None, AS_SET] = Field(None, description="in force now, of the topmost layer")
    pinned: bool = Field(False, description="fstab or a mount unit holds it")
    pinned_options: Annotated[list[str] | None, AS_SET] = None


class Module(FactModel):
    """A kernel module that an attacker might load."""

    loaded: bool = False
    built_in: bool = False
    available: bool = Field(False, description="a module file for the running kernel is there")
    blacklisted: bool = False
    install_disabled: bool = Field(False, description="its install line runs false or true")
    barred: Annotated[bool, DERIVED] = Field(
        description="cannot get in: not loaded, not built in, and either no file or blacklisted and install disabled"
    )


class Banner(FactModel):
    """/etc/motd, /etc/issue, /etc/issue.net."""

    text: str | None = Field(None, description="at most 2000 characters")
    discloses_system: Annotated[bool | None, DERIVED] = Field(
        None, description="has \\m \\r \\s \\v \\S, or the name of the distribution"
    )


class Facts(FactModel):
    """All of a Linux host."""

    os: OperatingSystem | None = None
    hostname: Annotated[str | None, IDENTITY] = None
    kernel: Annotated[str | None, VERSION] = None
    architecture: str | None = None
    container: bool | None = Field(None, description="shares its kernel with its host (container, or chroot)")
    virtualisation: str | None = Field(None, description="docker, systemd-nspawn, lxc, kvm, none ...")
    roles: Annotated[Names, DERIVED] = Field(
        default_factory=list,
        description="own-kernel (no container), systemd, kvm, container-host, mail-server, postfix, name-server",
    )
    sysctl: Annotated[dict[str, Sysctl], SYSCTLS] = Field(default_factory=dict)
    interfaces: Annotated[dict[str, Interface], LINKS] = Field(default_factory=dict)
    ipv6: bool | None = Field(
        None, description="false: switched off on each interface, and by a file for the next boot; absent: no support"
    )
    sshd: Sshd | None = None
    files: Annotated[dict[str, File], FILES] = Field(default_factory=dict)
    packages: dict[str, Annotated[str, VERSION]] = Field(
        default_factory=dict, description="installed only: name -> version"
    )
    signing_keys: Annotated[list[str] | None, AS_SET] = Field(
        None, description="ids of the keys that rpm trusts, last eight digits; absent without rpm"
    )
    package_manager: PackageManager | None = Field(None, description="absent without dnf.conf or yum.conf")
    repositories: dict[str, Repository] = Field(default_factory=dict, description="by id; RHEL family only")
    integrity: Integrity | None = Field(None, description="absent where AIDE is not installed")
    units: Annotated[dict[str, Unit], UNITS] = Field(default_factory=dict)
    mounts: Annotated[dict[str, Mount], MOUNTS] = Field(default_factory=dict)
    modules: dict[str, Module] = Field(default_factory=dict)
    accounts: dict[str, Account] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(default_factory=dict)
    account_checks: Annotated[AccountChecks | None, DERIVED] = None
    shells: Annotated[list[str] | None, AS_SET] = Field(None, description="lines of /etc/shells")
    directory_accounts: Annotated[list[str] | None, AS_SET] = Field(
        None, description="sources of accounts beside the files, of nsswitch.conf; a gap where there are some"
    )
    daemons: dict[str, Daemon] = Field(
        default_factory=dict, description="sshd, auditd, rsyslog, chronyd, systemd-journald: those that run"
    )
    login_defs: dict[str, Text] = Field(default_factory=dict)
    useradd: dict[str, Text] = Field(default_factory=dict, description="/etc/default/useradd: INACTIVE, SHELL ...")
    pam: Pam | None = None
    sudoers: Sudoers | None = None
    audit: Audit | None = None
    firewall: Firewall | None = None
    listeners: Annotated[dict[str, Listener], LISTENERS] = Field(
        default_factory=dict, description="by `tcp 0.0.0.0 22`"
    )
    wireless: Annotated[list[str] | None, AS_SET] = Field(None, description="names of radio interfaces")
    systemd: dict[str, Text] = Field(
        default_factory=dict, description="system.conf with drop-ins, keys in lower case; only what is set"
    )
    time: Time | None = None
    logging: Logging | None = None
    mac: Mac | None = None
    session: Session | None = None
    core_dumps: CoreDumps | None = None
    crypto_policy: Annotated[str | None, DERIVED] = Field(None, description="RHEL: DEFAULT, FIPS:OSPP ...")
    crypto: CryptoPolicy | None = Field(None, description="the same in its parts; absent beyond the RHEL family")
    banners: dict[str, Banner] = Field(default_factory=dict)
    boot: Boot | None = None
    links: Annotated[dict[str, Link], LINKS] = Field(default_factory=dict)
    bonds: dict[str, Bond] = Field(default_factory=dict)
    nat: Nat | None = None
    tcp: Tcp | None = None
    resolver: Resolver | None = None
    identity: Identity | None = None
    kvm: Kvm | None = Field(None, description="only with the role kvm")
    postfix: Postfix | None = Field(None, description="only with the role postfix")
    bind: Bind | None = Field(None, description="only with the role name-server")
    estate: Annotated[KvmEstate | None, IGNORED] = None
    names: Annotated[NameCheck | None, IGNORED] = None
    activity: Annotated[Activity | None, IGNORED] = None
