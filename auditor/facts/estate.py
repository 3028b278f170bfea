"""Facts across targets (`estate`): what a target looks like beside the others of its run. `relate` derives them."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, IDENTITY, IGNORED


class Shared(FactModel):
    """Who else has the same MAC address; keyed by the address."""

    others: Annotated[list[str], AS_SET] = Field([], description="`target adapter`; empty: nobody else of this run")


class Agreement(FactModel):
    """One setting compared within a cluster; keyed by the setting's name."""

    value: str | None = Field(None, description="of this host, as text; absent: it has none")
    common: str | None = Field(None, description="what most hosts of the cluster have; absent: they have none")
    agrees: bool | None = Field(None, description="false too where no value is the most common one")
    hosts: Annotated[int | None, IGNORED] = Field(None, description="hosts compared")


class HostEstate(FactModel):
    """An ESXi host beside the others of its cluster and its vCenter."""

    agreements: dict[str, Agreement] = Field({}, description="settings that hosts of one cluster should share")
    macs: dict[str, Shared] = Field({}, description="of its VMkernel adapters")


class MachineEstate(FactModel):
    """A virtual machine beside all others of the run."""

    macs: dict[str, Shared] = Field({}, description="of its network adapters")


class KvmEstate(FactModel):
    """The machines of a KVM host beside all others of the run."""

    macs: dict[str, Shared] = Field({}, description="of the network adapters in its domains")


class SwitchEstate(FactModel):
    """A distributed switch of a Nexus 1000v beside its supervisor."""

    supervisor: str | None = Field(None, description="target that manages it")


class SeenModule(FactModel):
    """A virtual Ethernet module as vCenter knows its host; keyed by its slot."""

    host: str | None = Field(None, description="target that vCenter lists with the module's host uuid")
    known: bool | None = Field(None, description="vCenter lists that host")
    member: bool | None = Field(None, description="vCenter lists that host as a member of the switch")


class SupervisorEstate(FactModel):
    """A Nexus 1000v supervisor beside the vCenter that its switch stands in, and beside other supervisors."""

    switch: str | None = Field(None, description="the target that is its distributed switch")
    modules: dict[str, SeenModule] = Field({})
    hosts_without_module: Annotated[list[str] | None, AS_SET] = Field(
        None, description="members of the switch in vCenter that have no module"
    )
    same_domain: Annotated[list[str], AS_SET] = Field([], description="other supervisors with its domain id")


class NameCheck(FactModel):
    """What name servers say of a target, beside its own addresses. Only where its source says `resolve_names`."""

    name: Annotated[str | None, IDENTITY] = Field(None, description="that was looked up; absent: no name leads to it")
    qualified: bool | None = Field(None, description="the name has a domain")
    addresses: Annotated[list[str], IDENTITY] = Field([], description="of the name")
    forward_agrees: bool | None = Field(None, description="one of them is an address of the target")
    reverse: Annotated[dict[str, list[str]], IDENTITY] = Field({}, description="names of those addresses")
    reverse_agrees: bool | None = Field(None, description="every such address leads back to the name")
