"""Traps of NX-OS that auditors fall into, each shown on a live switch or on the text that decides."""

from collections.abc import Iterator

import pytest

from tests.collectors.nexus1000v.configs import facts_of
from tests.flips.nxos_switch import CONFIG, Change, Switch, Verdicts, added, both, line, shown, switched_on, words
from tests.simulators.nxos import texts

REFUSALS = {
    "role": "% Permission denied for the role\n",
    "aaa": "Error: AAA authorization failed for command:show x, AAA_AUTHOR_STATUS_METHOD=16(0x10)\n",
    "command": "Command authorization failed.\n",
    "invalid": "                 ^\n% Invalid command at '^' marker.\n",
}
FOREIGN = "Der Befehl wurde ausgeführt.\nZustand: in Ordnung\nGerät: nicht verfügbar\n"


@pytest.fixture(scope="module")
def vsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with switched_on(texts.answers(), tmp_path_factory.mktemp("vsm"), "nexus1000v") as switch:
        yield switch


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with switched_on(texts.leaf_answers(), tmp_path_factory.mktemp("leaf"), "nxos") as switch:
        yield switch


def _replaced(command: str, text: str) -> Change:
    def change(answers: dict[str, str]) -> None:
        answers[command] = text

    return change


def _after(switch: Switch, change: Change) -> tuple[Verdicts, Verdicts]:
    before = switch.verdicts()
    with switch.changed(change):
        return before, switch.verdicts()


def _rules(found: Verdicts, status: str) -> set[str]:
    return {rule for (rule, _), verdict in found.items() if verdict == status}


# What is judged by the answer of one command alone: without it nobody knows.
ALONE = {
    "nexus1000v": {
        "show running-config diff": {"nexus1000v-configuration-saved"},
        "show module": {"nexus1000v-modules-ok", "nexus1000v-modules-same-release", "nexus1000v-modules-present"},
        "show svs connections": {"nexus1000v-vcenter-connected"},
        "show system redundancy status": {"nexus1000v-supervisors-paired", "nexus1000v-one-active-supervisor"},
        "show debug": {"nexus1000v-no-debugs"},
    },
    "nxos": {
        "show interface status": {
            "nxos-unused-ports-shut",
            "nxos-unused-ports-parked",
            "nxos-unused-routed-ports-shut",
        },
        "show guestshell detail": {"nxos-guestshell-off"},
        "show debug": {"nexus1000v-no-debugs"},
    },
}
CASES = [
    (kind, command)
    for kind, good in (("nexus1000v", texts.answers()), ("nxos", texts.leaf_answers()))
    for command in good
]


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=list(REFUSALS))
@pytest.mark.parametrize(("kind", "command"), CASES)
def test_a_refusal_inside_the_output_never_turns_green(
    vsm: Switch, leaf: Switch, kind: str, command: str, refusal: str
) -> None:
    """With any one command refused in its output, no finding becomes pass, and what rests on it alone is unknown."""
    switch = vsm if kind == "nexus1000v" else leaf
    before, found = _after(switch, _replaced(command, refusal))
    greener = {key for key, status in found.items() if status == "pass" and before.get(key, "pass") != "pass"}
    assert greener == set()
    assert ALONE[kind].get(command, set()) <= _rules(found, "unknown")
    if command == CONFIG:
        assert len(_rules(found, "unknown")) > 60


@pytest.mark.parametrize("kind", ["nexus1000v", "nxos"])
def test_answers_in_another_language_are_gaps(vsm: Switch, leaf: Switch, kind: str) -> None:
    """Show commands that answer in words nobody here knows leave unknown what they alone decide; nothing gets green."""
    switch = vsm if kind == "nexus1000v" else leaf
    before, found = _after(switch, both(*(_replaced(command, FOREIGN) for command in ALONE[kind])))
    assert {key for key, status in found.items() if status == "pass" and before.get(key, "pass") != "pass"} == set()
    assert set().union(*ALONE[kind].values()) <= _rules(found, "unknown")


# ------------------------------------------------------------------ hidden defaults and their polarity
def test_absence_means_the_opposite_for_two_similar_lines() -> None:
    """Without a line the strength check is on, and source routing is on as well: good here, bad there."""
    silent = facts_of("hostname a\n", platform="nxos").facts
    assert silent["password_policy"]["strength_check"] is True
    assert silent["source_routing"] is True
    said = facts_of("no password strength-check\nno ip source-route\n", platform="nxos").facts
    assert said["password_policy"]["strength_check"] is False
    assert said["source_routing"] is False


def test_hidden_defaults_of_a_routed_port_are_those_of_nxos() -> None:
    """Redirects and gratuitous ARP are on, unreachables, proxy ARP and directed broadcast off: IOS inverts some."""
    port = facts_of("interface Ethernet1/1\n  no switchport\n", platform="nxos").facts["interfaces"]["Ethernet1/1"]
    assert {name: port[name] for name in ("redirects", "gratuitous_arp")} == {"redirects": True, "gratuitous_arp": True}
    assert not any(port[name] for name in ("unreachables", "proxy_arp", "directed_broadcast", "pim"))


def test_a_port_without_lines_is_in_vlan_1_and_a_trunk_carries_all() -> None:
    """Hidden defaults of switch ports: access, VLAN 1, all VLANs on a trunk, native VLAN 1, no storm control."""
    config = "interface Ethernet1/1\ninterface Ethernet1/2\n  switchport mode trunk\n"
    found = facts_of(config, platform="nxos").facts["interfaces"]
    assert (found["Ethernet1/1"]["mode"], found["Ethernet1/1"]["access_vlan"]) == ("access", 1)
    assert found["Ethernet1/1"]["storm_broadcast"] == 100.0
    assert (found["Ethernet1/2"]["trunk_vlans"], found["Ethernet1/2"]["native_vlan"]) == ("1-4094", 1)


def test_ports_of_a_nexus_7000_are_routed_until_a_line_says_otherwise() -> None:
    """Families differ: without `switchport` a port of a Nexus 7000 is layer 3, elsewhere layer 2."""
    seven = texts.SWITCH_VERSION.replace("Nexus9000 C93180YC-EX", "Nexus7000 C7010")
    config = "interface Ethernet1/1\ninterface Ethernet1/2\n  switchport\n"
    found = facts_of(config, platform="nxos", version=seven).facts["interfaces"]
    assert (found["Ethernet1/1"]["routed"], found["Ethernet1/2"]["routed"]) == (True, False)
    nine = facts_of(config, platform="nxos", version=texts.SWITCH_VERSION).facts["interfaces"]
    assert nine["Ethernet1/1"]["routed"] is False
    by_line = facts_of("no system default switchport\n" + config, platform="nxos", version=texts.SWITCH_VERSION)
    assert by_line.facts["interfaces"]["Ethernet1/1"]["routed"] is True


@pytest.mark.parametrize(("version", "on"), [("4.2(1)N1(1)", True), ("5.2(1)N1(9)", False)])
def test_hidden_defaults_depend_on_the_train(version: str, on: bool) -> None:
    """Old images of a Nexus 5000 serve telnet unless a line says no, newer ones do not; which one this is decides."""
    five = texts.SWITCH_VERSION.replace("Nexus9000 C93180YC-EX", "Nexus5548").replace("9.3(8)", version)
    assert facts_of("hostname a\n", platform="nxos", version=five).facts["telnet"]["enabled"] is on
    unknown = five.replace(f"version {version}", "")
    assert "telnet" in facts_of("hostname a\n", platform="nxos", version=unknown).gaps


def test_vlan_10_and_21_are_not_vlan_1(leaf: Switch) -> None:
    """A search for the digit 1 blames VLANs 10 and 21; numbers are compared as numbers."""
    change = words("switchport trunk allowed vlan 300,310", "switchport trunk allowed vlan 10,21,310")
    before, found = _after(leaf, change)
    assert "fail" not in {verdict for (rule, _), verdict in found.items() if rule == "nxos-vlan-1-pruned"}
    assert before == found


@pytest.mark.parametrize(("minutes", "status"), [(0, "fail"), (1, "pass"), (5, "pass"), (6, "fail")])
def test_a_timeout_of_zero_is_never(vsm: Switch, minutes: int, status: str) -> None:
    """`exec-timeout 0` is no limit, although zero is at most five."""
    _, found = _after(vsm, words("line console\n  exec-timeout 5", f"line console\n  exec-timeout {minutes}\n  ! x"))
    assert found["nexus1000v-idle-sessions-end", "console"] == status


def test_telnet_of_an_untouched_supervisor_is_on(vsm: Switch) -> None:
    """On a Nexus 1000V the good state is a line; with neither line nor `show feature` telnet counts as served."""
    change = both(line("no feature telnet", ""), _replaced("show feature", REFUSALS["role"]))
    _, found = _after(vsm, change)
    assert found["nexus1000v-telnet-off", None] == "fail"


# ------------------------------------------------------------------ lines that look good
def test_local_accounting_is_the_hidden_default(vsm: Switch) -> None:
    """`aaa accounting default local` is what every switch does; a search for the first words would pass it."""
    _, found = _after(vsm, line("aaa accounting default group TAC", "aaa accounting default local"))
    assert found["nexus1000v-accounting-central", None] == "fail"


def test_a_shipped_banner_is_no_banner(vsm: Switch) -> None:
    """The banner of an untouched switch is there, and counts as none."""
    own = texts.RUNNING[texts.RUNNING.index("banner motd") : texts.RUNNING.index("\n\nssh key")]
    _, found = _after(vsm, words(own, "banner motd #Nexus 1000v Switch#"))
    assert found["nexus1000v-banner-own", None] == "fail"


def test_a_storm_level_of_100_is_off() -> None:
    """A line is there, and it limits nothing; packets a second are a limit as well."""
    config = "interface Ethernet1/1\n  storm-control broadcast level 100.00\n"
    config += "interface Ethernet1/2\n  storm-control broadcast level pps 500\n"
    found = facts_of(config, platform="nxos").facts["interfaces"]
    assert found["Ethernet1/1"]["storm_broadcast"] == 100.0
    assert ("storm_broadcast" in found["Ethernet1/2"], found["Ethernet1/2"]["storm_broadcast_pps"]) == (False, 500)


def test_system_no_poap_is_the_hardened_line() -> None:
    """`system no poap` holds the word and is the good state."""
    assert facts_of("system no poap\n", platform="nxos").facts["poap"] is False
    assert facts_of("boot poap enable\n", platform="nxos").facts["poap"] is True


# ------------------------------------------------------------------ what NX-OS makes of what was typed
def test_communities_are_read_as_rewritten() -> None:
    """`ro` comes back as `group network-operator`, and the list of a community stands on a line of its own."""
    config = "ip access-list readers\n  10 permit udp 192.0.2.0/28 any\n"
    config += (
        "snmp-server community synthetic group network-operator\nsnmp-server community synthetic use-ipv4acl readers\n"
    )
    (found,) = facts_of(config).facts["snmp"]["communities"].values()
    assert (found["writable"], found["acl"], found["acl_exists"]) == (False, "readers", True)


def test_snmp_mirrors_of_users_are_no_local_accounts(vsm: Switch) -> None:
    """Each login user has a line as SNMP user too; it is not counted as an account."""
    _, found = _after(vsm, added("snmp-server user ghost network-admin auth sha 0x12 priv aes-128 0x34 localizedkey"))
    assert found["nexus1000v-one-local-admin", None] == "pass"


def test_a_user_whom_no_password_lets_in() -> None:
    """`password 5 !` opens nothing: no hash to judge, no administrator to count; with an SSH key there is one."""
    config = "username a password 5 !  role network-admin\n"
    config += "username b password 5 $5$SYNTHETIC$0123456789  role network-admin\n"
    found = facts_of(config).facts
    assert found["users"]["a"] == {"roles": ["network-admin"], "admin": True, "locked": True}
    assert found["admin_users"] == ["b"]
    keyed = facts_of(config + "username a sshkey ssh-rsa AAAASYNTHETIC\n").facts
    assert (keyed["users"]["a"]["locked"], keyed["admin_users"]) == (False, ["a", "b"])


def test_one_user_with_a_lifetime_does_not_cover_the_others() -> None:
    """Each user has its own lifetime, else the common one, else none."""
    config = (
        "username a password 5 $5$SYNTHETIC$0123456789  role network-operator\nusername a passphrase  lifetime 30\n"
    )
    config += "username b password 5 $5$SYNTHETIC$0123456789  role network-operator\n"
    found = facts_of(config, platform="nxos").facts["users"]
    assert (found["a"]["password_days"], found["b"]["password_days"]) == (30, 99999)
    common = facts_of(config + "userpassphrase default-lifetime 60\n", platform="nxos").facts["users"]
    assert (common["a"]["password_days"], common["b"]["password_days"]) == (30, 60)


# ------------------------------------------------------------------ supervisors, modules, control VLANs
def test_a_profile_in_the_control_vlan_is_judged(vsm: Switch) -> None:
    """A profile that puts machines into the control VLAN is no infrastructure: it is judged, and fails."""
    layer_2 = both(
        line("  svs mode L3 interface control0", "  svs mode L2"),
        line("  switchport access vlan 120", "  switchport access vlan 101"),
    )
    _, found = _after(vsm, layer_2)
    assert found["nexus1000v-control-vlans-empty", "app"] == "fail"
    assert found["nexus1000v-port-security-on", "app"] == "pass"


def test_two_active_supervisors_are_said(vsm: Switch) -> None:
    """After a lost control link both supervisors may be active; that is a finding of its own."""
    change = shown("show system redundancy status", "Redundancy state:   Standby", "Redundancy state:   Active")
    _, found = _after(vsm, change)
    assert found["nexus1000v-one-active-supervisor", None] == "fail"


def test_a_module_that_is_away_is_seen_by_its_binding(vsm: Switch) -> None:
    """`show module` does not list a module that is away; the slot's binding tells that one is missing."""
    rows = [row for row in texts.MODULES.split("\n") if row.startswith("5 ")]
    gone = both(*(shown("show module", row + "\n", "") for row in rows))
    _, found = _after(vsm, gone)
    assert found["nexus1000v-modules-present", "5"] == "fail"
    assert found["nexus1000v-modules-present", "4"] == "pass"


def test_modules_name_their_hosts() -> None:
    """Slot, host uuid and name, release and state are there for whoever compares them with vCenter."""
    found = facts_of("vem 3\n  host vmware id 00000000-0000-4000-8000-0000000000AA\n", module=texts.MODULES).facts
    three = found["modules"]["3"]
    assert three["server_uuid"] == "00000000-0000-4000-8000-000000000003"
    assert (three["server_name"], three["software"], three["status"]) == ("esx-synthetic-03", "5.2(1)SV3(4.1)", "ok")
    assert found["vems"]["3"] == {
        "host_uuid": "00000000-0000-4000-8000-0000000000aa", "present": True, "uuid_matches": False,
    }  # fmt: skip
    assert "server_uuid" not in found["modules"]["1"]


def test_an_unknown_line_of_show_debug_is_a_gap() -> None:
    """What is neither a known heading nor a debug may be one; with nothing else it is unknown, not quiet."""
    assert facts_of("hostname a\n", debug=texts.DEBUG).facts["debugs"] == []
    assert facts_of("hostname a\n", debug=texts.DEBUG + "IP packet debugging is on\n").facts["debugs"] != []
    odd = facts_of("hostname a\n", debug=texts.DEBUG + "something runs\n")
    assert "not understood" in odd.gaps["debugs"]
    assert "debugs" not in odd.facts
