"""A captured machine as facts: devices by class, states that say nothing, names that prove nothing."""

from typing import Any

import pytest

from auditor.collectors.vsphere.redact_vm import redact_extra_config
from auditor.collectors.vsphere.vm_devices import AUDITED
from auditor.collectors.vsphere.vm_roles import LARGEST_AGENT, system_sign
from auditor.domain import Snapshot
from auditor.facts import FoldedDict, facts_model
from auditor.facts.base import folded_fields
from tests.collectors.vsphere.bodies import body, reading

AGENT = "vCLS-12345678-90ab-cdef-1234-567890abcdef"


def with_devices(*devices: dict[str, Any]) -> Snapshot:
    """The synthetic machine with these devices and no others."""
    data = body("vm")
    data["props"]["config.hardware.device"] = list(devices)
    return reading("vm", data)


def device(kind: str, key: int = 1, label: str = "", **more: Any) -> dict[str, Any]:
    return {"_type": kind, "key": key, "deviceInfo": {"label": label or f"{kind} {key}"}, **more}


def test_a_whole_capture_has_no_gap() -> None:
    """The synthetic machine, as `fetch` made it, is read to the end."""
    snapshot = reading("vm", body("vm"))
    assert dict(snapshot.gaps) == {}
    assert (snapshot.version, snapshot.group) == ("8.0.3", "DC0_C0")
    assert snapshot.facts["hardware_version"] == 21


def test_extra_keys_are_found_in_any_letter_case() -> None:
    """VMX keys ignore letter case, in facts and in rules."""
    assert folded_fields(facts_model("vm")) == ("extra_config",)
    found = reading("vm", body("vm")).facts["extra_config"]
    assert isinstance(found, FoldedDict)
    assert found.find("ISOLATION.TOOLS.COPY.DISABLE") == "TRUE"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("VirtualFloppy", "floppy"),
        ("VirtualCdrom", "cdrom"),
        ("VirtualParallelPort", "parallel"),
        ("VirtualSerialPort", "serial"),
        ("VirtualUSB", "usb"),
        ("VirtualUSBController", "usb"),
        ("VirtualUSBXHCIController", "usb"),
        ("VirtualHdAudioCard", "sound"),
        ("VirtualEnsoniq1371", "sound"),
        ("VirtualSoundBlaster16", "sound"),
        ("VirtualAHCIController", "ahci"),
        ("VirtualPCIPassthrough", "passthrough"),
    ],
)
def test_devices_go_by_class_whatever_their_label(kind: str, expected: str) -> None:
    """A floppy drive that somebody called a keyboard, or that a German client named, is still one."""
    facts = with_devices(device(kind, label="Tastatur"), device("VirtualKeyboard", 2, "Keyboard")).facts
    assert facts["devices_by_kind"][expected] == ["Tastatur"]
    assert sum(map(len, facts["devices_by_kind"].values())) == 1
    assert set(facts["devices_by_kind"]) == set(AUDITED)


def test_a_share_of_a_graphics_card_is_told_from_a_card() -> None:
    """A vGPU comes as a pass-through device with a mediated backing."""
    backing = {"_type": "VirtualPCIPassthroughVmiopBackingInfo"}
    facts = with_devices(device("VirtualPCIPassthrough", label="GPU", backing=backing)).facts
    assert (facts["devices_by_kind"]["vgpu"], facts["devices_by_kind"]["passthrough"]) == (["GPU"], [])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("VirtualVmxnet3", "vmxnet3"),
        ("VirtualVmxnet3Vrdma", "vmxnet3-rdma"),
        ("VirtualE1000", "e1000"),
        ("VirtualE1000e", "e1000e"),
        ("VirtualPCNet32", "pcnet32"),
        ("VirtualSriovEthernetCard", "sriov"),
        ("VirtualNewCard", "newcard"),
    ],
)
def test_adapters_of_every_type_are_adapters(kind: str, expected: str) -> None:
    """What has a MAC address is a network adapter, also of a class that nobody knows yet."""
    facts = with_devices(device(kind, label="N", macAddress="00:50:56:AA:BB:CC")).facts
    assert (facts["nics"]["N"]["type"], facts["nics"]["N"]["mac"]) == (expected, "00:50:56:aa:bb:cc")
    assert facts["devices"] == {}


def test_labels_that_stand_twice_hide_no_device() -> None:
    """Two devices of one label are two."""
    twins = (device("VirtualFloppy", 1, "X"), device("VirtualFloppy", 2, "X"), device("VirtualFloppy", 2, "X"))
    assert len(with_devices(*twins).facts["devices_by_kind"]["floppy"]) == 3


def test_a_machine_without_devices_was_not_read() -> None:
    """The device list is never empty: nothing there is a gap, and no clean bill."""
    gaps = with_devices().gaps
    assert {"nics", "disks", "devices", "devices_by_kind", "connected_cdroms"} <= set(gaps)


@pytest.mark.parametrize(
    ("plug", "counts"),
    [
        ({"connected": False, "startConnected": False}, False),
        ({"connected": True, "startConnected": False}, True),
        ({"connected": False, "startConnected": True}, True),
        ({}, True),
    ],
)
def test_a_drive_counts_as_connected_unless_it_says_no_twice(plug: dict[str, bool], counts: bool) -> None:
    """Connected now, connected at power-on, or not saying: all count."""
    facts = with_devices(device("VirtualCdrom", label="CD", connectable=plug)).facts
    assert facts["connected_cdroms"] == (["CD"] if counts else [])


@pytest.mark.parametrize(
    ("backing", "expected"),
    [
        ({"serviceURI": "telnets"}, "telnets"),
        ({"serviceURI": "", "proxyURI": "telnet"}, "telnet"),
        ({"serviceURI": "telnets", "proxyURI": "telnet"}, "telnet"),
        ({"fileName": "[d] x.log"}, None),
    ],
)
def test_the_proxy_of_a_serial_port_decides(backing: dict[str, str], expected: str | None) -> None:
    """Behind a proxy the bytes go to the proxy; a port behind a file has no scheme."""
    facts = with_devices(device("VirtualSerialPort", label="S", backing=backing)).facts
    assert facts["devices"]["S"].get("uri_scheme") == expected


def test_disks_say_what_they_are() -> None:
    """Mode, backing, datastore and controller of a flat disk and of a raw device."""
    flat = {"_type": "VirtualDiskFlatVer2BackingInfo", "diskMode": "persistent", "fileName": "[gold] a/a.vmdk"}
    raw = {"_type": "VirtualDiskRawDiskMappingVer1BackingInfo", "compatibilityMode": "physicalMode", "keyId": True}
    disks = with_devices(
        device("VirtualLsiLogicSASController", 1000),
        device("VirtualDisk", 2000, "A", backing=flat, controllerKey=1000, capacityInKB=4),
        device("VirtualDisk", 2001, "B", backing=raw, capacityInBytes=10),
    ).facts["disks"]
    assert (disks["A"]["datastore"], disks["A"]["backing"], disks["A"]["capacity"]) == ("gold", "flat", 4096)
    assert disks["A"]["controller"] == "VirtualLsiLogicSASController"
    assert (disks["B"]["backing"], disks["B"]["encrypted"], disks["B"].get("mode")) == ("rdm-physical", True, None)


def test_filters_and_passthrough_entries_are_found_among_all_keys() -> None:
    """A look-up of `ethernet*.filter*.name` finds nothing: every key is compared, in any letter case."""
    data = body("vm")
    data["props"]["config.extraConfig"] |= {
        "Ethernet12.Filter3.Name": "one",
        "ethernet0.filter1.param0": "no",
        "ethernet0.filter2.name": " ",
        "pciPassthru0.present": "TRUE",
        "pciPassthru1.present": "FALSE",
    }
    facts = reading("vm", data).facts
    assert facts["dvfilters"] == ["one"]
    assert facts["passthrough_entries"] == ["pciPassthru0.present"]


@pytest.mark.parametrize("text", ["", "vmx", "vmx-x", "17", "vmx-99999"])
def test_a_hardware_version_of_another_form_is_a_gap(text: str) -> None:
    """Nothing is guessed from a text that is not vmx-NN."""
    data = body("vm")
    data["props"]["config.version"] = text
    assert "hardware_version" in reading("vm", data).gaps


@pytest.mark.parametrize("power", ["poweredOff", "suspended"])
def test_tools_of_a_machine_that_does_not_run_are_a_gap(power: str) -> None:
    """What the guest said when it last ran is not judged."""
    data = body("vm")
    data["props"]["runtime.powerState"] = power
    snapshot = reading("vm", data)
    assert power in snapshot.gaps["tools"]
    assert snapshot.facts["tools"] == {}


def test_a_machine_of_an_unseen_host_has_no_version() -> None:
    """What an unset key means hangs on the release of the host: not known is not the newest."""
    data = body("vm")
    data["host"] = None
    assert reading("vm", data).version == ""


@pytest.mark.parametrize(
    ("name", "memory", "extension", "kind", "is_system"),
    [
        (AGENT, 128, "", "", True),
        (AGENT, LARGEST_AGENT + 1, "", "", False),
        ("vCLS (3)", 128, "", "", True),
        ("vCLS-backup", 128, "", "", False),
        (f"x{AGENT}", 128, "", "", False),
        ("web01", 4096, "com.vmware.vim.eam", "cluster-agent", True),
        ("web01", 4096, "com.vmware.vim.eam.mine", "cluster-agent", False),
        ("web01", 4096, "com.vmware.vcDr", "placeholderVm", True),
        ("web01", 4096, "com.vmware.vcDr", "testVm", False),
        ("web01", 4096, "com.vmware.vcloud", "tenant", False),
    ],
)
def test_only_machines_of_the_platform_are_left_out(
    name: str, memory: int, extension: str, kind: str, is_system: bool
) -> None:
    """A product's mark, or a name that anyone may give, is not enough to get out of the audit."""
    assert bool(system_sign(name, memory, extension, kind)) is is_system


def test_secrets_of_extra_configuration_are_fingerprints() -> None:
    """Values that hold secrets by their key, or a password in an address, are gone; settings stay."""
    secret = "Tr0ub4dor_and_3"
    keys = ("machine.id", "RemoteDisplay.vnc.key", "remotedisplay.VNC.password", "encryption.keySafe", "dataFileKey",
            "x.UserData", "cloud-init", "a.adminPassword", "svc.Credentials")  # fmt: skip
    kept = {"isolation.tools.copy.disable": "TRUE", "machine.id.note": "x", "empty.password": ""}
    clean = redact_extra_config({**dict.fromkeys(keys, secret), **kept, "p": f"http://u:{secret}@proxy.example.org"})
    assert secret not in str(clean)
    assert {key: clean[key] for key in kept} == kept
