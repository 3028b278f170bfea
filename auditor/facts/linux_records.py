"""Facts of a Linux host about its records and its borders: audit, logs, clock, packet filter, listening sockets."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, IGNORED, MODE, ORDERED

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
    missing_from_kernel: Annotated[list[str] | None, AS_SET] = Field(None, description="on disk, not loaded")
    enabled: int | None = Field(None, description="0 off, 1 on, 2 locked until reboot")
    immutable_on_disk: bool | None = Field(None, description="the last control line is -e 2")
    topics: dict[str, AuditTopic] = Field(
        default_factory=dict,
        description="identity, sudoers, time-change, login-records, modules, mounts, deletion, permissions, "
        "access-denied, network, mac-policy, root-commands",
    )
    daemon: dict[str, Text] = Field(default_factory=dict, description="auditd.conf, keys and word values in lower case")


class Firewall(FactModel):
    """Packet filter in the kernel now (needs root) and the services that put it there."""

    backends: Names = Field(
        default_factory=list, description="services in use among nftables, iptables, firewalld, ufw"
    )
    input_policies: dict[str, str] | None = Field(
        None, description="default of each base chain hooked on input, by `family table chain`: accept | drop"
    )
    denies_by_default: bool | None = Field(
        None, description="IPv4: an input base chain drops, or ends in a rule that drops or rejects everything"
    )
    denies_ipv6_by_default: bool | None = None
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

    services: Names = Field(default_factory=list, description="in use among chrony, systemd-timesyncd, ntp, ptp4l")
    servers: Names = Field(default_factory=list, description="configured in the files of the services in use")


class Rsyslog(FactModel):
    """Derived from rsyslog.conf and its drop-ins, both syntaxes. Absent where there is no rsyslog.conf."""

    file_create_mode: Annotated[str, MODE] = Field(description="0644 where nothing sets it")
    remote_targets: Names = Field(default_factory=list)
    accepts_remote: bool = False


class Logging(FactModel):
    """Where records go."""

    journald: dict[str, Text] = Field(
        default_factory=dict, description="journald.conf with drop-ins, keys in lower case; only what is set"
    )
    journal_persistent: bool | None = Field(None, description="Storage=persistent, or auto with /var/log/journal there")
    rsyslog: Rsyslog | None = None
    leaves_host: bool | None = Field(
        None, description="rsyslog has a remote target, or systemd-journal-upload is in use"
    )
