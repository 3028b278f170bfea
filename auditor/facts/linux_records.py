"""Facts of a Linux host about its records and its borders: audit, logs, clock, packet filter, listening sockets."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IGNORED, MODE, ORDERED, STATE

Names = Annotated[list[str], AS_SET]
Text = int | str  # a configured value: a number where it is one, else text


class AuditTopic(FactModel):
    """Whether rules for one kind of event are there."""

    loaded: bool | None = None
    on_disk: bool | None = None


class Audit(FactModel):
    """The kernel's audit system and its daemon (needs root). Rules are normalised: `-w` written out, calls sorted."""

    loaded: Annotated[list[str] | None, ORDERED] = None
    on_disk: Annotated[list[str] | None, ORDERED] = None
    missing_from_kernel: Annotated[list[str] | None, AS_SET, DERIVED] = Field(
        None, description="on disk, not loaded; compared call by call and without keys"
    )
    merged: Annotated[bool | None, DERIVED] = Field(
        None, description="audit.rules, which is what gets loaded at boot, says what rules.d says"
    )
    enabled: int | None = Field(None, description="0 off, 1 on, 2 locked until reboot")
    immutable_on_disk: Annotated[bool | None, DERIVED] = Field(None, description="the last control line is -e 2")
    login_uid_locked: bool | None = Field(None, description="now: a login uid that was set cannot be changed")
    login_uid_locked_on_disk: Annotated[bool | None, DERIVED] = Field(
        None, description="--loginuid-immutable stands in rules.d"
    )
    topics: Annotated[dict[str, AuditTopic], DERIVED] = Field(
        default_factory=dict,
        description="identity, sudoers, time-change, time-zone, login-records, session-records, modules, "
        "module-tools, mounts, deletion, permissions, access-denied, network, name-services, mac-policy, "
        "root-commands, scheduled-jobs, chcon, setfacl, chacl, usermod; sudo-log where sudo writes a log file",
    )
    daemon: dict[str, Text] = Field(default_factory=dict, description="auditd.conf, keys and word values in lower case")


class Ufw(FactModel):
    """What ufw is configured to do: /etc/ufw/ufw.conf and /etc/default/ufw. Policies: accept | drop | reject."""

    enabled: bool = False
    input: str | None = None
    output: str | None = None
    forward: str | None = None


class Firewall(FactModel):
    """Packet filter in the kernel now (needs root) and the services that put it there."""

    backends: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="services in use among nftables, iptables, firewalld, ufw"
    )
    input_policies: dict[str, str] | None = Field(
        None, description="default of each base chain hooked on input, by `family table chain`: accept | drop"
    )
    denies_by_default: bool | None = Field(
        None, description="IPv4: an input base chain drops, or ends in a rule that drops or rejects everything"
    )
    denies_ipv6_by_default: bool | None = None
    forwards_by_default: bool | None = Field(
        None, description="a packet for another host may pass, of IPv4 or IPv6, when no rule speaks of it"
    )
    accepts_loopback: bool | None = Field(None, description="a rule accepts what arrives on the interface lo")
    drops_loopback_spoofs: bool | None = Field(
        None, description="rules drop packets from 127.0.0.0/8 and ::1 that did not come by lo"
    )
    ufw: Ufw | None = Field(None, description="absent where ufw is not installed")
    rules: Annotated[int | None, IGNORED] = None


class Listener(FactModel):
    """A socket that waits for peers."""

    protocol: str
    address: str
    port: int
    loopback: bool
    process: str | None = Field(None, description="name of the program (needs root)")


class Time(FactModel):
    """Who keeps the clock."""

    services: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="in use among chrony, systemd-timesyncd, ntp, ptp4l"
    )
    servers: Names = Field(default_factory=list, description="configured in the files of the services in use")
    fallback_servers: Annotated[list[str] | None, AS_SET] = Field(
        None, description="FallbackNTP of systemd-timesyncd as configured; absent where that is not in use"
    )
    chrony_user: Annotated[str | None, STATE] = Field(
        None, description="account that chronyd runs as; absent where none runs"
    )


class Rsyslog(FactModel):
    """Derived from rsyslog.conf and its drop-ins, both syntaxes. Absent where there is no rsyslog.conf."""

    file_create_mode: Annotated[str, MODE] = Field(description="0644 where nothing sets it")
    remote_targets: Names = Field(default_factory=list)
    accepts_remote: bool = False
    reads_journal: bool = Field(False, description="imjournal: it takes records from the journal by itself")
    forwards_over_tls: Annotated[bool | None, DERIVED] = Field(
        None, description="a TLS driver, in TLS-only mode, that checks the name of the peer; absent without a target"
    )


class Logging(FactModel):
    """Where records go."""

    journald: dict[str, Text] = Field(
        default_factory=dict, description="journald.conf with drop-ins, keys in lower case; only what is set"
    )
    journal_persistent: bool | None = Field(None, description="Storage=persistent, or auto with /var/log/journal there")
    rsyslog: Rsyslog | None = None
    leaves_host: Annotated[bool | None, DERIVED] = Field(
        None, description="rsyslog has a remote target, or systemd-journal-upload is in use"
    )
