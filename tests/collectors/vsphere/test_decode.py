"""Our reader of bulk answers against pyVmomi, an independent reading of the same bytes."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from pyVmomi import SoapAdapter, VmomiSupport, vim, vmodl

from auditor.collectors.vsphere import decode
from auditor.collectors.vsphere.decode import Array, Decode, Record, content
from auditor.collectors.vsphere.schema import CLUSTER, DATASTORE, HOST, SETTINGS, SNMP
from auditor.collectors.vsphere.schema_dvs import PORT_GROUP, SWITCH
from auditor.collectors.vsphere.soap import parse

VERSION = "vim.version.v8_0_3_0"
ADAPTER: Any = SoapAdapter
SUPPORT: Any = VmomiSupport
TYPES: Any = vim
MODEL: Any = vmodl
COLLECTOR: Any = MODEL.query.PropertyCollector
SCHEMAS: list[tuple[Any, Mapping[str, Decode]]] = [
    (TYPES.HostSystem, HOST),
    (TYPES.ClusterComputeResource, CLUSTER),
    (TYPES.Datastore, DATASTORE),
    (TYPES.option.OptionManager, SETTINGS),
    (TYPES.host.SnmpSystem, SNMP),
    (TYPES.dvs.VmwareDistributedVirtualSwitch, SWITCH),
    (TYPES.dvs.DistributedVirtualPortgroup, PORT_GROUP),
]
# Where the API declares a base type, the type that bears the fields we read.
_VMWARE: Any = TYPES.dvs.VmwareDistributedVirtualSwitch
BEARERS = {
    "configurationEx": TYPES.cluster.ConfigInfoEx,
    "vim.DistributedVirtualSwitch.ConfigInfo": TYPES.dvs.VmwareDistributedVirtualSwitch.ConfigInfo,
    "vim.dvs.DistributedVirtualPort.Setting": TYPES.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy,
    "vim.DistributedVirtualSwitch.UplinkPortPolicy": TYPES.DistributedVirtualSwitch.NameArrayUplinkPortPolicy,
    "vim.host.VirtualSwitch.Bridge": TYPES.host.VirtualSwitch.BondBridge,
    "vim.host.AuthenticationStoreInfo": TYPES.host.ActiveDirectoryInfo,
    "vim.host.ScsiLun": TYPES.host.ScsiDisk,
    "vim.host.HostBusAdapter": TYPES.host.InternetScsiHba,
    "vim.host.MultipathInfo.LogicalUnitPolicy": TYPES.host.MultipathInfo.LogicalUnitPolicy,
    "vim.dvs.DistributedVirtualPortgroup.PortgroupPolicy": _VMWARE.VMwarePortgroupPolicy,
    "vim.ComputeResource.Summary": TYPES.ClusterComputeResource.Summary,
}


def declared(kind: Any, path: str) -> Any:
    """The declared type of a property path."""
    for name in path.split("."):
        kind = kind._GetPropertyInfo(name).type
        kind = BEARERS.get(kind.__name__, kind)
    return BEARERS.get(path, kind)


def fields(kind: Any, schema: Decode, at: str) -> Iterator[tuple[str, Any, Any, bool]]:
    """(where, declared type, our decoder, whether we say list) for each field below a schema."""
    if isinstance(schema, Array):
        yield at, kind, schema, True
        yield from fields(kind.Item, schema.kind, f"{at}[]")
    elif isinstance(schema, Record):
        kind = BEARERS.get(kind.__name__, kind)
        for name, inner in schema.fields.items():
            found = kind._GetPropertyInfo(name).type
            is_list = isinstance(inner, list)
            one = inner[0] if isinstance(inner, list) else inner
            yield f"{at}.{name}", found, one, is_list
            item = found.Item if issubclass(found, SUPPORT.Array) else found
            yield from fields(item, one, f"{at}.{name}")


def all_fields() -> list[Any]:
    """Every field of every schema, with where it stands."""
    found = []
    for kind, schema in SCHEMAS:
        for path, how in schema.items():
            found += [
                pytest.param(*field[1:], id=f"{kind.__name__}:{field[0]}")
                for field in fields(declared(kind, path), how, path)
            ]
    return found


SCALARS = {"int": decode.integer, "long": decode.integer, "short": decode.integer, "bool": decode.boolean}


@pytest.mark.parametrize(("kind", "how", "is_list"), all_fields())
def test_schemas_agree_with_the_types_of_the_api(kind: Any, how: Decode, is_list: bool) -> None:
    """Each field we read exists in the API; a list there is a list here; numbers and booleans are read as such."""
    assert issubclass(kind, SUPPORT.Array) == is_list
    item = kind.Item if is_list and kind.__name__ != "vim.option.OptionValue[]" else kind
    if item.__name__ in SCALARS and how not in (decode.octets,) and not isinstance(how, Array):
        assert how is SCALARS[item.__name__]
    elif how in (decode.integer, decode.boolean):
        pytest.fail(f"{item.__name__} is no number")


def envelope(kind: str, moid: str, props: Mapping[str, Any]) -> bytes:
    """A RetrievePropertiesEx answer by pyVmomi's serialiser."""
    objects = COLLECTOR.ObjectContent(
        obj=getattr(TYPES, kind)(moid),
        propSet=[MODEL.DynamicProperty(name=name, val=value) for name, value in props.items()],
    )
    result = COLLECTOR.RetrieveResult(objects=[objects])
    info = SUPPORT.Object(name="returnval", type=type(result), version=VERSION, flags=0)
    inner = ADAPTER.Serialize(result, info, VERSION).decode()
    return (
        f"{ADAPTER.XML_HEADER}{ADAPTER.SOAP_ENVELOPE_START}{ADAPTER.SOAP_BODY_START}"
        f'<RetrievePropertiesExResponse xmlns="urn:vim25">{inner}</RetrievePropertiesExResponse>'
        f"{ADAPTER.SOAP_BODY_END}{ADAPTER.SOAP_ENVELOPE_END}"
    ).encode()


def by_pyvmomi(body: bytes) -> Any:
    """The one object of an answer, read by pyVmomi."""
    stub = ADAPTER.SoapStubAdapterBase(version=VERSION)
    kind = COLLECTOR.RetrieveResult
    return ADAPTER.SoapResponseDeserializer(stub).Deserialize(io.BytesIO(body), kind).objects[0]


def by_us(body: bytes, schema: Mapping[str, Decode]) -> dict[str, Any]:
    """The one object of an answer, read by us."""
    (element,) = parse(body).iter("{urn:vim25}objects")
    return content(element, schema)


def plain(value: Any, how: Decode) -> Any:
    """What pyVmomi read, cut down to what our schema names."""
    if how is decode.options:
        return {option.key: plain(option.value, decode.scalar) for option in value}
    if isinstance(how, Array):
        return [plain(item, how.kind) for item in value]
    if isinstance(how, Record):
        out: dict[str, Any] = {"_type": SUPPORT.GetWsdlName(type(value))} if how.typed else {}
        for name, inner in how.fields.items():
            found = getattr(value, name, None)
            if isinstance(inner, list):
                out[name] = [plain(item, inner[0]) for item in found or []]
            elif found is not None:
                out[name] = plain(found, inner)
        return out
    if isinstance(value, bool):
        return value
    return int(value) if isinstance(value, int) else str(value)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)
LONG = st.integers(-(2**63), 2**63 - 1).map(SUPPORT.long)
OPTION = st.builds(
    lambda key, value: TYPES.option.OptionValue(key=key, value=value),
    TEXT.filter(bool),
    st.one_of(TEXT, st.booleans(), LONG, st.integers(-(2**31), 2**31 - 1)),
)
SERVICE = st.builds(
    lambda key, running, rules: TYPES.host.Service(
        key=key, label=key, required=False, uninstallable=False, running=running, ruleset=rules, policy="off"
    ),
    TEXT,
    st.booleans(),
    st.lists(TEXT.filter(bool), max_size=2),
)
SECURITY = st.builds(
    lambda a, b, c: TYPES.host.NetworkPolicy(
        security=TYPES.host.NetworkPolicy.SecurityPolicy(allowPromiscuous=a, macChanges=b, forgedTransmits=c),
        nicTeaming=TYPES.host.NetworkPolicy.NicTeamingPolicy(
            policy="loadbalance_srcid",
            nicOrder=TYPES.host.NetworkPolicy.NicOrderPolicy(activeNic=["vmnic0"], standbyNic=[]),
        ),
    ),
    *[st.none() | st.booleans()] * 3,
)
GROUP = st.builds(
    lambda name, vlan, policy: TYPES.host.PortGroup(
        key=name,
        port=[],
        vswitch="v",
        computedPolicy=policy,
        spec=TYPES.host.PortGroup.Specification(name=name, vlanId=vlan, vswitchName="vSwitch0", policy=policy),
    ),
    TEXT,
    st.integers(0, 4095),
    SECURITY,
)


def typed(kind: str, items: list[Any]) -> Any:
    return SUPPORT.GetVmodlType(kind + "[]")(items)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(OPTION, max_size=4, unique_by=lambda option: option.key),
    st.lists(SERVICE, max_size=3),
    st.lists(GROUP, max_size=3),
    st.lists(TEXT.filter(bool), max_size=3),
    st.sampled_from(["lockdownDisabled", "lockdownNormal"]),
)
def test_our_reading_is_that_of_pyvmomi(
    options: list[Any], services: list[Any], groups: list[Any], servers: list[str], lockdown: str
) -> None:
    """On the same bytes both give the same, with lists of one, empty lists, null policies and typed option values."""
    props = {
        "name": "esx",
        "config.option": typed("vim.option.OptionValue", options),
        "config.service": TYPES.host.ServiceInfo(service=services),
        "config.network.portgroup": typed("vim.host.PortGroup", groups),
        "config.network.dnsConfig": TYPES.host.DnsConfig(dhcp=False, hostName="h", domainName="d", address=servers),
        "config.lockdownMode": lockdown,
        "config.certificate": SUPPORT.GetVmodlType("byte[]")([45, 45, 66]),
    }
    body = envelope("HostSystem", "host-1", props)
    ours = by_us(body, HOST)["props"]
    assert ours.pop("config.certificate") == "--B"
    reference = {p.name: plain(p.val, HOST[p.name]) for p in by_pyvmomi(body).propSet if p.name != "config.certificate"}
    assert ours == reference


def test_a_list_of_one_stays_a_list() -> None:
    """One service, one NTP server: lists of one element; none: empty lists."""
    info = TYPES.host.DateTimeInfo(
        timeZone=TYPES.host.DateTimeSystem.TimeZone(key="UTC", name="UTC", description="UTC", gmtOffset=0),
        ntpConfig=TYPES.host.NtpConfig(server=["10.0.0.1"]),
    )
    props = by_us(
        envelope("HostSystem", "host-1", {"config.dateTimeInfo": info, "config.service": TYPES.host.ServiceInfo()}),
        HOST,
    )["props"]
    assert props["config.dateTimeInfo"]["ntpConfig"]["server"] == ["10.0.0.1"]
    assert props["config.service"] == {"service": []}


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)
def test_entities_are_not_expanded(body: bytes) -> None:
    """A document type with entities brings in nothing, neither its own text nor a file."""
    assert "root:" not in etree.tostring(parse(body)).decode().partition("]>")[2]
    assert (parse(body).text or "") == ""


def test_a_number_beyond_64_bits_is_no_number() -> None:
    """A hostile option value is lost under its key, not taken over and not fatal."""
    option = TYPES.option.OptionValue(key="A", value=SUPPORT.long(5))
    body = envelope("HostSystem", "host-1", {"config.option": typed("vim.option.OptionValue", [option])})
    found = by_us(body.replace(b">5<", b">" + b"9" * 40 + b"<"), HOST)
    assert found["props"]["config.option"] == {"A": None}


def test_a_value_of_the_wrong_form_is_an_error_of_its_path_alone() -> None:
    """Text where a boolean belongs spoils that property, not the object."""
    body = envelope("HostSystem", "host-1", {"name": "esx", "runtime.inMaintenanceMode": True}).replace(
        b">true<", b">maybe<"
    )
    found = by_us(body, HOST)
    assert found["props"] == {"name": "esx"}
    assert "could not be decoded" in found["errors"]["runtime.inMaintenanceMode"]
