"""Facts of a vCenter."""

from typing import Annotated

from pydantic import Field

from auditor.facts.activity import Activity
from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, Compare
from auditor.facts.vsphere import Cluster, Option, Population, Product

# A vCenter keeps its own names and addresses among its settings.
SETTINGS = Compare(
    fold=True,
    own_keys=r"VirtualCenter\.(InstanceName|FQDN|ManagedIP|AutoManagedIPV[46]|Vim(Api|WebServices)Url)$|instance\.id$"
    r"|config\.(registry\.|vpxd\.(hostnameUrl|sso\.))",
)


class Datastore(FactModel):
    """A datastore, keyed by its name."""

    type: str | None = Field(None, description="VMFS | NFS | NFS41 | vsan | VVOL")
    shared: bool | None = None


class Authorization(FactModel):
    """Who may do what."""

    roles: dict[str, Annotated[list[str], AS_SET]] = Field({}, description="privileges by name of the role")
    admins: Annotated[list[str], AS_SET] = Field([], description="principals with the Administrator role anywhere")
    crypto_roles: Annotated[list[str], AS_SET, DERIVED] = Field([], description="roles with a Cryptographer privilege")


class Extension(FactModel):
    """A plug-in or product registered with the vCenter, keyed by its key (`com.vmware.vim.sms`)."""

    version: str | None = None
    company: str | None = None


class Facts(FactModel):
    """Everything that rules and golden profiles may say about a vCenter."""

    name: Annotated[str | None, IDENTITY] = None
    roles: Annotated[list[str], AS_SET, DERIVED] = Field([])
    product: Product = Product()
    os_type: str | None = Field(None, description="linux-x64: the appliance")
    instance_uuid: Annotated[str | None, IDENTITY] = None
    settings: Annotated[dict[str, Option], SETTINGS] = Field({})
    clusters: dict[str, Cluster] = Field({})
    datastores: dict[str, Datastore] = Field({})
    authorization: Authorization = Authorization()
    extensions: dict[str, Extension] = Field({}, description="ExtensionManager.extensionList")
    account_lacks: Annotated[dict[str, str], IGNORED] = Field(
        {}, description="privileges that the account of this audit lacks, each with what stays unread"
    )
    population: Population = Population()
    activity: Annotated[Activity | None, IGNORED] = None
