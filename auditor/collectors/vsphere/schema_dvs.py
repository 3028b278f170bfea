"""The form of distributed switches and their port groups.

`config` is read whole: its type differs between VMware's switch and another vendor's, and a path into a subtype would
make the server refuse the call.
"""

from collections.abc import Mapping

from auditor.collectors.vsphere.decode import Decode, Record, boolean, integer, reference, text, vlan

_BOOL = Record(inherited=boolean, value=boolean)
_STRING = Record(inherited=boolean, value=text)

PORT_SETTING = Record(
    blocked=_BOOL,
    inShapingPolicy=Record(inherited=boolean, enabled=_BOOL),
    outShapingPolicy=Record(inherited=boolean, enabled=_BOOL),
    filterPolicy=Record(inherited=boolean, filterConfig=[Record(key=text, agentName=text)]),
    vlan=vlan,
    uplinkTeamingPolicy=Record(
        inherited=boolean,
        policy=_STRING,
        notifySwitches=_BOOL,
        rollingOrder=_BOOL,
        failureCriteria=Record(inherited=boolean, checkBeacon=_BOOL),
        uplinkPortOrder=Record(inherited=boolean, activeUplinkPort=[text], standbyUplinkPort=[text]),
    ),
    securityPolicy=Record(inherited=boolean, allowPromiscuous=_BOOL, macChanges=_BOOL, forgedTransmits=_BOOL),
    macManagementPolicy=Record(
        inherited=boolean,
        allowPromiscuous=boolean,
        macChanges=boolean,
        forgedTransmits=boolean,
        macLearningPolicy=Record(inherited=boolean, enabled=boolean),
    ),
    ipfixEnabled=_BOOL,
)
_PRODUCT = Record(name=text, vendor=text, version=text, build=text)

SWITCH: Mapping[str, Decode] = {
    "name": text,
    "uuid": text,
    "summary": Record(hostMember=[reference], productInfo=_PRODUCT),
    "config": Record(
        typed=True,
        uuid=text,
        name=text,
        extensionKey=text,
        productInfo=_PRODUCT,
        defaultPortConfig=PORT_SETTING,
        uplinkPortPolicy=Record(typed=True, uplinkPortName=[text]),
        networkResourceManagementEnabled=boolean,
        maxMtu=integer,
        uplinkPortgroup=[reference],
        lacpApiVersion=text,
        lacpGroupConfig=[Record(name=text, mode=text, uplinkNum=integer)],
        multicastFilteringMode=text,
        linkDiscoveryProtocolConfig=Record(protocol=text, operation=text),
        ipfixConfig=Record(collectorIpAddress=text, collectorPort=integer, internalFlowsOnly=boolean),
        vspanSession=[Record(name=text, enabled=boolean)],
        pvlanConfig=[Record(primaryVlanId=integer, secondaryVlanId=integer, pvlanType=text)],
        healthCheckConfig=[Record(typed=True, enable=boolean)],
        contact=Record(name=text),
    ),
}
PORT_GROUP: Mapping[str, Decode] = {
    "name": text,
    "key": text,
    "config": Record(
        key=text,
        name=text,
        type=text,
        numPorts=integer,
        autoExpand=boolean,
        uplink=boolean,
        distributedVirtualSwitch=reference,
        defaultPortConfig=PORT_SETTING,
        policy=Record(
            blockOverrideAllowed=boolean,
            shapingOverrideAllowed=boolean,
            vendorConfigOverrideAllowed=boolean,
            livePortMovingAllowed=boolean,
            portConfigResetAtDisconnect=boolean,
            networkResourcePoolOverrideAllowed=boolean,
            trafficFilterOverrideAllowed=boolean,
            vlanOverrideAllowed=boolean,
            uplinkTeamingOverrideAllowed=boolean,
            securityPolicyOverrideAllowed=boolean,
            macManagementOverrideAllowed=boolean,
            ipfixOverrideAllowed=boolean,
        ),
    ),
}
