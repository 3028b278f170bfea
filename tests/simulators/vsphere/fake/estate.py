"""What the Python responder serves: managed objects as plain trees, found by their reference."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.simulators.pki import Authority
from tests.simulators.vsphere.fake.host import GOOD_HOST, FakeHost, host, load
from tests.simulators.vsphere.fake.values import build, complete, options, vim, vmodl


@dataclass
class Thing:
    """A managed object other than a host: its type and its properties by their first name."""

    moid: str
    kind: Any
    tree: dict[str, Any]


@dataclass
class Estate:
    """All managed objects. `hosts` by name; `things` by reference value, hosts excepted."""

    content: Any
    good: dict[str, Any]
    hosts: dict[str, FakeHost] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    settings: list[Any] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)  # privileges that the account has nowhere
    port_settings: dict[str, Any] = field(default_factory=dict)  # what single distributed ports set, by their key
    licences: dict[str, Any] = field(default_factory=dict)  # LicenseInfo by entity

    def host(self, reference: str) -> FakeHost:
        """A host by name, by its reference, or by the reference of one of its managers. Raises KeyError."""
        for found in self.hosts.values():
            if reference in (found.name, found.moid) or reference in found.managers:
                return found
        raise KeyError(reference)

    def get(self, moid: str) -> FakeHost | Thing | None:
        """The object with this reference value."""
        if moid in self.things:
            return self.things[moid]
        for found in self.hosts.values():
            if found.moid == moid:
                return found
            if moid in found.managers:
                return Thing(moid, None, found.managers[moid])
        return None

    def of_kinds(self, kinds: list[Any]) -> list[str]:
        """References of all objects of these types, in a fixed order."""
        everything: list[FakeHost | Thing] = [*self.hosts.values(), *self.things.values()]
        return [o.moid for o in everything if o.kind is not None and any(issubclass(o.kind, k) for k in kinds)]

    def add(self, moid: str, kind: Any, **tree: Any) -> Any:
        """Add an object; returns its reference."""
        self.things[moid] = Thing(moid, kind, tree)
        return kind(moid)


def estate(
    *,
    names: str,
    count: int,
    clusters: int,
    vms: int,
    options_total: int,
    standalone: bool,
    cert_days: int,
    authority: Authority,
    good_host: Path = GOOD_HOST,
    api_version: str = "8.0.3.0",
) -> Estate:
    """A vCenter with good hosts, or one good host that answers for itself."""
    good = load(good_host, "vc01.example.test", 0)
    about = build(
        vim.AboutInfo, {**(good["product"] if standalone else good["vcenter"]["about"]), "apiVersion": api_version}
    )
    root = "ha-folder-root" if standalone else "group-d1"
    content = vim.ServiceInstanceContent(
        rootFolder=vim.Folder(root),
        propertyCollector=vmodl.query.PropertyCollector("ha-property-collector" if standalone else "propertyCollector"),
        viewManager=vim.view.ViewManager("ViewManager"),
        about=about,
        sessionManager=vim.SessionManager("SessionManager"),
        authorizationManager=vim.AuthorizationManager("AuthorizationManager"),
        licenseManager=vim.LicenseManager("LicenseManager"),
        extensionManager=None if standalone else vim.ExtensionManager("ExtensionManager"),
        setting=None if standalone else vim.option.OptionManager("VpxSettings"),
    )
    made = Estate(content, good, settings=options(good["vcenter"]["options"]))
    extensions = [_extension(one) for one in good["vcenter"]["extensions"]]
    made.add("AuthorizationManager", vim.AuthorizationManager, roleList=[_administrator_role()])
    made.add("ExtensionManager", vim.ExtensionManager, extensionList=extensions)
    made.add("VpxSettings", vim.option.OptionManager, setting=made.settings)
    network_folder = vim.Folder("group-n5")
    centre = made.add("datacenter-2", vim.Datacenter, name="DC0", parent=vim.Folder(root), networkFolder=network_folder)
    folder = made.add("group-h4", vim.Folder, name="host", parent=centre)
    made.add("group-n5", vim.Folder, name="network", parent=centre)
    made.add(root, vim.Folder, name="Datacenters", childEntity=[centre])
    for number in range(1, count + 1):
        name = names % number
        group = (number - 1) * clusters // count
        kind = vim.ComputeResource if standalone else vim.ClusterComputeResource
        reference = kind("ha-compute-res" if standalone else f"domain-c{group + 1}")
        pair = authority.issue(name, days=cert_days, stem=name)
        found = host(
            number,
            name,
            parent=reference,
            certificate=pair.cert_file.read_bytes(),
            fill=options_total,
            standalone=standalone,
            good_host=good_host,
        )
        found.trusted = [authority.ca_file.read_text()]
        made.hosts[name] = found
        if reference._moId not in made.things:
            made.add(reference._moId, kind, name=f"DC0_C{group}", parent=folder, host=[])
        made.things[reference._moId].tree["host"].append(vim.HostSystem(found.moid))
        licence = good["licence"]
        made.licences[found.moid] = vim.LicenseManager.LicenseInfo(
            licenseKey="AAAAA-BBBBB-CCCCC-DDDDD-EEEEE",
            editionKey=licence["edition"],
            name=licence["name"],
            total=64,
            costUnit="cpuPackage",
        )
        for index in range(vms):
            _virtual_machine(made, found, f"vm-{number:02d}-{index:02d}")
    made.add(
        "LicenseManager",
        vim.LicenseManager,
        licenses=list(made.licences.values()),
        licenseAssignmentManager=None if standalone else vim.LicenseAssignmentManager("LicenseAssignmentManager"),
    )
    if not standalone:
        _switch(made, network_folder)
    return made


def _administrator_role() -> Any:
    role = vim.AuthorizationManager.Role(
        roleId=-1, system=True, name="Admin", privilege=["System.Read", "Cryptographer.Access"]
    )
    return complete(role)


def _extension(row: dict[str, str]) -> Any:
    description = vim.Description(label=row["key"], summary=row["key"])
    return vim.Extension(description=description, lastHeartbeatTime=datetime.now(UTC), **row)


def _virtual_machine(made: Estate, home: FakeHost, name: str) -> None:
    good = made.good["vm"]
    reference = vim.HostSystem(home.moid)
    config = vim.vm.ConfigInfo(
        name=name,
        version=good["version"],
        firmware=good["firmware"],
        template=False,
        migrateEncryption=good["migrateEncryption"],
        ftEncryptionMode=good["ftEncryptionMode"],
        bootOptions=vim.vm.BootOptions(efiSecureBootEnabled=good["secureBoot"]),
        flags=vim.vm.FlagInfo(enableLogging=True),
        extraConfig=options(good["extraConfig"]),
        hardware=vim.vm.VirtualHardware(numCPU=2, memoryMB=4096, device=_devices(len(made.things))),
        uuid=str(uuid.uuid5(uuid.NAMESPACE_DNS, f"bios.{name}")),
        instanceUuid=str(uuid.uuid5(uuid.NAMESPACE_DNS, f"instance.{name}")),
        guestId=good["guestId"],
    )
    guest = vim.vm.GuestInfo(
        toolsRunningStatus=good["tools"]["running"],
        toolsVersionStatus2=good["tools"]["versionStatus"],
        toolsVersion="12389",
    )
    runtime = vim.vm.RuntimeInfo(host=reference, connectionState="connected", powerState="poweredOn")
    summary = vim.vm.Summary(runtime=runtime, config=vim.vm.Summary.ConfigSummary(name=name, template=False))
    tree = {"name": name, "config": complete(config), "runtime": complete(runtime), "summary": complete(summary)}
    tree["guest"] = complete(guest)
    home.tree["vm"].append(made.add(name, vim.VirtualMachine, parent=vim.Folder("group-v3"), **tree))


def _devices(number: int) -> list[Any]:
    """A disk on a paravirtual controller and a paravirtual network adapter."""
    device = vim.vm.device
    plug = device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=False, connected=True)
    disk = device.VirtualDisk(
        key=2000,
        deviceInfo=vim.Description(label="Hard disk 1", summary="40 GB"),
        backing=device.VirtualDisk.FlatVer2BackingInfo(
            fileName="[datastore1] vm/vm.vmdk", diskMode="persistent", thinProvisioned=True
        ),
        controllerKey=1000,
        capacityInKB=41943040,
        capacityInBytes=42949672960,
    )
    return [
        device.ParaVirtualSCSIController(
            key=1000, deviceInfo=vim.Description(label="SCSI controller 0", summary=""), sharedBus="noSharing"
        ),
        disk,
        device.VirtualVmxnet3(
            key=4000,
            deviceInfo=vim.Description(label="Network adapter 1", summary="Servers"),
            backing=device.VirtualEthernetCard.NetworkBackingInfo(deviceName="Servers"),
            connectable=plug,
            macAddress=f"02:60:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}:01",
            addressType="manual",
        ),
    ]


def _switch(made: Estate, folder: Any) -> None:
    good, module = made.good["dvs"], vim.dvs.VmwareDistributedVirtualSwitch
    reference = module("dvs-60")
    health = [module.VlanMtuHealthCheckConfig(enable=False), module.TeamingHealthCheckConfig(enable=False)]
    config = module.ConfigInfo(
        uuid=good["uuid"],
        name=good["name"],
        maxMtu=good["maxMtu"],
        productInfo=vim.dvs.ProductSpec(name="DVS", vendor="VMware, Inc.", version=good["version"]),
        defaultPortConfig=_port_setting(good["policy"], inherited=False),
        uplinkPortPolicy=vim.DistributedVirtualSwitch.NameArrayUplinkPortPolicy(uplinkPortName=good["uplinks"]),
        linkDiscoveryProtocolConfig=vim.host.LinkDiscoveryProtocolConfig(protocol="lldp", operation=good["discovery"]),
        networkResourceManagementEnabled=good["nioc"],
        ipfixConfig=module.IpfixConfig(
            activeFlowTimeout=60, idleFlowTimeout=15, samplingRate=0, internalFlowsOnly=False
        ),
        healthCheckConfig=health,
        uplinkPortgroup=[vim.dvs.DistributedVirtualPortgroup("dvportgroup-61")],
    )
    config.host = [
        vim.dvs.HostMember(
            status="up", config=vim.dvs.HostMember.ConfigInfo(host=vim.HostSystem(h.moid), maxProxySwitchPorts=512)
        )
        for h in made.hosts.values()
    ]
    for member in config.host:
        member.config.backing = vim.dvs.HostMember.PnicBacking(
            pnicSpec=[vim.dvs.HostMember.PnicSpec(pnicDevice=nic) for nic in ("vmnic2", "vmnic3")]
        )
    groups = [(f"{good['name']}-DVUplinks", None)] + [(g["name"], g["vlanId"]) for g in good["portgroups"]]
    references = []
    keys = (str(number) for number in range(1_000_000))
    for index, (name, vlan) in enumerate(groups):
        setting = _port_setting(good["policy"], inherited=True)
        if vlan is None:
            setting.vlan = module.TrunkVlanSpec(inherited=False, vlanId=[vim.NumericRange(start=0, end=4094)])
        else:
            setting.vlan = module.VlanIdSpec(inherited=False, vlanId=vlan)
        policy = module.VMwarePortgroupPolicy(
            blockOverrideAllowed=True, portConfigResetAtDisconnect=True, vlanOverrideAllowed=vlan is None
        )
        moid = f"dvportgroup-{61 + index}"
        info = vim.dvs.DistributedVirtualPortgroup.ConfigInfo(
            key=moid,
            name=name,
            numPorts=1 if vlan is None else 8,
            distributedVirtualSwitch=reference,
            defaultPortConfig=setting,
            type="earlyBinding",
            policy=policy,
            autoExpand=False,
            uplink=vlan is None,
        )
        kind = vim.dvs.DistributedVirtualPortgroup
        tag = [vim.Tag(key="SYSTEM/DVS.UPLINKPG")] if vlan is None else []
        references.append(
            made.add(
                moid,
                kind,
                name=name,
                key=moid,
                parent=folder,
                config=complete(info),
                tag=tag,
                portKeys=[next(keys) for _ in range(info.numPorts)],
            )
        )
    summary = vim.DistributedVirtualSwitch.Summary(name=good["name"], uuid=good["uuid"], productInfo=config.productInfo)
    made.add(
        "dvs-60",
        module,
        name=good["name"],
        uuid=good["uuid"],
        parent=folder,
        config=complete(config),
        summary=complete(summary),
        portgroup=references,
    )


def _port_setting(policy: dict[str, Any], *, inherited: bool) -> Any:
    module = vim.dvs.VmwareDistributedVirtualSwitch

    def flag(value: bool) -> Any:
        return vim.BoolPolicy(inherited=inherited, value=value)

    three = {key: policy[key] for key in ("allowPromiscuous", "macChanges", "forgedTransmits")}
    return module.VmwarePortConfigPolicy(
        blocked=flag(False),
        vlan=module.VlanIdSpec(inherited=inherited, vlanId=0),
        ipfixEnabled=flag(False),
        securityPolicy=module.SecurityPolicy(inherited=inherited, **{k: flag(v) for k, v in three.items()}),
        macManagementPolicy=module.MacManagementPolicy(
            inherited=inherited,
            **three,
            macLearningPolicy=module.MacLearningPolicy(inherited=inherited, enabled=policy["macLearning"]),
        ),
        uplinkTeamingPolicy=module.UplinkPortTeamingPolicy(
            inherited=inherited,
            policy=vim.StringPolicy(inherited=inherited, value=policy["teaming"]),
            reversePolicy=flag(True),
            notifySwitches=flag(True),
            rollingOrder=flag(False),
            uplinkPortOrder=module.UplinkPortOrderPolicy(
                inherited=inherited, activeUplinkPort=policy["active"], standbyUplinkPort=policy["standby"]
            ),
        ),
    )
