"""Who reaches an ESXi host, and how they prove who they are."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, SECRET, STATE


class Lockdown(FactModel):
    """Who may log in to the host itself."""

    mode: str | None = Field(None, description="lockdownDisabled | lockdownNormal | lockdownStrict")
    exceptions: Annotated[list[str] | None, AS_SET] = Field(None, description="lockdown exception users")
    dcui_access: Annotated[list[str] | None, AS_SET, DERIVED] = Field(None, description="parsed DCUI.Access")
    audit_account: Annotated[bool | None, DERIVED] = Field(
        None, description="derived: the account of this audit is one of the exception users"
    )


class Access(FactModel):
    """A principal that may log in to the host."""

    group: bool | None = None
    mode: str | None = Field(None, description="accessAdmin | accessReadOnly | accessNoAccess | accessOther")


class ActiveDirectory(FactModel):
    """Domain membership."""

    joined: bool | None = None
    domain: str | None = None
    membership: Annotated[str | None, STATE] = Field(
        None, description="ok | clientTrustBroken | noServers | unknown | ..."
    )
    dns_in_domain: Annotated[bool | None, DERIVED] = Field(
        None, description="derived: the DNS domain of the host is the joined domain, or below it"
    )
    smart_card: bool | None = None


class Certificate(FactModel):
    """The host's own TLS certificate, parsed from its PEM."""

    issuer: str | None = None
    subject: Annotated[str | None, IDENTITY] = None
    serial: Annotated[str | None, IDENTITY] = Field(None, description="hexadecimal")
    not_before: Annotated[str | None, IDENTITY] = Field(None, description="ISO 8601, UTC")
    not_after: Annotated[str | None, IDENTITY] = Field(None, description="ISO 8601, UTC")
    days_left: Annotated[int | None, IGNORED] = Field(
        None, description="whole days of validity left when it was captured; negative: expired"
    )
    self_signed: bool | None = None
    key_type: str | None = Field(None, description="rsa | ec | ed25519 | ...")
    key_bits: int | None = None
    signature_hash: str | None = Field(None, description="sha256, sha1 ...")


class TrustedCa(FactModel):
    """An authority that the host trusts, keyed by the SHA-256 fingerprint of its certificate (lower-case hex)."""

    subject: str | None = None
    not_after: str | None = Field(None, description="ISO 8601, UTC")


class PasswordQuality(FactModel):
    """Parsed Security.PasswordQualityControl (passwdqc)."""

    retry: int | None = None
    similar: str | None = Field(None, description="permit | deny")
    max: int | None = None
    lengths: dict[str, int] = Field(
        {},
        description="least length by allowed kind: one_class, two_classes, passphrase, three_classes, four_classes",
    )
    disabled: Annotated[list[str], AS_SET] = Field([], description="kinds that are not allowed")
    shortest: int | None = Field(None, description="least length over all allowed kinds")
    fewest_classes: int | None = Field(None, description="least character classes over all allowed kinds")


class Snmp(FactModel):
    """The SNMP agent; communities are keyed fingerprints."""

    enabled: bool | None = None
    port: int | None = None
    communities: Annotated[list[Annotated[str, SECRET]], AS_SET] = Field([])
    known_default: Annotated[bool | None, DERIVED] = Field(None, description="a community is a well-known default")
    trap_targets: Annotated[list[str], AS_SET] = Field([])


class Account(FactModel):
    """A local account as `esxcli system account list` shows it."""

    description: str | None = None
    shell_access: bool | None = None
