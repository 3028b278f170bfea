"""Parts that the facts of hosts, distributed switches and vCenters have in common."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IGNORED, ORDERED, STATE, VERSION

Option = bool | int | float | str  # value of an advanced option, typed as the API gives it


class Product(FactModel):
    """What runs there, as `AboutInfo` says."""

    name: str | None = None
    version: Annotated[str | None, VERSION] = None
    build: int | None = Field(None, description="build number; compare within one version")
    release: Annotated[str | None, VERSION, DERIVED] = Field(
        None, description="version and build as one, to be compared by update first: 8.0.3.24022510"
    )
    full_name: Annotated[str | None, DERIVED] = None
    api_version: Annotated[str | None, VERSION] = None
    licence: str | None = Field(None, description="name of the product line's licence, when shown")


class Security(FactModel):
    """Effective layer 2 security policy: true means accepted."""

    promiscuous: bool | None = None
    mac_changes: bool | None = None
    forged_transmits: bool | None = None


class Inherited(FactModel):
    """Which of the security settings come from the switch: true means not set on the group itself."""

    promiscuous: bool | None = None
    mac_changes: bool | None = None
    forged_transmits: bool | None = None


class Teaming(FactModel):
    """Effective uplink teaming."""

    policy: str | None = Field(
        None, description="loadbalance_srcid | _ip | _srcmac | _loadbased (distributed switch) | failover_explicit"
    )
    active: Annotated[list[str], ORDERED] = Field([])
    standby: Annotated[list[str], ORDERED] = Field([])
    failback: bool | None = None
    notify_switches: bool | None = None
    beacon: bool | None = Field(None, description="failure detection by beacon probing; false: link state only")
    uplinks: Annotated[int | None, DERIVED] = Field(
        None,
        description="number of active and standby uplinks together; one in both lists counts once, a link aggregation"
        " group as its ports",
    )
    aggregated: Annotated[bool | None, DERIVED] = Field(
        None, description="a link aggregation group is active (distributed switch)"
    )


class Cluster(FactModel):
    """Settings of a cluster of hosts."""

    name: str | None = None
    ha: bool | None = None
    ha_admission_control: bool | None = None
    ha_host_monitoring: bool | None = None
    drs: bool | None = None
    drs_behavior: str | None = Field(None, description="manual | partiallyAutomated | fullyAutomated")
    evc_mode: str | None = None
    vsan: bool | None = None
    hosts: Annotated[int | None, IGNORED] = None


class Population(FactModel):
    """What stands behind a source, counted when it was listed."""

    hosts: Annotated[int | None, IGNORED] = None
    connected: Annotated[int | None, IGNORED] = None
    not_connected: Annotated[list[str], AS_SET, STATE] = Field([])
    vms: Annotated[int | None, IGNORED] = Field(None, description="only when the source says `vms: true`")
    switches: Annotated[int | None, IGNORED] = Field(None, description="distributed switches")
