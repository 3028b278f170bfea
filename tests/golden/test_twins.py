"""Live peers: a host does not drift from itself a while later, nor from its twin; a real change is the only drift."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.domain import Snapshot
from auditor.drift import between
from tests.collectors.nexus1000v.peers import seen
from tests.collectors.vsphere.peers import collect, snapshots, source_of
from tests.conftest import require
from tests.flips.linux_lab import collect as look_at
from tests.flips.nxos_switch import Change, Switch, added, both, line, shown, switched_on, words
from tests.golden.test_capture import profile
from tests.simulators.linux import lab
from tests.simulators.nxos import texts
from tests.simulators.vsphere import access_changes, changes, network_changes
from tests.simulators.vsphere.conftest import go, peer
from tests.simulators.vsphere.sim import Sim

__all__ = ["go", "peer"]
FIRST, SECOND = "esx-01.example.test", "esx-02.example.test"
Found = set[tuple[str, str]]


def since(old: Snapshot, new: Snapshot) -> Found:
    """(path, kind) of what changed, without what nobody could read."""
    return {(one.path, one.change) for one in between(old, new) if one.change != "unknown"}


def against(model: Snapshot, other: Snapshot) -> Found:
    """(path, kind) of the drift of another host from the profile of `model`, without values for the other one."""
    _, loaded, _ = profile(model)
    return {(one.path, one.change) for one in loaded.check(other, {})[0] if one.change != "unknown"}


@pytest.fixture(scope="module")
def estate() -> Iterator[tuple[Sim, Any, dict[str, dict[str, Snapshot]]]]:
    """A simulated vCenter with two hosts and two machines, an administrator on it, and what was seen at first."""
    from tests.simulators.vsphere.launch import NEEDS, build, vcsim

    require(build() is not None, NEEDS)
    with vcsim(hosts=2, vms=2) as sim, changes.session(sim) as instance:
        yield sim, instance, looked(sim)


def looked(sim: Sim) -> dict[str, dict[str, Snapshot]]:
    """A whole collection, by platform and target."""
    items = collect(source_of(sim, esxcli=True, vms=True))
    return {platform: snapshots(items, platform) for platform in ("esxi", "dvs", "vcenter", "vm")}


@pytest.mark.needs_go
def test_a_vsphere_estate_seen_twice_does_not_drift(estate: Any) -> None:
    """Two collections of everything, and each host and machine beside its twin: no drift."""
    sim, _, first = estate
    second = looked(sim)
    for platform, targets in first.items():
        model = targets[sorted(targets)[0]]
        for name, snapshot in targets.items():
            assert since(snapshot, second[platform][name]) == set(), (platform, name)
            assert against(model, snapshot) == set(), (platform, name)


VSPHERE: dict[str, tuple[Callable[[Any], None], Found]] = {
    "an option": (
        lambda i: changes.set_option(i, SECOND, "UserVars.ESXiShellTimeOut", 77),
        {("advanced[UserVars.ESXiShellTimeOut]", "changed")},
    ),
    "a service": (
        lambda i: changes.set_service_policy(i, SECOND, "TSM-SSH", "automatic"),
        {("services[TSM-SSH].policy", "changed")},
    ),
    "time servers in another order": (
        lambda i: changes.set_ntp(i, SECOND, ["ntp2.example.test", "ntp1.example.test"]),
        {("time.ntp_servers", "reordered")},
    ),
    "a port group": (
        lambda i: changes.add_portgroup(i, SECOND, "vSwitch0", "Stray", 7),
        {("port_groups[Stray]", "extra")},
    ),
    "an account with access": (
        lambda i: access_changes.set_access(i, SECOND, "stray", "accessReadOnly"),
        {("access[stray]", "extra")},
    ),
    "a VLAN": (
        lambda i: network_changes.set_portgroup_vlan(i, SECOND, "Management Network", 42),
        {("port_groups[Management Network].vlan", "changed")},
    ),
}


@pytest.mark.needs_go
def test_real_changes_of_a_host_are_the_only_drift(estate: Any) -> None:
    """Changes through the API, one after another, each seen by a collection: that difference more, and no other."""
    sim, instance, first = estate
    before, expected = first["esxi"][SECOND], set()
    for name, (change, found) in VSPHERE.items():
        change(instance)
        expected |= found
        now = looked(sim)["esxi"]
        assert since(before, now[SECOND]) == expected, name
        assert since(first["esxi"][FIRST], now[FIRST]) == set(), name
    assert against(first["esxi"][FIRST], now[SECOND]) == expected


@pytest.fixture(scope="module")
def vsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Snapshot]]:
    """A simulated supervisor: a function that changes it, collects it over SSH, and sets it back."""
    folder = tmp_path_factory.mktemp("vsm")
    with switched_on(texts.answers(), folder, "nexus1000v") as switch:

        def look(change: Change | None = None) -> Snapshot:
            if change is None:
                return _seen(switch, folder)
            with switch.changed(change):
                return _seen(switch, folder)

        yield look


def _seen(switch: Switch, folder: Path) -> Snapshot:
    known = switch.device.known_hosts(folder)
    return switch._loop.run_until_complete(seen(switch.device, folder, kind="nexus1000v", known_hosts=known))


VETH = "interface Vethernet77\n  inherit port-profile web\n  description a machine that moved in\n"
BENIGN = both(
    shown("show version", "SYNTHETIC01", "SYNTHETIC77"),
    shown("show version", "12 day(s), 3 hour(s)", "40 day(s), 9 hour(s)"),
    added(VETH + "vem 9\n  host id 00000000-0000-4000-8000-0000000000ff"),
)


def test_supervisors_at_different_uptime_do_not_drift(vsm: Callable[..., Snapshot]) -> None:
    """Another uptime, serial number and machine port, a new module binding: no drift from the profile."""
    model, twin = vsm(), vsm(BENIGN)
    assert since(model, vsm()) == set()
    assert against(model, twin) == set()
    assert since(model, twin) == {("software.serial", "changed")}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (line("ntp server 192.0.2.42 use-vrf management key 7", ""), {("ntp.servers[192.0.2.42]", "missing")}),
        (added("vlan 777\n  name stray"), {("vlans[777]", "extra")}),
        (words("session-limit 2", "session-limit 9"), {("lines[vty].session_limit", "changed")}),
    ],
)
def test_a_changed_line_of_a_supervisor_is_the_only_drift(
    vsm: Callable[..., Snapshot], change: Change, found: Found
) -> None:
    """A line changed on the device is that drift, against its profile and against the day before."""
    model, changed = vsm(), vsm(change)
    assert since(model, changed) == found
    assert against(model, changed) == found


@pytest.mark.needs_lab
def test_lab_hosts_do_not_drift_from_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two booted hosts with other names and keys, one of them seen twice and changed twice: the changes alone drift."""
    made = lab.root()
    require(made, "no Debian archive is known here to make a lab host from")
    assert made is not None
    monkeypatch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
    models = []
    for name in ("web01", "web02"):
        folder = tmp_path / name
        folder.mkdir()
        with lab.LabHost(made, folder) as host:
            host.call_itself_a_machine()
            host.put("/etc/hostname", f"{name}\n")
            host.inside(["hostname", name])
            models.append(look_at(host))
            host.inside(["sh", "-c", "touch /etc/ssh/sshd_config; logger hello; sleep 1; true > /var/log/btmp"])
            assert since(models[-1], look_at(host)) == set()
            if name == "web02":
                host.put("/etc/sudoers.d/stray", "daemon ALL=(ALL) NOPASSWD: ALL\n", 0o440)
                host.inside(["chmod", "0664", "/etc/crontab"])
                changed = look_at(host)
    expected = {
        ("files[/etc/crontab].mode", "changed"),
        ("files[/etc/sudoers.d/stray]", "extra"),
        ("sudoers.files[/etc/sudoers.d/stray]", "extra"),
        ("sudoers.nopasswd[daemon: ALL=(ALL) NOPASSWD: ALL]", "extra"),
    }
    assert against(models[0], models[1]) == set()
    assert since(models[1], changed) == expected
    assert against(models[0], changed) == expected
