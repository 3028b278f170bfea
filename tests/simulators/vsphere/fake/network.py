"""Standard switches, port groups and NICs of a fake host, with the policy in force at each port group."""

from typing import Any

from tests.simulators.vsphere.fake.values import build, support, vim


def overlay(base: Any, over: Any) -> Any:
    """`over` laid on `base`: what it leaves unset is taken from `base`; lists replace each other as a whole."""
    if over is None or over == []:
        return base
    if base is None or not isinstance(over, support.DataObject):
        return over
    out = type(over)()
    for info in type(over)._GetPropertyList():
        setattr(out, info.name, overlay(getattr(base, info.name), getattr(over, info.name)))
    return out


def compute(info: Any) -> None:
    """Recompute `computedPolicy` of each port group from its switch and itself."""
    switches = {switch.name: switch for switch in info.vswitch}
    for group in info.portgroup:
        group.key = f"key-vim.host.PortGroup-{group.spec.name}"
        group.vswitch = f"key-vim.host.VirtualSwitch-{group.spec.vswitchName}"
        group.computedPolicy = overlay(switches[group.spec.vswitchName].spec.policy, group.spec.policy)
    for switch in info.vswitch:
        switch.portgroup = [group.key for group in info.portgroup if group.spec.vswitchName == switch.name]


def network(good: dict[str, Any]) -> Any:
    """config.network of the good host."""
    switches = []
    for row in good["vswitch"]:
        bridge = vim.host.VirtualSwitch.BondBridge(nicDevice=row["nics"])
        policy = build(vim.host.NetworkPolicy, row["policy"])
        spec = vim.host.VirtualSwitch.Specification(
            numPorts=row["numPorts"], mtu=row["mtu"], bridge=bridge, policy=policy
        )
        switches.append(
            vim.host.VirtualSwitch(
                name=row["name"],
                key=f"key-vim.host.VirtualSwitch-{row['name']}",
                numPorts=2560,
                numPortsAvailable=2500,
                mtu=row["mtu"],
                pnic=[f"key-vim.host.PhysicalNic-{nic}" for nic in row["nics"]],
                spec=spec,
            )
        )
    groups = [
        vim.host.PortGroup(spec=build(vim.host.PortGroup.Specification, row), computedPolicy=vim.host.NetworkPolicy())
        for row in good["portgroup"]
    ]
    dns = build(vim.host.DnsConfig, good["dns"])
    route = vim.host.IpRouteConfig(defaultGateway=good["gateway"])
    info = vim.host.NetworkInfo(
        vswitch=switches,
        portgroup=groups,
        pnic=[_pnic(row) for row in good["pnic"]],
        vnic=[_vnic(row) for row in good["vnic"]],
        dnsConfig=dns,
        ipRouteConfig=route,
        ipV6Enabled=False,
        netStackInstance=[vim.host.NetStackInstance(key="defaultTcpipStack", dnsConfig=dns, ipRouteConfig=route)],
    )
    compute(info)
    return info


def _pnic(row: dict[str, Any]) -> Any:
    link = vim.host.PhysicalNic.LinkSpeedDuplex(speedMb=row["speedMb"], duplex=True)
    return vim.host.PhysicalNic(
        key=f"key-vim.host.PhysicalNic-{row['device']}",
        device=row["device"],
        pci=row["pci"],
        driver=row["driver"],
        driverVersion=row["driverVersion"],
        firmwareVersion=row["firmware"],
        mac=row["mac"],
        linkSpeed=link,
        spec=vim.host.PhysicalNic.Specification(linkSpeed=link),
        wakeOnLanSupported=False,
    )


def _vnic(row: dict[str, Any], prefix: str = "") -> Any:
    spec = vim.host.VirtualNic.Specification(
        ip=vim.host.IpConfig(ipAddress=row["ip"], subnetMask=row["mask"], dhcp=False),
        mac=row["mac"],
        mtu=row["mtu"],
        portgroup=row["portgroup"],
        netStackInstanceKey=row["stack"],
        tsoEnabled=True,
    )
    key = f"{prefix}key-vim.host.VirtualNic-{row['device']}"
    return vim.host.VirtualNic(device=row["device"], key=key, portgroup=row["portgroup"], spec=spec)


def nic_services(good: dict[str, Any]) -> Any:
    """config.virtualNicManagerInfo: which VMkernel NIC carries which service."""
    configs = []
    for kind, devices in sorted(good["vnic_services"].items()):
        configs.append(
            vim.host.VirtualNicManager.NetConfig(
                nicType=kind,
                multiSelectAllowed=True,
                candidateVnic=[_vnic(row, f"{kind}.") for row in good["vnic"]],
                selectedVnic=[f"{kind}.key-vim.host.VirtualNic-{device}" for device in devices],
            )
        )
    return vim.host.VirtualNicManagerInfo(netConfig=configs)
