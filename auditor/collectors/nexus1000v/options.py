"""The source keys of kinds `nexus1000v` and `nxos`."""

from typing import Annotated, Literal

from pydantic import Field

from auditor.collectors import OptionModel

Word = Annotated[str, Field(min_length=1)]


class SshOptions(OptionModel):
    """How to log in for the command line. The host key is always checked against `known_hosts`."""

    credential: Word
    known_hosts: Word
    port: int = Field(22, ge=1, le=65535)
    legacy_algorithms: bool = False


class SnmpOptions(OptionModel):
    """How to ask the SNMP agent, always with version 3. `auth` and `priv` are the user's protocols on the device."""

    version: Literal[3] = 3
    credential: Word
    port: int = Field(161, ge=1, le=65535)
    security: Literal["authPriv", "authNoPriv"] = "authPriv"
    auth: Literal["md5", "sha", "sha-224", "sha-256", "sha-384", "sha-512"] = "sha"
    priv: Literal["des", "aes-128", "aes-192", "aes-256"] = "aes-128"
    probe_communities: tuple[Word, ...] = Field(
        ("public", "private", "cisco"),
        max_length=16,
        description="well-known names tried as community; an empty list asks nothing and leaves the answer unknown",
    )


class Options(OptionModel):
    """Options of a Nexus source: SSH always, SNMP when it is named."""

    ssh: SshOptions
    snmp: SnmpOptions | None = None
    running_config_all: bool = Field(
        True, description="also fetch `show running-config all`, which tells hidden defaults; 20-40 lines more a port"
    )

    def credential_names(self) -> dict[str, str]:
        names = {"ssh": self.ssh.credential}
        return names | {"snmp": self.snmp.credential} if self.snmp else names

    def warnings(self) -> tuple[str, ...]:
        found = []
        if self.ssh.legacy_algorithms:
            found.append("SSH: legacy algorithms (SHA-1, CBC) are accepted for this source")
        if self.snmp and self.snmp.security == "authNoPriv":
            found.append("SNMP: version 3 without encryption is used for this source")
        if self.snmp and (self.snmp.auth == "md5" or self.snmp.priv == "des"):
            found.append("SNMP: the weak protocols MD5 or DES are used for this source")
        return tuple(found)
