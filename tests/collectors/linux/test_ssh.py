"""What is read of an SSH server beyond one `sshd -T`: includes, Match blocks, the options that it was started with."""

import pytest

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.sections.ssh_contexts import among, applies
from auditor.collectors.linux.sections.ssh_files import NotFollowed, walk
from auditor.facts.linux_people import Account, Group
from tests.collectors.linux.helpers import META, lines, read_records

PEOPLE = {
    "passwd": "root:x:0:0:/root:/bin/bash\nbob:x:1000:1000:/home/bob:/bin/sh\n",
    "group": "root:0:\nbob:1000:\nstaff:50:bob\n",
}
BASE = "permitrootlogin no\nmaxauthtries 4\nport 22\n"
MATCH = lines(etc__ssh__sshd_config="PermitRootLogin no\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n")
WHO = "user=root,host=host.invalid,addr=10.0.0.0,laddr=192.0.2.2,lport=22"
MATCHES = f"/etc/ssh/sshd_config:2\t{WHO}\n"


def test_a_connection_shows_what_a_block_changes() -> None:
    """Only what differs from the rest stands in a context; root's login on its own, as its user is root."""
    asked = BASE.replace("permitrootlogin no", "permitrootlogin yes")
    found = read_records(sshd=BASE, conf=MATCH, sshd_matches=MATCHES, sshd_match_1=asked, **PEOPLE)
    assert found.facts["sshd"]["contexts"] == {
        "/etc/ssh/sshd_config:2": {
            "criteria": "Address 10.0.0.0/8",
            "connection": WHO,
            "changed": {"permitrootlogin": "yes"},
            "root_login": "yes",
        }
    }


@pytest.mark.parametrize(
    ("matches", "answer", "reason"),
    [
        ("", None, "could be made up"),
        (MATCHES.replace("10.0.0.0", "192.0.2.1"), BASE, "could be made up"),
        (MATCHES, None, "no such part"),
        (MATCHES, Record("", 255, "Missing privilege separation directory: /run/sshd"), "/run/sshd"),
        (MATCHES, "\n", "printed nothing"),
        (MATCHES, Record("", 124, ""), "time limit"),
    ],
)
def test_a_block_that_nothing_answers_for_is_a_gap(matches: str, answer: Record | str | None, reason: str) -> None:
    """No connection, one that the block does not hold for, no answer: never a block without exceptions."""
    given = {"sshd_match_1": answer} if answer is not None else {}
    found = read_records(sshd=BASE, conf=MATCH, sshd_matches=matches, **given, **PEOPLE)
    assert reason in found.gaps["sshd.contexts[/etc/ssh/sshd_config:2]"]
    assert found.facts["sshd"]["contexts"]["/etc/ssh/sshd_config:2"]["changed"] == {}


def test_without_root_the_line_for_sudoers_is_named() -> None:
    """Each connection needs a sudoers line of its own, with the characters escaped that sudoers(5) reserves."""
    user = META.replace("uid=0", "uid=1000")
    none = Record("", 255, "sshd: no hostkeys available -- exiting.")
    found = read_records(meta=user, sshd=none, conf=MATCH, sshd_matches=MATCHES, **PEOPLE)
    assert r"sshd -T -C user\=root\,host\=host.invalid\,addr" in found.gaps["sshd.contexts[/etc/ssh/sshd_config:2]"]


def test_a_bare_listing_that_stops_at_a_local_port_has_a_stand_in() -> None:
    """`sshd -T` refuses a Match by LocalPort; then counts what a connection gets that no block holds for."""
    stop = Record("", 255, "'Match LocalPort' in configuration but 'lport' not in connection test specification.")
    conf = lines(etc__ssh__sshd_config="Match LocalPort 2222\n  PermitRootLogin yes\n")
    assert read_records(sshd=stop, sshd_plain=BASE, conf=conf, **PEOPLE).facts["sshd"]["effective"]["maxauthtries"] == 4
    conf = lines(etc__ssh__sshd_config="Match LocalPort 2222\n  X11Forwarding no\nMatch all\n  PermitRootLogin yes\n")
    found = read_records(sshd=stop, sshd_plain=BASE, conf=conf, **PEOPLE)
    assert "/etc/ssh/sshd_config:3 holds for every connection" in found.gaps["sshd.effective"]


def blocks(**files: str) -> dict[str, object]:
    found = read_records(sshd=BASE, conf=lines(**files), sshd_matches="", **PEOPLE).facts["sshd"]["match_blocks"]
    assert isinstance(found, dict)
    return found


def test_a_match_ends_with_the_file_it_stands_in() -> None:
    """Lines after an Include belong to nobody's block, a drop-in without Include or .conf is not read."""
    found = blocks(
        etc__ssh__sshd_config="Include /etc/ssh/sshd_config.d/*.conf\nX11Forwarding no\n",
        etc__ssh__sshd_config_DOT_d__a_DOT_conf="Match User bob\n  X11Forwarding yes\n",
        etc__ssh__sshd_config_DOT_d__b_DOT_off="Match User eve\n  X11Forwarding yes\n",
    )
    assert found == {"/etc/ssh/sshd_config.d/a.conf:1": {"criteria": "User bob", "settings": {"x11forwarding": "yes"}}}
    assert blocks(etc__ssh__sshd_config="Port 22\n", etc__ssh__sshd_config_DOT_d__a_DOT_conf="Match all\n") == {}


def test_a_main_file_elsewhere_is_a_gap() -> None:
    """Some builds read /usr/etc/ssh: no Match block was seen there, so none may be called absent."""
    gone = Record("", 2, "grep: /etc/ssh/sshd_config: No such file or directory")
    assert "another place" in read_records(sshd=BASE, conf=gone, **PEOPLE).gaps["sshd.contexts"]


def test_an_include_within_a_match_belongs_to_it() -> None:
    """What a conditional Include brings in is an exception like the lines beside it."""
    found = blocks(
        etc__ssh__sshd_config="Match User bob\n  Include sshd_config.d/x.conf\n",
        etc__ssh__sshd_config_DOT_d__x_DOT_conf="PermitRootLogin yes\n",
    )
    assert found["/etc/ssh/sshd_config:1"] == {"criteria": "User bob", "settings": {"permitrootlogin": "yes"}}


def test_the_crypto_policy_of_rhel_9_is_followed() -> None:
    """50-redhat.conf includes the back-end of the policy: that was a gap on every such host once."""
    policy = "/etc/crypto-policies/back-ends/opensshserver.config:1:Ciphers aes256-gcm@openssh.com\n"
    conf = policy + lines(
        etc__ssh__sshd_config="Include /etc/ssh/sshd_config.d/*.conf\n",
        etc__ssh__sshd_config_DOT_d__50_DASH_redhat_DOT_conf=(
            "Include /etc/crypto-policies/back-ends/opensshserver.config\nMatch User bob\n"
        ),
    )
    found = read_records(sshd=BASE, conf=conf, sshd_matches="", **PEOPLE)
    assert "sshd.match_blocks" not in found.gaps
    assert list(found.facts["sshd"]["match_blocks"]) == ["/etc/ssh/sshd_config.d/50-redhat.conf:2"]


def test_options_of_the_running_server_win() -> None:
    """Options on the command line are unknown to `sshd -T`; one that only changes a list cannot be told."""
    title = "sshd: /usr/sbin/sshd -D -oMaxAuthTries=9 -oMACs=hmac-sha2-512 -oCiphers=+aes128-cbc [listener] 0 of 10\n"
    found = read_records(sshd=BASE + "macs hmac-sha1\nciphers aes256-ctr\n", sshd_cmdline=title, conf="", **PEOPLE)
    assert found.facts["sshd"]["effective"]["maxauthtries"] == 9
    assert found.facts["sshd"]["effective"]["macs"] == ["hmac-sha2-512"]
    assert "-ociphers" in found.gaps["sshd.effective[ciphers]"]


def test_a_server_with_another_file_is_not_judged_by_the_usual_one() -> None:
    """`-f FILE`: `sshd -T` would list what nobody runs with."""
    found = read_records(sshd=BASE, sshd_cmdline="/usr/sbin/sshd\n-D\n-f\n/opt/sshd.conf\n", conf="", **PEOPLE)
    assert "/opt/sshd.conf" in found.gaps["sshd.effective"]
    assert found.facts["sshd"]["effective"] == {}


def test_a_policy_line_in_sysconfig_takes_sshd_out() -> None:
    """RHEL 8: CRYPTO_POLICY= in /etc/sysconfig/sshd; a comment does not, a file closed to the user is a gap."""
    for text, wanted in (("CRYPTO_POLICY=\n", True), ("# CRYPTO_POLICY=\n", False)):
        found = read_records(sshd=BASE, conf=lines(etc__sysconfig__sshd=text), **PEOPLE)
        assert found.facts["sshd"]["policy_overridden"] is wanted
    denied = Record("", 2, "grep: /etc/sysconfig/sshd: Permission denied")
    assert "sshd.policy_overridden" in read_records(sshd=BASE, conf=denied, **PEOPLE).gaps


ACCOUNTS = {"bob": Account(uid=1, gid=50, home="/", shell="", system=False, login_shell=True)}
GROUPS = {"staff": Group(gid=50), "ops": Group(gid=51, members=["bob"])}


@pytest.mark.parametrize(
    ("criteria", "connection", "wanted"),
    [
        ("all", "user=x", True),
        ("User bob,al*", "user=alice", True),
        ("User *,!root", "user=root", False),
        ("user=bob", "user=bob", True),
        ('User "bob"', "user=bob", True),
        ("Group staff", "user=bob", True),
        ("Group ops,!staff", "user=bob", False),
        ("Group nosuch", "user=bob", False),
        ("Address 10.0.0.0/8", "addr=10.255.0.1", True),
        ("Address *,!10.0.0.0/8", "addr=10.1.1.1", False),
        ("Address 192.168.*", "addr=192.168.1.1", True),
        ("Address fe80::/10", "addr=fe80::1", True),
        ("Address nonsense/99", "addr=10.0.0.1", False),
        ("Host *.example.org User bob", "user=bob,host=x.example.org", True),
        ("LocalPort 22,2222", "lport=2222", True),
        ("LocalAddress 192.0.2.2", "laddr=192.0.2.2", True),
        ("RDomain x", "user=bob", False),
        ("User", "user=bob", False),
        ("", "user=bob", False),
    ],
)
def test_when_a_block_holds(criteria: str, connection: str, wanted: bool) -> None:
    """Patterns, negation, networks and groups of sshd_config(5); what is not known never holds."""
    assert applies(criteria, connection, ACCOUNTS, GROUPS) is wanted


def test_brackets_are_no_patterns() -> None:
    """OpenSSH knows * and ? alone."""
    assert not among("a", "[ab]")
    assert among("[ab]", "[ab]")


def test_files_that_include_each_other_end() -> None:
    """A loop, or a line without end, ends with a reason, not with the reader."""
    loop = {"/etc/ssh/sshd_config": [(1, "Include sshd_config.d/a.conf")],
            "/etc/ssh/sshd_config.d/a.conf": [(1, "Include sshd_config.d/a.conf")] * 3}  # fmt: skip
    with pytest.raises(NotFollowed):
        list(walk(loop))
    conf = lines(
        etc__ssh__sshd_config="Include sshd_config.d/a.conf\n",
        etc__ssh__sshd_config_DOT_d__a_DOT_conf="Include sshd_config.d/a.conf\n",
    )
    assert "include each other" in read_records(sshd=BASE, conf=conf, **PEOPLE).gaps["sshd.contexts"]
