"""Which properties are read of which object, and the form of each: the narrow path set of the bulk reads."""

from collections.abc import Mapping

from auditor.collectors.vsphere.decode import (
    Array,
    Decode,
    Record,
    boolean,
    integer,
    octets,
    options,
    reference,
    text,
    typed_reference,
)

_POLICY = Record(
    security=Record(allowPromiscuous=boolean, macChanges=boolean, forgedTransmits=boolean),
    nicTeaming=Record(
        policy=text,
        notifySwitches=boolean,
        rollingOrder=boolean,
        failureCriteria=Record(checkBeacon=boolean),
        nicOrder=Record(activeNic=[text], standbyNic=[text]),
    ),
    shapingPolicy=Record(enabled=boolean),
)
PRODUCT = Record(
    name=text, fullName=text, vendor=text, version=text, build=text, apiVersion=text, licenseProductName=text
)

HOST_LIST: Mapping[str, Decode] = {"name": text, "parent": typed_reference, "runtime.connectionState": text}

_NETWORK: Mapping[str, Decode] = {
    "config.network.vswitch": Array(
        Record(
            name=text,
            numPorts=integer,
            mtu=integer,
            pnic=[text],
            spec=Record(
                policy=_POLICY,
                bridge=Record(
                    typed=True,
                    nicDevice=[text],
                    linkDiscoveryProtocolConfig=Record(protocol=text, operation=text),
                ),
            ),
        )
    ),
    "config.network.portgroup": Array(
        Record(
            computedPolicy=_POLICY,
            spec=Record(name=text, vlanId=integer, vswitchName=text, policy=_POLICY),
        )
    ),
    "config.network.vnic": Array(
        Record(
            device=text,
            portgroup=text,
            spec=Record(
                ip=Record(
                    dhcp=boolean,
                    ipAddress=text,
                    subnetMask=text,
                    ipV6Config=Record(ipV6Address=[Record(ipAddress=text, prefixLength=integer)]),
                ),
                mac=text,
                mtu=integer,
                netStackInstanceKey=text,
                distributedVirtualPort=Record(switchUuid=text, portgroupKey=text),
            ),
        )
    ),
    "config.network.pnic": Array(
        Record(
            key=text,
            device=text,
            pci=text,
            driver=text,
            driverVersion=text,
            firmwareVersion=text,
            mac=text,
            linkSpeed=Record(speedMb=integer, duplex=boolean),
            spec=Record(linkSpeed=Record(speedMb=integer, duplex=boolean)),
        )
    ),
    "config.network.nsxTransportNodeId": text,
    "config.network.opaqueSwitch": Array(Record(key=text)),
    "config.network.dnsConfig": Record(
        dhcp=boolean, hostName=text, domainName=text, address=[text], searchDomain=[text]
    ),
    "config.virtualNicManagerInfo": Record(
        netConfig=[Record(nicType=text, candidateVnic=[Record(device=text, key=text)], selectedVnic=[text])]
    ),
    "config.firewall": Record(
        defaultPolicy=Record(incomingBlocked=boolean, outgoingBlocked=boolean),
        ruleset=[
            Record(
                key=text,
                label=text,
                required=boolean,
                enabled=boolean,
                service=text,
                userControllable=boolean,
                ipListUserConfigurable=boolean,
                rule=[Record(port=integer, endPort=integer, direction=text, protocol=text)],
                allowedHosts=Record(
                    ipAddress=[text], ipNetwork=[Record(network=text, prefixLength=integer)], allIp=boolean
                ),
            )
        ],
    ),
}

_CHAP = Record(
    chapAuthenticationType=text, chapInherited=boolean, mutualChapAuthenticationType=text, mutualChapInherited=boolean
)
_STORAGE: Mapping[str, Decode] = {
    "config.storageDevice.hostBusAdapter": Array(
        Record(
            typed=True,
            device=text,
            model=text,
            driver=text,
            iScsiName=text,
            isSoftwareBased=boolean,
            authenticationProperties=_CHAP,
            configuredSendTarget=[Record(address=text, port=integer, authenticationProperties=_CHAP)],
            configuredStaticTarget=[Record(address=text, port=integer, iScsiName=text, authenticationProperties=_CHAP)],
        )
    ),
    "config.storageDevice.scsiLun": Array(
        Record(
            key=text,
            canonicalName=text,
            lunType=text,
            localDisk=boolean,
            vendor=text,
            model=text,
            queueDepth=integer,
            vStorageSupport=text,
        )
    ),
    "config.storageDevice.multipathInfo": Record(
        lun=[
            Record(
                id=text,
                lun=text,
                policy=Record(policy=text),
                storageArrayTypePolicy=Record(policy=text),
                path=[Record(name=text, state=text, pathState=text)],
            )
        ]
    ),
    "datastore": Array(reference),
}

HOST: Mapping[str, Decode] = {
    "name": text,
    "parent": typed_reference,
    "runtime.connectionState": text,
    "runtime.powerState": text,
    "runtime.inMaintenanceMode": boolean,
    "runtime.inQuarantineMode": boolean,
    "runtime.bootTime": text,
    "runtime.stateEncryption": Record(protectionMode=text, requireSecureBoot=boolean, requireExecInstalledOnly=boolean),
    "summary.managementServerIp": text,
    "summary.rebootRequired": boolean,
    "summary.tpmAttestation": Record(status=text),
    "summary.hardware": Record(
        vendor=text,
        model=text,
        uuid=text,
        cpuModel=text,
        memorySize=integer,
        numCpuPkgs=integer,
        numCpuCores=integer,
        numCpuThreads=integer,
    ),
    "hardware.systemInfo": Record(
        vendor=text,
        model=text,
        uuid=text,
        serialNumber=text,
        otherIdentifyingInfo=[Record(identifierValue=text, identifierType=Record(key=text))],
    ),
    "hardware.biosInfo": Record(biosVersion=text, releaseDate=text),
    "capability.uefiSecureBoot": boolean,
    "capability.tpmSupported": boolean,
    "capability.tpmVersion": text,
    "config.product": PRODUCT,
    "config.option": options,
    "config.service": Record(
        service=[Record(key=text, label=text, required=boolean, running=boolean, policy=text, ruleset=[text])]
    ),
    "config.lockdownMode": text,
    "config.adminDisabled": boolean,
    "config.dateTimeInfo": Record(
        timeZone=Record(key=text, name=text),
        systemClockProtocol=text,
        enabled=boolean,
        ntpConfig=Record(server=[text]),
    ),
    "config.authenticationManagerInfo": Record(
        authConfig=[
            Record(
                typed=True,
                enabled=boolean,
                joinedDomain=text,
                domainMembershipStatus=text,
                smartCardAuthenticationEnabled=boolean,
            )
        ]
    ),
    "config.certificate": octets,
    "config.hyperThread": Record(available=boolean, active=boolean, config=boolean),
    "config.powerSystemInfo": Record(currentPolicy=Record(key=integer, name=text, shortName=text)),
    "config.deploymentInfo": Record(bootedFromStatelessCache=boolean),
    "config.vsanHostConfig": Record(enabled=boolean),
    "config.activeDiagnosticPartition": Record(
        storageType=text, diagnosticType=text, id=Record(diskName=text, partition=integer)
    ),
    "configManager": Record(
        advancedOption=reference,
        certificateManager=reference,
        dateTimeSystem=reference,
        hostAccessManager=reference,
        imageConfigManager=reference,
        snmpSystem=reference,
    ),
    **_NETWORK,
    **_STORAGE,
}

CLUSTER: Mapping[str, Decode] = {
    "name": text,
    "configurationEx": Record(
        dasConfig=Record(enabled=boolean, admissionControlEnabled=boolean, hostMonitoring=text),
        drsConfig=Record(enabled=boolean, defaultVmBehavior=text),
        vsanConfigInfo=Record(enabled=boolean),
    ),
    "summary": Record(currentEVCModeKey=text, numHosts=integer),
}
DATASTORE: Mapping[str, Decode] = {"name": text, "summary.type": text, "summary.multipleHostAccess": boolean}
SETTINGS: Mapping[str, Decode] = {"setting": options}
SNMP: Mapping[str, Decode] = {
    "configuration": Record(
        enabled=boolean,
        port=integer,
        readOnlyCommunities=[text],
        trapTargets=[Record(hostName=text, port=integer, community=text)],
    )
}
