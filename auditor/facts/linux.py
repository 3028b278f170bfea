"""Facts of a Linux host: what its kernel and daemons do now, beside what is pinned for the next boot.

Written by `auditor.collectors.linux.read`. Paths of files are keys (`files[/etc/shadow].mode`), so are unit ids,
package names, sysctl keys. Where "now" and "pinned" can differ both are facts, and a third says whether they agree.
"""

from typing import Annotated

from pydantic import Field

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
from auditor.facts.semantics import AS_SET, IDENTITY, IGNORED, MODE, VERSION

Names = Annotated[list[str], AS_SET]
Text = int | str  # a configured value: a number where it is one, else text


class OperatingSystem(FactModel):
    """Of /etc/os-release."""

    id: str = Field(description="debian, ubuntu, rhel, rocky ...")
    id_like: Names = Field(default_factory=list, description="families it belongs to")
    version: Annotated[str | None, VERSION] = Field(None, description="VERSION_ID")
    pretty: str | None = None
    release: str | None = Field(None, description="id and first part of the version: debian-12, rhel-9, ubuntu-24.04")
    family: str = Field("other", description="debian | rhel | suse | other: which packaging and file layout to expect")


class Sysctl(FactModel):
    """One kernel parameter, now and after a reboot."""

    runtime: Text | None = None
    persisted: Text | None = Field(None, description="what systemd-sysctl sets at boot; absent when no file sets it")
    agrees: bool | None = Field(None, description="a file pins the runtime value; false also when nothing is persisted")
    contradicted: bool | None = Field(None, description="a file sets another value than the runtime one")
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


class SshMatch(FactModel):
    """A Match block: an exception from the effective settings."""

    criteria: str
    settings: dict[str, Text | list[str]] = Field(default_factory=dict, description="lower-case keys set in this block")


class Sshd(FactModel):
    """`sshd -T` (needs root), and the Match blocks that it leaves out."""

    effective: dict[str, Text | list[str]] = Field(
        default_factory=dict, description="lower-case keys; lists where sshd takes several; seconds, bytes"
    )
    match_blocks: dict[str, SshMatch] = Field(default_factory=dict, description="by file:line")
    contexts: dict[str, SshContext] = Field(
        default_factory=dict, description="by file:line of the Match block that the connection is meant for; at most 16"
    )
    policy_overridden: bool | None = Field(
        None, description="/etc/sysconfig/sshd sets CRYPTO_POLICY, so the system's policy does not hold (RHEL 8)"
    )
    rekey_bytes: int | None = Field(None, description="bytes under one session key, 0 = the cipher's own limit")
    rekey_seconds: int | None = Field(None, description="seconds under one session key, 0 = no limit")
    private_keys: Names = Field(default_factory=list, description="paths of host keys that sshd loads")
    max_startups_start: int | None = Field(None, description="unauthenticated connections before sshd begins to refuse")
    max_startups_full: int | None = Field(None, description="unauthenticated connections at which it refuses all")


class File(FactModel):
    """Who may do what with a path, links followed. All is absent where the path could not be looked at (a gap)."""

    mode: Annotated[str | None, MODE] = Field(None, description="permission bits as four octal digits, 0640")
    owner: str | None = None
    group: str | None = None
    type: str | None = Field(None, description="file | directory | link | other")
    empty: bool | None = None


class Unit(FactModel):
    """The three axes of a systemd unit, and what follows. A unit that is not listed is neither loaded nor enabled."""

    load: str = Field(description="loaded | masked | not-found | error ...")
    enabled: str | None = Field(
        None, description="UnitFileState: enabled | disabled | static | masked ...; absent without a unit file"
    )
    active: str = Field(description="active | inactive | failed ...")
    running: bool = False
    starts: bool = Field(False, description="will be started at boot or by its own enabled socket, timer or path unit")
    in_use: bool = Field(False, description="running or starts, itself or by its socket, timer or path unit")


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
    barred: bool = Field(
        description="cannot get in: not loaded, not built in, and either no file or blacklisted and install disabled"
    )


class Banner(FactModel):
    """/etc/motd, /etc/issue, /etc/issue.net."""

    text: str | None = Field(None, description="at most 2000 characters")
    discloses_system: bool | None = Field(None, description="has \\m \\r \\s \\v \\S, or the name of the distribution")


class Facts(FactModel):
    """All of a Linux host."""

    os: OperatingSystem | None = None
    hostname: Annotated[str | None, IDENTITY] = None
    kernel: Annotated[str | None, VERSION] = None
    architecture: str | None = None
    container: bool | None = Field(None, description="shares its kernel with its host (container, or chroot)")
    virtualisation: str | None = Field(None, description="docker, systemd-nspawn, lxc, kvm, none ...")
    roles: Names = Field(
        default_factory=list,
        description="own-kernel (no container), systemd, kvm, container-host, mail-server, postfix, name-server",
    )
    sysctl: dict[str, Sysctl] = Field(default_factory=dict)
    interfaces: dict[str, Interface] = Field(default_factory=dict)
    ipv6: bool | None = Field(
        None, description="false: switched off on each interface, and by a file for the next boot; absent: no support"
    )
    sshd: Sshd | None = None
    files: dict[str, File] = Field(default_factory=dict)
    packages: dict[str, Annotated[str, VERSION]] = Field(
        default_factory=dict, description="installed only: name -> version"
    )
    signing_keys: Annotated[list[str] | None, AS_SET] = Field(
        None, description="ids of the keys that rpm trusts, last eight digits; absent without rpm"
    )
    package_manager: PackageManager | None = Field(None, description="absent without dnf.conf or yum.conf")
    repositories: dict[str, Repository] = Field(default_factory=dict, description="by id; RHEL family only")
    integrity: Integrity | None = Field(None, description="absent where AIDE is not installed")
    units: dict[str, Unit] = Field(default_factory=dict)
    mounts: dict[str, Mount] = Field(default_factory=dict)
    modules: dict[str, Module] = Field(default_factory=dict)
    accounts: dict[str, Account] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(default_factory=dict)
    account_checks: AccountChecks | None = None
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
    listeners: dict[str, Listener] = Field(default_factory=dict, description="by `tcp 0.0.0.0 22`")
    wireless: Annotated[list[str] | None, AS_SET] = Field(None, description="names of radio interfaces")
    systemd: dict[str, Text] = Field(
        default_factory=dict, description="system.conf with drop-ins, keys in lower case; only what is set"
    )
    time: Time | None = None
    logging: Logging | None = None
    mac: Mac | None = None
    session: Session | None = None
    core_dumps: CoreDumps | None = None
    crypto_policy: str | None = Field(None, description="RHEL: DEFAULT, FIPS:OSPP ...")
    crypto: CryptoPolicy | None = Field(None, description="the same in its parts; absent beyond the RHEL family")
    banners: dict[str, Banner] = Field(default_factory=dict)
    boot: Boot | None = None
    links: dict[str, Link] = Field(default_factory=dict)
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
