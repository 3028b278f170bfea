"""Real changes to Postfix, BIND, libvirt and the network of a booted host: each flips its finding, and no other."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager

import pytest

from auditor.collectors.linux.wanted import SUDO_COMMANDS
from auditor.facts.linux import Facts
from tests.collectors.linux.helpers import differences
from tests.collectors.linux.test_rule_paths import ROLE_FACTS, never_seen, seen
from tests.flips.linux_lab import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, Verdicts, changed, collect, kept, verdicts
from tests.flips.linux_lab import flips as differing
from tests.flips.role_changes import FLIPS, GOOD, LOCAL, MAIN, MASTER, OPTIONS, QEMU, SMTP, VNC, WEB1, Flip
from tests.flips.role_host import role_host
from tests.flips.together import all_wanted, batches, flip_together, names
from tests.rules.shipped import shipped_rules
from tests.simulators.linux.lab import USER, LabHost

__all__ = ["role_host"]
pytestmark = pytest.mark.needs_lab


PARAMETERS = {"bind_listen": ["any"], "resolvers": ["10.255.255.53", "10.255.255.54"], "kvm_autostart_guests": []}


@pytest.fixture(scope="module")
def before(role_host: LabHost) -> Verdicts:
    """Verdicts of the host as it was made."""
    return verdicts(collect(role_host), PARAMETERS)


def made(role_host: LabHost, flip: Flip) -> AbstractContextManager[None]:
    """The host with a change, until it is taken back."""
    undo = kept(role_host, *flip.keeps)

    def back(host: LabHost) -> None:
        undo(host)
        host.inside(["sh", "-ec", flip.undo])

    return changed(role_host, flip.do, back)


def _holds(before: Verdicts, after: Verdicts, batch: Sequence[Flip]) -> bool:
    """Whether what was wanted differs and nothing else, and what was to stay as it is did."""
    wanted = all_wanted(batch)
    found = {key: after[key[0]].get(key[1]) for key in wanted}
    changes = {key: pair for key, pair in wanted.items() if pair[0] != pair[1]}
    return differing(before, after) == changes and found == {key: pair[1] for key, pair in wanted.items()}


def _about(flip: Flip) -> str:
    """Settings of one file of Postfix or BIND are set one by one: files that are only kept may be shared."""
    return f"{flip.do} {flip.undo}".replace(OPTIONS, "").replace(LOCAL, "").replace(WEB1, "")


@pytest.mark.parametrize("batch", batches(FLIPS, _about), ids=names)
def test_only_what_was_changed_flips(role_host: LabHost, before: Verdicts, batch: list[Flip]) -> None:
    """The finding of each change flips as wanted, read through the host's own sshd, and none beside it."""
    flip_together(
        batch,
        lambda flip: made(role_host, flip),
        lambda: verdicts(collect(role_host), PARAMETERS),
        lambda after, flips_: _holds(before, after, flips_),
    )


def test_links_of_other_sizes_and_without_peer(role_host: LabHost, before: Verdicts) -> None:
    """A port smaller than its bridge, and a cable whose far end is off: new links bring just these findings."""
    do = (
        "ip link add br7 type bridge; ip link add v7 type veth peer name w7; ip link set v7 mtu 1400; "
        "ip link set v7 master br7; ip link set br7 mtu 1500; ip link set br7 up; ip link set v7 up"
    )
    with changed(role_host, do, "ip link del v7; ip link del br7"):
        after = verdicts(collect(role_host), PARAMETERS)
    new = {key: pair[1] for key, pair in differing(before, after).items() if pair[1] is not NOT_APPLICABLE}
    bad = {key: status for key, status in new.items() if status is FAIL and key[0].startswith("linux-net-")}
    assert bad == {("linux-net-mtu-agrees", "v7"): FAIL, ("linux-net-link-carrier", "v7"): FAIL}


def test_the_host_knows_its_name_once_it_is_told(role_host: LabHost, before: Verdicts) -> None:
    """A line in /etc/hosts makes the name qualified, and forward and reverse agree with the address."""
    undo = kept(role_host, "/etc/hosts")
    line = f"echo '{role_host.address} '$(uname -n).example.org $(uname -n) >>/etc/hosts"
    with changed(role_host, line, undo):
        seen_ = collect(role_host)
    facts = seen_.facts["identity"]
    assert facts["fqdn"].endswith(".example.org")
    assert differing(before, verdicts(seen_, PARAMETERS)) == {
        ("linux-net-hostname-qualified", None): GOOD,
        ("linux-net-name-forward", None): GOOD,
        ("linux-net-address-reverse", role_host.address): GOOD,
    }


def test_a_service_on_another_port_has_its_own_verdicts(role_host: LabHost, before: Verdicts) -> None:
    """A submission service that does not insist on TLS fails for that, beside smtp, whose verdicts stay."""
    undo = kept(role_host, MASTER)
    line = "postconf -M 'submission/inet=submission inet n - y - - smtpd'"
    with changed(role_host, line, undo):
        after = verdicts(collect(role_host), PARAMETERS)
    assert after["linux-postfix-submission-encrypted"] == {"submission/inet": FAIL}
    assert after["linux-postfix-no-open-relay"] == {SMTP: PASS, "submission/inet": PASS}
    found = differing(before, after)
    assert {subject for _, subject in found} == {"submission/inet", None}
    assert {rule for rule, subject in found if subject is None} == {"linux-postfix-submission-encrypted"}


def test_loopback_only_leaves_nothing_for_strangers(role_host: LabHost, before: Verdicts) -> None:
    """A server that only sends: the rules about strangers find no service, and do not fail."""
    undo = kept(role_host, MAIN)
    with changed(role_host, "postconf -e inet_interfaces=loopback-only", undo):
        after = verdicts(collect(role_host), PARAMETERS)
    assert after["linux-postfix-interfaces"] == {None: PASS}
    assert after["linux-postfix-tls-offered"] == {None: NOT_APPLICABLE}
    assert {rule.split("-")[1] for rule, _ in differing(before, after)} == {"postfix"}


def test_braces_that_do_not_match_hide_the_name_server_only(role_host: LabHost, before: Verdicts) -> None:
    """named would refuse it: every verdict from named.conf is unknown, with the line, and no other changes."""
    undo = kept(role_host, LOCAL)
    with changed(role_host, f"echo 'zone \"x\" {{ type primary;' >>{LOCAL}", undo):
        after = collect(role_host)
    assert re.search(r"/etc/bind/named\.conf[\w.-]*:\d+", after.gaps["bind"])
    found = differing(before, verdicts(after, PARAMETERS))
    assert {pair[1] for key, pair in found.items() if pair[1] is not None} == {UNKNOWN}
    assert {rule.split("-")[1] for rule, _ in found} == {"bind"}


def test_the_files_and_named_itself_say_the_same(role_host: LabHost) -> None:
    """With named-checkconf out of reach the facts come from the files, and are what named-checkconf gave."""
    views = 'view inside { match-clients { 10/8; }; recursion yes; zone a.example { type primary; file "a"; }; };\n'
    views += "view world { recursion no; allow-transfer { none; }; "
    views += "zone a.example { type slave; primaries { 10.1.1.1; }; }; };"
    do = (
        f"sed -i 's/^include.*default-zones.*//' /etc/bind/named.conf; printf '%s\\n' '{views}' >{LOCAL}; "
        "sed -i 's,# flip,/* x } */ // y {\\n allow-query { !{ !10/8; any; }; any; };,' " + OPTIONS
    )
    undo = kept(role_host, OPTIONS, LOCAL, "/etc/bind/named.conf")
    with changed(role_host, do, undo):
        asked = collect(role_host)
        with changed(role_host, "chmod 0 /usr/bin/named-checkconf", "chmod 0755 /usr/bin/named-checkconf"):
            read = collect(role_host, USER)
    assert "bind" not in read.gaps, read.gaps["bind"]
    assert asked.sources["bind"] == "named-checkconf -px"
    assert read.sources["bind"] == "/etc/bind/named.conf"
    assert "bind" not in asked.gaps
    assert sorted(asked.facts["bind"]["zones"]) == ["inside/a.example", "world/a.example"]
    assert [one for one in differences(asked.facts["bind"], read.facts["bind"]) if one[0] != "version"] == []


def test_no_secret_of_a_role_leaves_the_host(role_host: LabHost) -> None:
    """The key of a zone transfer, a console's password and a login in main.cf are in no fact."""
    undo = kept(role_host, WEB1, MAIN)
    do = f"sed -i \"s/listen=/passwd='geheim99' listen=/\" {WEB1}; "
    do += "postconf -e smtp_sasl_password_maps=static:bob:geheim77"
    with changed(role_host, do, undo):
        found = collect(role_host)
    assert found.facts["kvm"]["graphics"][VNC]["password"] is True
    assert not re.search("geheim|c3ludGhl", str(found))


def test_plain_users_and_root_do_not_disagree(role_host: LabHost, before: Verdicts) -> None:
    """What a plain user sees of these roles gives root's verdict or unknown."""
    user = verdicts(collect(role_host, USER), PARAMETERS)
    mine = {rule for rule in before if re.match(r"linux-(kvm|postfix|bind|net)-", rule)}
    wrong = {
        (rule, subject): status
        for rule in mine
        for subject, status in user[rule].items()
        if status is not UNKNOWN and status is not before[rule].get(subject)
    }
    assert wrong == {}
    assert UNKNOWN in user["linux-kvm-guest-confined"].values()


def test_each_path_of_a_role_was_seen_or_is_listed(role_host: LabHost) -> None:
    """What rules about these roles ask for was there on this host, or stands in the list of facts never seen."""
    guest_change = (
        "s/listen='127.0.0.1'/listen='0.0.0.0'/; s,<!-- backing -->,<memoryBacking><hugepages/></memoryBacking>,"
    )
    undo = kept(role_host, WEB1, LOCAL, QEMU)
    do = (
        f'sed -i "{guest_change}" {WEB1}; ip link add br7 type bridge; '
        "ip link add v7 type veth peer name w7; ip link set v7 master br7; "
        f"echo 'controls {{ inet 127.0.0.1 allow {{ any; }} keys {{ peer; }}; }};' >>{LOCAL}; "
        f'printf \'user = "libvirt-qemu"\\nsecurity_driver = "apparmor"\\nsecurity_default_confined = 1\\n'
        f"seccomp_sandbox = 1\\nclear_emulator_capabilities = 1\\n' >>{QEMU}"
    )

    def back(host: LabHost) -> None:
        undo(host)
        host.inside(["sh", "-ec", "ip link del v7; ip link del br7"])

    with changed(role_host, do, back):
        facts = collect(role_host).facts
    wanted = {path for path in role_paths() if not seen(facts, path)}
    assert sorted(wanted - never_seen()) == []


def role_paths() -> set[str]:
    """Paths of the facts that only hosts with these roles have."""
    found: set[str] = set()
    for rule, _ in shipped_rules("linux").values():
        entries = [*rule.expect, *rule.where, *(path for branch in rule.any_of for path in branch)]
        found |= {f"{rule.for_each}[*]{path}" if path.startswith(".") else path for path in entries if path[0] != "@"}
    assert {"kvm", "postfix", "bind"} <= set(Facts.model_fields)
    return {path for path in found if ROLE_FACTS.match(path)}


def test_exact_sudo_lines_show_what_root_sees(role_host: LabHost) -> None:
    """With the lines that the gaps name a plain user reads of these roles what root reads."""
    rules = "".join(f"{USER} ALL=(root) NOPASSWD: {command}\n" for command in SUDO_COMMANDS.values())
    role_host.put("/etc/sudoers.d/audit", rules, 0o440)
    try:
        root, user = collect(role_host), collect(role_host, USER, "sudo")
    finally:
        (role_host.tree / "etc/sudoers.d/audit").unlink()
    for name in ("kvm", "postfix", "bind", "nat", "links", "resolver", "identity"):
        assert list(differences(root.facts[name], user.facts[name])) == [], name
        assert [gap for gap in user.gaps if gap.startswith(name)] == [g for g in root.gaps if g.startswith(name)]
