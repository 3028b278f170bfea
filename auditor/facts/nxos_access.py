"""The management plane of an NX-OS device: software, logins, AAA, SNMP, time and logs."""

from typing import Annotated, Literal

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, BYTES, DAYS, DERIVED, IDENTITY, MINUTES, ORDERED, SECRET, VERSION

Family = Literal["nexus1000v", "nexus3000", "nexus5000", "nexus6000", "nexus7000", "nexus9000"]
Numbers = Annotated[list[int], AS_SET]
Names = Annotated[list[str], AS_SET]


class Software(FactModel):
    """What runs, from `show version`."""

    version: Annotated[str | None, VERSION] = Field(None, description='as printed: "5.2(1)SV3(1.5b)"')
    train: Annotated[str | None, DERIVED] = Field(None, description='without the maintenance part: "5.2(1)SV3"')
    family: Annotated[Family | None, DERIVED] = None
    model: str | None = None
    serial: Annotated[str | None, IDENTITY] = None
    vendor_supported: Annotated[bool | None, DERIVED] = Field(
        None, description="False: the product is end of life (Nexus 1000V)"
    )


class Service(FactModel):
    """A service that is on or off."""

    enabled: bool | None = None


class Ssh(FactModel):
    """The SSH server."""

    enabled: bool | None = None
    login_attempts: int | None = None
    key_type: str | None = None
    key_bits: int | None = None
    macs: Names | None = None
    ciphers: Names | None = None
    kex_algorithms: Names | None = None


class Banner(FactModel):
    """A login banner; `text` has its white space normalised and at most 4000 characters."""

    text: str | None = None
    is_factory_default: Annotated[bool | None, DERIVED] = None


class Line(FactModel):
    """`line console` or `line vty`."""

    exec_timeout_minutes: Annotated[int | None, MINUTES] = Field(None, description="0 = never")
    session_limit: int | None = None
    access_class_in: str | None = None


class ManagementAccess(FactModel):
    """Who may reach the management plane: an access-class on vty, or an access group on mgmt0."""

    acls: Names = Field(default_factory=list, description="inbound, by name")
    filtered: Annotated[bool, DERIVED] = Field(
        False, description="at least one such list exists, has entries and none of them permits any source"
    )
    ends_with_logged_deny: Annotated[bool, DERIVED] = False


class User(FactModel):
    """A local account."""

    roles: Names = Field(default_factory=list)
    admin: Annotated[bool, DERIVED] = Field(False, description="has network-admin or vdc-admin")
    password: Annotated[str | None, SECRET, IDENTITY] = None
    algorithm: str | None = Field(None, description="md5crypt, sha256crypt, type7, plain ...; absent: no password line")
    locked: Annotated[bool, DERIVED] = Field(False, description="no password opens it (`!`), and it has no SSH key")
    lifetime_days: Annotated[int | None, DAYS] = Field(None, description="of its own line")
    password_days: Annotated[int | None, DERIVED] = Field(
        None, description="in force: its own, else the common one; 99999 = never ends"
    )


class PasswordPolicy(FactModel):
    """Policy for local passwords."""

    strength_check: bool | None = None
    min_length: int | None = None
    default_lifetime_days: Annotated[int | None, DAYS] = None


class Methods(FactModel):
    """A method list of AAA."""

    methods: Annotated[list[str], ORDERED] = Field(default_factory=list, description='"group X" ..., local, none')
    groups: Annotated[list[str], ORDERED, DERIVED] = Field(default_factory=list, description="server groups named")
    server_count: Annotated[int, DERIVED] = Field(0, description="distinct servers behind those groups")
    explicit: bool = Field(False, description="the list stands in the configuration")


class ServerGroup(FactModel):
    """An AAA server group."""

    protocol: str
    servers: Annotated[list[str], ORDERED] = Field(default_factory=list)
    server_count: Annotated[int, DERIVED] = 0
    used: Annotated[bool, DERIVED] = Field(False, description="a method list names it")
    vrf: str | None = None


class AaaServer(FactModel):
    """A TACACS+ or RADIUS server with the key in force for it."""

    protocol: str
    key: Annotated[str | None, SECRET] = None
    key_type: int | None = Field(None, description="0 clear, 7 reversible, 6 encrypted; absent: no key at all")


class Aaa(FactModel):
    """Authentication, authorization, accounting."""

    groups: dict[str, ServerGroup] = Field(default_factory=dict)
    servers: dict[str, AaaServer] = Field(default_factory=dict)
    login_default: Methods | None = None
    login_console: Methods | None = None
    accounting_default: Methods | None = None
    authorization_commands: Methods | None = None
    authorization_config_commands: Methods | None = None
    login_error_enable: bool | None = None
    local_fallback: Annotated[bool | None, DERIVED] = None


class Community(FactModel):
    """An SNMP community; its key in the mapping is a fingerprint."""

    group: str | None = None
    writable: Annotated[bool, DERIVED] = False
    acl: str | None = None
    acl_exists: Annotated[bool | None, DERIVED] = None
    known_default: Annotated[bool | None, DERIVED] = Field(None, description="the text is one that attackers try first")


class SnmpUser(FactModel):
    """An SNMPv3 user; each CLI user has a mirror here."""

    groups: Names = Field(default_factory=list)
    auth: str | None = Field(None, description="md5, sha, sha-256 ...")
    priv: str | None = Field(None, description="des, aes-128 ...")
    enforce_priv: bool = False
    acl: str | None = None


class TrapReceiver(FactModel):
    """An SNMP notification receiver."""

    host: str
    version: str
    level: str | None = None


class Snmp(FactModel):
    """The SNMP agent."""

    communities: dict[str, Community] = Field(default_factory=dict)
    users: dict[str, SnmpUser] = Field(default_factory=dict)
    receivers: dict[str, TrapReceiver] = Field(default_factory=dict)
    global_enforce_priv: bool | None = None
    default_community_answers: bool | None = Field(None, description="a well-known community was answered from here")
    answering_communities: Names | None = Field(
        None, description="fingerprints of the well-known communities that answered"
    )


class NtpServer(FactModel):
    """One `ntp server`."""

    key: int | None = None
    key_trusted: Annotated[bool, DERIVED] = Field(False, description="its key is defined and trusted")
    vrf: str | None = None
    prefer: bool = False


class Ntp(FactModel):
    """Time."""

    servers: dict[str, NtpServer] = Field(default_factory=dict)
    authenticate: bool | None = None
    authentication_keys: Numbers = Field(default_factory=list)
    trusted_keys: Numbers = Field(default_factory=list)
    restricted: Annotated[bool, DERIVED] = Field(
        False, description="an access group with a list that exists limits who may ask"
    )


class LogServer(FactModel):
    """One `logging server`."""

    severity: int | None = None
    vrf: str | None = None
    secure: bool = False


class LogFile(FactModel):
    """The local log file; `size` in bytes."""

    name: str | None = None
    severity: int | None = None
    size: Annotated[int | None, BYTES] = None


class Logging(FactModel):
    """Logs."""

    servers: dict[str, LogServer] = Field(default_factory=dict)
    logfile: LogFile | None = None
    levels: dict[str, int] = Field(default_factory=dict, description="severity by facility, as configured")
    timestamp: str | None = Field(None, description="seconds, milliseconds, microseconds")
    console: int | None = None
    source_interface: str | None = None
    login_failures: bool = Field(False, description="`login on-failure log`")
    login_successes: bool = Field(False, description="`login on-success log`")
