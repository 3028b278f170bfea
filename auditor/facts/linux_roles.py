"""Facts of what a Linux host is there for: mail server, name server; and of its name and resolver."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, ORDERED, VERSION, Compare

Names = Annotated[list[str], AS_SET]
Text = int | str


class SmtpService(FactModel):
    """One smtpd of master.cf, as it answers: main.cf, the defaults of this version, and its own `-o` settings."""

    port: str = Field(description="smtp, submission, 587, pass ... as written")
    kind: str = Field(description="smtp | submission | smtps: what clients use it for")
    exposed: bool = Field(description="can be reached from other hosts")
    chroot: bool
    relay: str | None = Field(
        None,
        description="closed: a stranger's mail to other domains is refused | open; absent (a gap) when a table decides",
    )
    relay_reason: Annotated[str | None, IGNORED] = Field(None, description="the word that decided")
    spoofable_permits: Names = Field(
        default_factory=list, description="words before the relay guard that let in whoever claims the right name"
    )
    restrictions: Annotated[list[str], ORDERED] = Field(
        default_factory=list, description="words of all lists in order of use, old names made new; without `warn_if`"
    )
    helo_required: bool
    vrfy: bool
    banner_discloses: bool = Field(description="the greeting names the software, its version or the distribution")
    tls: str = Field(description="none | may | encrypt")
    tls_certificate: bool
    tls_old_protocols: Names = Field(
        default_factory=list, description="SSLv2 ... TLSv1.1 that it would speak; empty without TLS"
    )
    sasl: bool
    sasl_needs_tls: bool
    sasl_anonymous: bool = Field(description="a login without a name is possible")
    connection_limit: int = Field(description="connections of one client at once; 0 means any number")
    bare_newline_refused: bool | None = Field(
        None, description="a lone line feed ends no message (SMTP smuggling); absent: this version cannot say"
    )


class Postfix(FactModel):
    """`postconf -x`, `-M`, `-P`: effective values, defaults of the installed version included."""

    parameters: Annotated[dict[str, Text], Compare(own_keys="(myhostname|mydestination|mydomain|myorigin)$")] = Field(
        default_factory=dict, description="those that rules look at, $names expanded"
    )
    services: dict[str, SmtpService] = Field(default_factory=dict, description="smtpd only, by `name/type`")
    networks: Names = Field(default_factory=list, description="mynetworks: who may relay without a login")
    wide_networks: Annotated[Names | None, DERIVED] = Field(
        None, description="those beyond loopback, private and link-local space; a table of them too"
    )
    interfaces: Names = Field(default_factory=list, description="inet_interfaces")
    local_recipients_checked: bool = Field(description="mail to unknown local users is refused at once")
    root_alias: str | None = Field(None, description="where mail for root goes")
    alias_programs: Names | None = Field(
        None, description="aliases that hand mail to a program, a file or an :include:"
    )


class BindView(FactModel):
    """What a view offers, options above it included. Without views there is one, named `_default`."""

    recursion: bool
    recursion_open: bool = Field(description="a stranger may ask for names of others")
    cache_open: bool = Field(description="a stranger may read the cache")
    query_open: bool
    match_open: bool = Field(description="any client lands here unless an earlier view took it")
    shadowed: bool = Field(description="never reached: an earlier view takes every client")
    validates: bool = Field(description="DNSSEC answers are checked against a trust anchor")
    forwarders: Names = Field(default_factory=list)
    forward_only: bool = False
    rate_limited: bool
    authoritative: bool = Field(description="serves zones of its own beyond those of every host")


class BindZone(FactModel):
    """A zone with the options it inherits: zone before view before options before the default of this version."""

    view: str
    name: str
    type: str = Field(description="primary | secondary | mirror | forward | stub | hint ...")
    serves: bool = Field(description="holds data of its own: primary, secondary, mirror")
    everyhost: bool = Field(False, description="localhost and the other zones that every server has (RFC 6303)")
    transfer_open: bool = Field(False, description="a stranger may copy it whole")
    transfer_keyed: bool = Field(False, description="whoever may copy it must sign with a key, or nobody may")
    transfer: Annotated[list[str], ORDERED] = Field(default_factory=list, description="allow-transfer in force")
    update_open: bool = Field(False, description="a stranger may change it")
    update_unsigned: bool = Field(False, description="somebody may change it by address alone")
    query_open: bool = True
    dynamic: bool = False
    signed: bool = Field(False, description="this server keeps it signed (dnssec-policy, auto-dnssec)")
    forwarders: Names = Field(default_factory=list)


class BindControl(FactModel):
    """A channel for rndc, or one for statistics."""

    kind: str = Field(description="rndc | statistics")
    address: str
    loopback: bool
    keyed: bool = Field(description="asks for a key; a channel for statistics never can")
    open: bool = Field(description="its list lets strangers in")


class BindKey(FactModel):
    """A TSIG key, without its secret."""

    algorithm: str


class Bind(FactModel):
    """named.conf as named would take it: from `named-checkconf -px`, else from the files."""

    version: Annotated[str | None, VERSION] = None
    views: dict[str, BindView] = Field(default_factory=dict)
    zones: dict[str, BindZone] = Field(
        default_factory=dict, description="by name, by `view/name` where there are views"
    )
    controls: dict[str, BindControl] = Field(default_factory=dict, description="by `kind address port`")
    keys: dict[str, BindKey] = Field(default_factory=dict)
    version_hidden: bool = Field(description="version.bind is not answered with the version")
    identity_hidden: bool = Field(description="hostname.bind and id.server are not answered with the name of the host")
    listen_on: Names = Field(
        default_factory=list, description="addresses of listen-on and listen-on-v6; any by default"
    )
    silenced_categories: Names = Field(default_factory=list, description="logging categories that go nowhere")
    user: str | None = Field(None, description="whose process named is; absent when it does not run")
    chroot: str | None = None


class ReverseName(FactModel):
    """What the host's own resolver says of one of its addresses."""

    interface: str | None = None
    names: Names = Field(default_factory=list)
    agrees: bool = Field(description="one of the names is the host's own")


class Identity(FactModel):
    """Its name and addresses, asked of its own resolver (`getent`); IPv6 link-local and loopback left out."""

    fqdn: Annotated[str | None, IDENTITY] = Field(None, description="`hostname -f`")
    qualified: Annotated[bool | None, DERIVED] = Field(
        None, description="the name has a domain, and none of localhost's"
    )
    configured: Annotated[str | None, IDENTITY] = Field(None, description="/etc/hostname")
    configured_agrees: Annotated[bool | None, DERIVED] = None
    forward: Annotated[Names | None, IDENTITY] = Field(None, description="addresses of the name")
    forward_agrees: Annotated[bool | None, DERIVED] = Field(
        None, description="one of them is an own address beyond loopback"
    )
    addresses: Annotated[dict[str, ReverseName], IDENTITY] = Field(default_factory=dict, description="at most 16")


class Resolver(FactModel):
    """resolv.conf(5); behind the stub of systemd-resolved the servers that it asks."""

    servers: Annotated[list[str], ORDERED] = Field(default_factory=list)
    search: Annotated[list[str], ORDERED] = Field(default_factory=list)
    options: Names = Field(default_factory=list)
    local: Annotated[bool, DERIVED] = Field(False, description="all servers are this host itself")
