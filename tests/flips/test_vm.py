"""Settings of a live, simulated machine are changed: exactly the findings that hang on them flip, and flip back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from auditor.domain import Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.vsphere.peers import collect, failures, snapshots, source_of
from tests.rules.shipped import shipped_parts
from tests.simulators.vsphere import changes, changes_vm
from tests.simulators.vsphere.changes import vim
from tests.simulators.vsphere.launch import GOOD_HOST, vcsim
from tests.simulators.vsphere.sim import Sim

pytestmark = pytest.mark.needs_go
RULES = [
    compile_rule(rule, {name: parameter.default for name, parameter in one.baseline.parameters.items()})
    for one in shipped_parts()
    if one.id in ("vsphere-vm", "vsphere-vm-4")
    for rule in one.baseline.rules
]
WORST = (Status.FAIL, Status.UNKNOWN, Status.ERROR, Status.PASS, Status.NOTAPPLICABLE, Status.NOTCHECKED)
VM, OTHER = "vm-01", "vm-02"
Verdicts = dict[str, Status]
device, backing = vim.vm.device, vim.vm.device.VirtualDevice


class Peer(NamedTuple):
    """A running simulator, an administrator's session on it, and the verdicts before anything was changed."""

    sim: Sim
    admin: Any
    before: dict[str, Verdicts]


def verdicts(snapshot: Snapshot) -> Verdicts:
    """The worst status of each rule of these parts; rules across machines need the whole estate."""
    out: Verdicts = {}
    for rule in RULES:
        out[rule.rule.id] = min((f.status for f in rule.judge(snapshot)), key=WORST.index)
    return out


def collected(sim: Sim) -> dict[str, Verdicts]:
    """Verdicts by machine, through a collection of its own."""
    items = collect(source_of(sim, vms=True))
    assert not failures(items)
    return {name: verdicts(snapshot) for name, snapshot in snapshots(items, "vm").items()}


@contextmanager
def running(good_host: Path = GOOD_HOST) -> Iterator[Peer]:
    with vcsim(hosts=1, vms=2, good_host=good_host) as sim, changes.session(sim) as admin:
        before = collected(sim)
        yield Peer(sim, admin, before)
        assert collected(sim) == before  # everything was put back


@pytest.fixture(scope="module")
def release_8() -> Iterator[Peer]:
    with running() as peer:
        yield peer


def older(folder: Path, version: str) -> Path:
    """The good host, of another release."""
    good = json.loads(GOOD_HOST.read_text())
    good["product"] |= {"version": version}
    path = folder / "good_host.json"
    path.write_text(json.dumps(good))
    return path


@pytest.fixture(scope="module")
def release_7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """The same on a host of release 7.0.3: other defaults are in force."""
    with running(older(tmp_path_factory.mktemp("release-7"), "7.0.3")) as peer:
        yield peer


@pytest.fixture(scope="module")
def release_5(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """On a host of release 5.0, which a vCenter of release 6.0 may still have."""
    with running(older(tmp_path_factory.mktemp("release-5"), "5.0.0")) as peer:
        yield peer


class Flip(NamedTuple):
    """A change, how to take it back, and what flips to what."""

    change: Callable[[Peer], None]
    back: Callable[[Peer], None]
    expected: Verdicts


def option(key: str, value: str, rule: str, status: Status = Status.FAIL, good: str = "") -> Flip:
    """An extra option; `good` is what stood there before, nothing: it was not there."""

    def put(text: str) -> Callable[[Peer], None]:
        return lambda peer: changes.set_vm_option(peer.admin, VM, key, text)

    return Flip(put(value), put(good), {rule: status})


def state(path: str, value: str, good: str, **expected: Status) -> Flip:
    """What only the simulator's control channel sets."""

    def put(text: str) -> Callable[[Peer], None]:
        return lambda peer: _done(peer.sim.control("vm", vm=VM, path=path, value=text))

    return Flip(put(value), put(good), {rule.replace("_", "-"): status for rule, status in expected.items()})


def _done(_: object) -> None:
    """Nothing comes back."""


def plugged(kind: str, rules: dict[str, Status], connected: bool | None = None, **fields: Any) -> Flip:
    """A device more."""

    def put(operation: str) -> Callable[[Peer], None]:
        made = changes_vm.new_device(kind, connected=connected, **fields)
        return lambda peer: changes_vm.change_device(peer.admin, VM, made, operation)

    return Flip(put("add"), put("remove"), rules)


def config(bad: dict[str, Any], good: dict[str, Any], rule: str) -> Flip:
    """Fields of the machine's configuration."""
    return Flip(
        lambda peer: changes_vm.reconfigure(peer.admin, VM, **bad),
        lambda peer: changes_vm.reconfigure(peer.admin, VM, **good),
        {rule: Status.FAIL},
    )


def disk_mode(mode: str) -> Callable[[Peer], None]:
    def change(peer: Peer) -> None:
        disk = changes_vm.device_of(peer.admin, VM, device.VirtualDisk)
        disk.backing.diskMode = mode
        changes_vm.change_device(peer.admin, VM, disk, "edit")

    return change


def nic_of(kind: str) -> Callable[[Peer], None]:
    def change(peer: Peer) -> None:
        card = changes_vm.device_of(peer.admin, VM, device.VirtualEthernetCard)
        same = {name: getattr(card, name) for name in ("deviceInfo", "backing", "connectable", "macAddress")}
        made = getattr(device, kind)(key=card.key, addressType=card.addressType, **same)
        changes_vm.change_device(peer.admin, VM, made, "edit")

    return change


FAIL, PASS, UNKNOWN, NONE = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NOTAPPLICABLE
GOOD_BOOT = {"bootOptions": vim.vm.BootOptions(efiSecureBootEnabled=True)}
URI = {"direction": "client"}
FLIPS = {
    "copy": option("isolation.tools.copy.disable", "FALSE", "vm-console-copy-off", good="TRUE"),
    "drag and drop": option("isolation.tools.dnd.disable", "FALSE", "vm-console-drag-and-drop-off", good="TRUE"),
    "paste, spelled otherwise": option("Isolation.Tools.PASTE.disable", "0", "vm-console-paste-off", good="TRUE"),
    "shrink": option("isolation.tools.diskShrink.disable", "false", "vm-disk-shrink-off", good="TRUE"),
    "wipe": option("isolation.tools.diskWiper.disable", "false", "vm-disk-wipe-off", good="TRUE"),
    "connectable": option("isolation.device.connectable.disable", "FALSE", "vm-device-connect-off", good="TRUE"),
    "console, any number": option("RemoteDisplay.maxConnections", "-1", "vm-console-single-session", good="1"),
    "console, two": option("RemoteDisplay.maxConnections", "2", "vm-console-single-session", good="1"),
    "console, unset": option("RemoteDisplay.maxConnections", "", "vm-console-single-session", good="1"),
    "setinfo": option("tools.setInfo.sizeLimit", "0", "vm-setinfo-size-bounded", good="1048576"),
    "host info": option("tools.guestlib.enableHostInfo", "TRUE", "vm-host-info-hidden", good="FALSE"),
    "salt": option("sched.mem.pshare.salt", "common", "vm-page-sharing-salt-unset"),
    "filter": option("ethernet0.filter4.name", "unknown-filter", "vm-dvfilters-approved"),
    "autolock, unset": option("tools.guest.desktop.autolock", "", "vm-console-locks-desktop", good="TRUE"),
    "3d": option("mks.enable3d", "TRUE", "vm-3d-off", good="FALSE"),
    "rotate": option("log.rotateSize", "2048001", "vm-log-rotates", good="2048000"),
    "keep": option("log.keepOld", "11", "vm-log-files-bounded", good="10"),
    "boot devices, unset": option("bios.bootDeviceClasses", "", "vm-boot-from-disk-only", good="allow:hd"),
    "passthrough entry": option("pciPassthru0.present", "TRUE", "vm-passthrough-entries-unset"),
    "vMotion": config(
        {"migrateEncryption": "opportunistic"}, {"migrateEncryption": "required"}, "vm-vmotion-encrypted"
    ),
    "log": config(
        {"flags": vim.vm.FlagInfo(enableLogging=False)}, {"flags": vim.vm.FlagInfo(enableLogging=True)}, "vm-logging-on"
    ),
    "secure boot": config({"bootOptions": vim.vm.BootOptions(efiSecureBootEnabled=False)}, GOOD_BOOT, "vm-secure-boot"),
    "bios": config({"firmware": "bios"}, {"firmware": "efi"}, "vm-secure-boot"),
    "fault tolerance": state(
        "config.ftEncryptionMode",
        "ftEncryptionOpportunistic",
        "ftEncryptionRequired",
        vm_fault_tolerance_encrypted=FAIL,
    ),
    "hardware 9": state("config.version", "vmx-09", "vmx-21", vm_hardware_version=FAIL),
    "tools old": state("guest.toolsVersionStatus2", "guestToolsTooOld", "guestToolsUnmanaged", vm_tools_current=FAIL),
    "tools stopped": state(
        "guest.toolsRunningStatus", "guestToolsNotRunning", "guestToolsRunning", vm_tools_current=FAIL
    ),
    "power off": state("runtime.powerState", "poweredOff", "poweredOn", vm_tools_current=UNKNOWN),
    "floppy": plugged("VirtualFloppy", {"vm-floppy-none": FAIL}),
    "parallel": plugged("VirtualParallelPort", {"vm-parallel-none": FAIL}),
    "serial": plugged("VirtualSerialPort", {"vm-serial-none": FAIL}, yieldOnPoll=False),
    "serial by telnet": plugged(
        "VirtualSerialPort",
        {"vm-serial-none": FAIL, "vm-serial-network-encrypted": FAIL},
        yieldOnPoll=False,
        backing=device.VirtualSerialPort.URIBackingInfo(serviceURI="telnet://10.0.0.9:23", **URI),
    ),
    "serial by telnet with TLS": plugged(
        "VirtualSerialPort",
        {"vm-serial-none": FAIL, "vm-serial-network-encrypted": PASS},
        yieldOnPoll=False,
        backing=device.VirtualSerialPort.URIBackingInfo(serviceURI="telnets://10.0.0.9:992", **URI),
    ),
    "usb": plugged("VirtualUSBXHCIController", {"vm-usb-none": FAIL}, busNumber=0),
    "sound": plugged("VirtualHdAudioCard", {"vm-sound-none": FAIL}),
    "ahci": plugged("VirtualAHCIController", {"vm-ahci-none": FAIL}, busNumber=0),
    "passthrough": plugged("VirtualPCIPassthrough", {"vm-passthrough-devices-none": FAIL}),
    "drive connected": plugged("VirtualCdrom", {"vm-cdrom-disconnected": FAIL}, connected=True),
    "drive not connected": plugged("VirtualCdrom", {}, connected=False),
    "disk": Flip(disk_mode("independent_nonpersistent"), disk_mode("persistent"), {"vm-disks-persistent": FAIL}),
    "adapter": Flip(nic_of("VirtualE1000"), nic_of("VirtualVmxnet3"), {"vm-nics-paravirtual": FAIL}),
    "a key of no rule": option("svga.vramSize", "8388608", "", good=""),
}
FLIPS_7 = {
    "edit": option("isolation.device.edit.disable", "FALSE", "vm-device-edit-off"),
    "gui options": option("isolation.tools.setGUIOptions.enable", "TRUE", "vm-console-gui-options-fixed"),
    "file transfer, written down": option(
        "isolation.tools.hgfsServerSet.disable", "TRUE", "vm-host-file-transfer-off", PASS
    ),
    "desktop feature": option("isolation.tools.unity.disable", "FALSE", "vm-desktop-features-off"),
    "3d, unset": option("mks.enable3d", "", "vm-3d-off", good="FALSE"),
    "hardware 9": state("config.version", "vmx-09", "vmx-21", vm_hardware_version_before_8=FAIL),
}
FLIPS_5 = {
    "tools install themselves": option("isolation.tools.autoInstall.disable", "TRUE", "vm-tools-autoinstall-off", PASS),
    "messages": option("isolation.tools.vixMessage.disable", "TRUE", "vm-vix-messages-off", PASS),
    "monitor": option("isolation.monitor.control.disable", "TRUE", "vm-monitor-control-off", PASS),
    "channel between machines": option("vmci0.unrestricted", "TRUE", "vm-vmci-restricted"),
    "introspection": option("vmsafe.enable", "TRUE", "vm-introspection-off"),
    "console over VNC": option("RemoteDisplay.vnc.enabled", "TRUE", "vm-vnc-off"),
    "log without bound": option("log.rotateSize", "", "vm-log-rotates", good="2048000"),
    "shrink, unset": option("isolation.tools.diskShrink.disable", "", "vm-disk-shrink-off", good="TRUE"),
}


def check(peer: Peer, flip: Flip) -> None:
    """Change, collect, put back: the expected findings of this machine flip, and nothing else anywhere."""
    expected = {rule: status for rule, status in flip.expected.items() if rule}
    assert all(peer.before[VM][rule] != status for rule, status in expected.items())
    flip.change(peer)
    try:
        after = collected(peer.sim)
    finally:
        flip.back(peer)
    assert {rule: status for rule, status in after[VM].items() if status != peer.before[VM][rule]} == expected
    assert after[OTHER] == peer.before[OTHER]


def test_a_hardened_machine_fails_nothing(release_8: Peer) -> None:
    """Before anything is changed, no rule fails or is unknown."""
    assert not {rule for rule, status in release_8.before[VM].items() if status in (FAIL, UNKNOWN, Status.ERROR)}


@pytest.mark.parametrize("name", FLIPS)
def test_a_changed_setting_flips_its_finding_alone(release_8: Peer, name: str) -> None:
    """On a host of release 8."""
    check(release_8, FLIPS[name])


@pytest.mark.parametrize("name", FLIPS_7)
def test_older_defaults_are_judged_by_release(release_7: Peer, name: str) -> None:
    """On a host of release 7, where other keys count and absence means something else."""
    check(release_7, FLIPS_7[name])


@pytest.mark.parametrize("name", FLIPS_5)
def test_keys_of_old_releases_are_judged_there(release_5: Peer, name: str) -> None:
    """On a host of release 5.0."""
    check(release_5, FLIPS_5[name])


@pytest.mark.parametrize(
    ("path", "value", "good"),
    [("config.template", "true", "false"), ("config.managedBy", "com.vmware.vim.eam/cluster-agent", "")],
)
def test_what_a_machine_is_decides_which_rules_are_for_it(release_8: Peer, path: str, value: str, good: str) -> None:
    """A template is judged but for what runs in it; a machine of the platform by nothing at all."""
    release_8.sim.control("vm", vm=VM, path=path, value=value)
    try:
        after = collected(release_8.sim)
    finally:
        release_8.sim.control("vm", vm=VM, path=path, value=good)
    changed = {rule for rule, status in after[VM].items() if status != release_8.before[VM][rule]}
    if path == "config.template":
        assert changed == {
            "vm-tools-current",
            "vm-tools-conf-features",
            "vm-tools-conf-upgrades",
            "vm-tools-conf-logging",
        }
    else:
        assert set(after[VM].values()) == {NONE}
    assert after[OTHER] == release_8.before[OTHER]
