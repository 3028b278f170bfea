"""Facts of an ESXi host that its operation asks for: image, licence, boot device, local datastores."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY


class Image(FactModel):
    """What is installed, as one thing."""

    profile: str | None = Field(None, description="name of the image profile")
    vendor: str | None = None
    packages: Annotated[list[str], AS_SET, DERIVED] = Field([], description="derived from `packages`: name=version")
    digest: Annotated[str | None, DERIVED] = Field(
        None, description="SHA-256 over the sorted name=version lines: equal on hosts with the same packages"
    )


class Licence(FactModel):
    """The licence that is assigned to the host; its key is never kept."""

    edition: str | None = Field(None, description="key of the edition (esx.enterprisePlus.cpuPackage), eval")
    name: str | None = Field(None, description="vSphere 8 Enterprise Plus")
    evaluation: bool | None = Field(None, description="runs on the evaluation licence, which ends after 60 days")


class BootDevice(FactModel):
    """The device that the host started from, as esxcli marks it."""

    name: Annotated[str | None, IDENTITY] = None
    vendor: str | None = None
    model: str | None = None
    kind: str | None = Field(None, description="usb (sticks, and SD cards behind a USB bridge) | local | remote")
    ssd: bool | None = None


class Store(FactModel):
    """A datastore that the host sees, keyed by its name."""

    type: str | None = Field(None, description="VMFS | NFS | NFS41 | vsan | VVOL ...")
    local: bool | None = Field(None, description="one host alone sees it")
    generic_name: Annotated[str | None, DERIVED] = Field(
        None, description="its name, with the short name of the host written as {host}: {host}-local"
    )
