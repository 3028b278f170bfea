"""Rules for machines against the traps of the guides, and machines as members of the population."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from auditor.coverage import by_platform
from auditor.domain import Exclusion, Source, Status
from auditor.pipeline import Audit, Plan, audit
from auditor.rulebook.compile import compile_rule
from auditor.runners import SerialRunner
from auditor.selection import ActiveBaseline, choose
from tests.collectors.vsphere.bodies import body, reading
from tests.collectors.vsphere.peers import source_of
from tests.rules.shipped import shipped_parts
from tests.simulators.vsphere.fake import FakeVCenter

(PART,) = (one.baseline for one in shipped_parts() if one.id == "vsphere-vm")
DEFAULTS = {name: parameter.default for name, parameter in PART.parameters.items()}
RULES = {rule.id: rule for rule in PART.rules}
PASS, FAIL, UNKNOWN, NONE = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOTAPPLICABLE
ONE = "esx-01.example.test"


def judged(rule: str, data: dict[str, Any], **settings: Any) -> set[Status]:
    """What a rule says of a captured machine."""
    found = compile_rule(RULES[rule], {**DEFAULTS, **settings})
    return {finding.status for finding in found.judge(reading("vm", data))}


def machine(version: str = "8.0.3", options: dict[str, str | None] | None = None, **props: Any) -> dict[str, Any]:
    """The synthetic machine on a host of this release; an option of None is not set."""
    data = body("vm")
    data["host"]["version"] = version
    data["props"] |= {path.replace("_", "."): value for path, value in props.items()}
    extra = data["props"]["config.extraConfig"]
    for key, value in (options or {}).items():
        extra.pop(key, None)
        if value is not None:
            extra[key] = value
    return data


@pytest.mark.parametrize(
    ("rule", "key", "unset"),
    [
        ("vm-disk-shrink-off", "isolation.tools.diskShrink.disable", {"6.7.0": FAIL, "7.0.3": PASS, "8.0.3": PASS}),
        ("vm-disk-wipe-off", "isolation.tools.diskWiper.disable", {"6.7.0": FAIL, "7.0.3": PASS, "8.0.3": PASS}),
        ("vm-console-copy-off", "isolation.tools.copy.disable", {"6.7.0": PASS, "8.0.3": PASS}),
        ("vm-console-single-session", "RemoteDisplay.maxConnections", {"6.7.0": FAIL, "8.0.3": FAIL}),
        ("vm-console-locks-desktop", "tools.guest.desktop.autolock", {"7.0.3": PASS, "8.0.3": FAIL}),
        ("vm-3d-off", "mks.enable3d", {"6.7.0": PASS, "7.0.3": FAIL, "8.0.3": PASS}),
        ("vm-host-file-transfer-off", "isolation.tools.hgfsServerSet.disable", {"6.7.0": PASS, "7.0.3": FAIL}),
        ("vm-log-rotates", "log.rotateSize", {"7.0.3": PASS, "8.0.3": PASS}),
    ],
)  # fmt: skip
def test_an_unset_key_means_what_the_release_makes_of_it(rule: str, key: str, unset: dict[str, Status]) -> None:
    """Absence is safe for one key, unsafe for another, and turns round between releases."""
    for version, status in unset.items():
        assert judged(rule, machine(version, {key: None})) == {status}, version


def test_an_unset_key_on_a_host_that_nobody_saw_is_unknown() -> None:
    """Where the default hangs on the release, and the release is not known, nothing passes."""
    data = machine(options={"isolation.tools.diskShrink.disable": None})
    data["host"] = None
    assert judged("vm-disk-shrink-off", data) == {UNKNOWN}


@pytest.mark.parametrize(
    ("value", "status"),
    [("1", PASS), (" 1 ", PASS), ("-1", FAIL), ("0", FAIL), ("40", FAIL), ("", FAIL), ("1.0", FAIL), ("TRUE", FAIL)],
)
def test_any_number_of_consoles_is_not_fewer_than_one(value: str, status: Status) -> None:
    """-1 is unlimited and smaller than 1: it must not pass."""
    assert judged("vm-console-single-session", machine(options={"RemoteDisplay.maxConnections": value})) == {status}


@pytest.mark.parametrize(
    ("value", "status"), [("TRUE", PASS), ("true", PASS), ("1", PASS), ("FALSE", FAIL), ("0", FAIL), ("maybe", FAIL)]
)
def test_booleans_are_texts_of_many_spellings(value: str, status: Status) -> None:
    """Extra options are always texts."""
    assert judged("vm-console-copy-off", machine(options={"isolation.tools.copy.disable": value})) == {status}


def test_a_key_counts_in_any_spelling() -> None:
    """Guides spell setInfo and setinfo: FALSE under another spelling is no unset key."""
    options = {"isolation.tools.copy.disable": None, "Isolation.Tools.Copy.DISABLE": "FALSE"}
    assert judged("vm-console-copy-off", machine(options=options)) == {FAIL}
    bound = {"tools.setInfo.sizeLimit": None, "tools.setinfo.sizelimit": "99999999"}
    assert judged("vm-setinfo-size-bounded", machine(options=bound)) == {FAIL}


def test_a_key_that_stands_there_twice_proves_nothing() -> None:
    """Two spellings with two values: which one counts is not known, whichever comes first."""
    for one, two in (("TRUE", "FALSE"), ("FALSE", "TRUE")):
        options: dict[str, str | None] = {"isolation.tools.copy.disable": one, "ISOLATION.tools.copy.disable": two}
        assert judged("vm-console-copy-off", machine(options=options)) == {UNKNOWN}


@pytest.mark.parametrize(
    ("version", "hardware", "status"),
    [("8.0.3", "vmx-09", FAIL), ("8.0.3", "vmx-16", FAIL), ("8.0.3", "vmx-17", PASS), ("8.0.3", "vmx-21", PASS)],
)
def test_hardware_versions_compare_as_numbers(version: str, hardware: str, status: Status) -> None:
    """As text vmx-09 is greater than vmx-17."""
    assert judged("vm-hardware-version", machine(version, config_version=hardware)) == {status}
    assert judged("vm-hardware-version-before-8", machine(version, config_version=hardware)) == {NONE}


def test_a_filter_is_found_on_any_adapter() -> None:
    """A look-up of a key with asterisks always passes; here any number of adapter and filter is found."""
    data = machine(options={"ethernet7.filter12.name": "x"})
    assert judged("vm-dvfilters-approved", data) == {FAIL}
    assert judged("vm-dvfilters-approved", data, approved_dvfilters=["x"]) == {PASS}


def test_no_device_is_good_only_when_devices_were_seen() -> None:
    """An empty or refused list proves nothing about a floppy drive."""
    for rule in ("vm-floppy-none", "vm-cdrom-disconnected", "vm-passthrough-devices-none", "vm-disks-persistent"):
        empty = machine()
        empty["props"]["config.hardware.device"] = []
        assert judged(rule, empty) == {UNKNOWN}
        refused = machine()
        del refused["props"]["config.hardware.device"]
        refused["errors"]["config.hardware.device"] = "needs the privilege System.Read"
        assert judged(rule, refused) == {UNKNOWN}


@pytest.mark.parametrize(
    ("props", "status"),
    [
        ({"runtime_powerState": "poweredOff", "guest_toolsRunningStatus": "guestToolsNotRunning"}, UNKNOWN),
        ({"runtime_powerState": "suspended"}, UNKNOWN),
        ({"config_template": True, "runtime_powerState": "poweredOff"}, NONE),
        ({"guest_toolsRunningStatus": "guestToolsNotRunning"}, FAIL),
        ({"guest_toolsVersionStatus2": "guestToolsUnmanaged"}, PASS),
    ],
)
def test_a_machine_that_is_off_says_nothing_about_its_tools(props: dict[str, Any], status: Status) -> None:
    """Templates have nobody inside, machines that are off are silent: neither fails, and neither passes."""
    data = machine()
    data["props"] |= {
        "guest.toolsRunningStatus": "guestToolsRunning",
        "guest.toolsVersionStatus2": "guestToolsCurrent",
        **{path.replace("_", ".", 1): value for path, value in props.items()},
    }
    assert judged("vm-tools-current", data) == {status}


def test_the_settings_of_a_template_count() -> None:
    """What is made from a template inherits its settings: they are judged."""
    data = machine(options={"RemoteDisplay.maxConnections": None}, config_template=True)
    assert judged("vm-console-single-session", data) == {FAIL}


def test_a_machine_of_the_platform_is_left_out_with_the_reason() -> None:
    """No rule judges an agent of the cluster, and each says for whom it is and what this is."""
    data = machine(config_managedBy={"extensionKey": "com.vmware.vim.eam", "type": "cluster-agent"})
    snapshot = reading("vm", data)
    for rule in RULES.values():
        (finding,) = compile_rule(rule, DEFAULTS).judge(snapshot)
        assert finding.status is NONE
        assert "this is" in finding.reason
        assert "system" in finding.reason or "meant for version" in finding.reason


def test_firmware_without_secure_boot_cannot_have_it() -> None:
    """The flag set on a machine with BIOS firmware is without effect."""
    assert judged("vm-secure-boot", machine(config_firmware="bios")) == {FAIL}
    assert judged("vm-secure-boot", machine()) == {PASS}


@cache
def baselines() -> list[ActiveBaseline]:
    """All shipped baselines, compiled once."""
    return choose(())


def run(source: Source, excluded: tuple[Exclusion, ...] = ()) -> Audit:
    """A whole audit of one simulated vCenter."""
    return audit(Plan([source], baselines(), excluded), SerialRunner())


def test_machines_are_counted_on_a_line_of_their_own() -> None:
    """Population, collected, unreachable and excluded of machines stand beside those of hosts."""
    with FakeVCenter(hosts=2, vms=2) as sim:
        sim.control("host_state", host=ONE, state="notResponding")
        source = source_of(sim, vms=True)
        result = run(source, (Exclusion("vm-02-00", "a test leaves it out"),))
        without = run(replace(source, options=source.options.model_copy(update={"vms": False})))
    rows = by_platform(result.coverage)
    assert rows["vm"] == {"population": 3, "collected": 1, "unreachable": 2, "stale": 0, "excluded": 1}
    assert rows["esxi"]["population"] == 2
    assert "vm" not in by_platform(without.coverage)


def test_machines_of_a_dead_host_never_pass() -> None:
    """Every finding of a machine whose host does not answer is unknown or manual, with the host in the reason."""
    with FakeVCenter(hosts=1, vms=1) as sim:
        sim.control("host_state", host=ONE, state="disconnected")
        result = run(source_of(sim, vms=True))
    found = [one.finding for one in result.judged if one.target.platform == "vm"]
    assert {one.status for one in found} == {UNKNOWN, Status.NOTCHECKED}
    assert all(ONE in one.reason for one in found if one.status is UNKNOWN)


def test_machines_are_judged_by_the_baseline_of_their_hosts_release() -> None:
    """Without a chosen baseline a machine on a host of release 8 gets that of release 8, and not that of 7."""
    with FakeVCenter(hosts=1, vms=1) as sim:
        result = run(source_of(sim, vms=True))
    used = {name for one in result.judged if one.target.platform == "vm" for name in one.planned.baselines}
    assert "esxi-8" in used
    assert "esxi-7" not in used
