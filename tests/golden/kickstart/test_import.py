"""Whole kickstart files: the profile that they become, line by line, and nothing of them lost."""

import re
from pathlib import Path

import pytest

from auditor.golden.kickstart.catalogue import FAMILIES, find, normal
from auditor.golden.kickstart.interpret import Imported, interpret
from auditor.golden.kickstart.profile import listed, make, profile_text, told
from auditor.golden.kickstart.sections import KickstartError, blank
from auditor.golden.kickstart.values import Refused
from auditor.golden.profile import golden
from auditor.golden.schema import GoldenProfile
from auditor.yamlfile import parse

HERE = Path(__file__).parent


def profile_of(found: Imported) -> str:
    """The profile as text, which its platform accepts."""
    made = make(found, "test", "Test")
    golden(GoldenProfile.model_validate(made.data))
    return profile_text(found, made, "test.cfg")


def of(*lines: str) -> Imported:
    """What commands at the first start say."""
    return interpret("\n".join(["%firstboot --interpreter=busybox", *lines, ""]))


def facts(*lines: str) -> dict[str, object]:
    """Their facts."""
    found = make(of(*lines), "test", "Test").data
    golden(GoldenProfile.model_validate(found))
    return dict(found["facts"])


@pytest.mark.parametrize("name", ["esxi8", "esx4"])
def test_a_file_becomes_the_profile_beside_it(name: str) -> None:
    """Each file gives, twice, the bytes that a person has read line by line and put beside it."""
    text = (HERE / f"{name}.cfg").read_text()
    for _ in range(2):
        found = interpret(text)
        made = make(found, name, f"Hosts installed by {name}.cfg")
        assert profile_text(found, made, f"{name}.cfg") == (HERE / f"{name}.yaml").read_text()
    golden(parse((HERE / f"{name}.yaml").read_text()).validate(GoldenProfile))


@pytest.mark.parametrize("name", ["esxi8", "esx4"])
def test_no_line_of_a_file_is_lost(name: str) -> None:
    """Every line is taken, listed, without a setting, or says nothing at all."""
    text = (HERE / f"{name}.cfg").read_text()
    covered = {line for one in interpret(text).entries for line in range(one.first, one.last + 1)}
    said = {n for n, line in enumerate(text.splitlines(), 1) if not blank(line)}
    assert said <= covered


def test_every_family_stands_in_the_files() -> None:
    """The two files use commands of every family that the importer knows."""
    used = set()
    for name in ("esxi8", "esx4"):
        used |= {one.what for one in interpret((HERE / f"{name}.cfg").read_text()).entries}
    unused = {name for name, forms in FAMILIES.items() if not used & {form.words for form in forms}}
    assert unused == set()


def test_line_ends_of_windows_change_nothing() -> None:
    """CRLF gives the same profile."""
    text = (HERE / "esxi8.cfg").read_text()
    assert profile_of(interpret(text.replace("\n", "\r\n"))) == profile_of(interpret(text))


def test_no_secret_reaches_a_profile() -> None:
    """Passwords, hashes, communities and keys are neither in the profile nor in what is told of lines."""
    text = (HERE / "esxi8.cfg").read_text()
    text = (
        text.replace("@@PASSWORD@@", "hidden-1").replace("$CHAP_SECRET", "hidden-2").replace("@@LICENCE@@", "hidden-3")
    )
    text = text.replace("$JOIN_PASSWORD", "hidden-4").replace("synthetic-community", "hidden-5")
    text += "esxcli unknown thing --password hidden-6\nfrobnicate hidden-7\nPASS=hidden-8 other\n"
    text += "esxcli system settings advanced set -o /UserVars/AgentPassword -s hidden-9\n"
    text += "esxcli system syslog config set --loghost=ssl://me:hidden-10@logs.example.test\n"
    found = interpret(text)
    for output in (profile_of(found), "\n".join(told(one) for one in found.entries)):
        assert "hidden" not in output
        assert "notarealhash" not in output


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("if true; then esxcli system welcomemsg set -m X; fi", "'if'"),
        ("while read a; do esxcli system welcomemsg set -m X; done", "'while'"),
        ("for a in 1 2; do esxcli system welcomemsg set -m X; done", "'for'"),
        ("case $a in b) esxcli system welcomemsg set -m X;; esac", "'case'"),
        ("case $a in\n b|c)\n true ;;\n (d) esxcli system welcomemsg set -m X\nesac", "'case'"),
        ("f() { esxcli system welcomemsg set -m X; }", "the function f"),
        ("(esxcli system welcomemsg set -m X)", "the subshell"),
        ("false || esxcli system welcomemsg set -m X", "behind ||"),
        ("[ -f a ] && esxcli system welcomemsg set -m X", "behind &&"),
        ("grep a b | grep c && esxcli system welcomemsg set -m X", "behind &&"),
        ("! true && esxcli system welcomemsg set -m X", "behind &&"),
        ("false || { true; esxcli system welcomemsg set -m X; }", "the group behind ||"),
        ("[ -f a ] && exit 0\nesxcli system welcomemsg set -m X", "line 2 may have ended"),
        ("exit 0\nesxcli system welcomemsg set -m X", "line 2 ended the script"),
    ],
)
def test_what_may_not_run_is_not_taken(line: str, reason: str) -> None:
    """A command that hangs on a condition, a loop, a function or the end of the script is listed, never a fact."""
    found = of(line)
    assert make(found, "test", "Test").data["facts"] == {}
    (entry,) = [one for one in listed(found) if one.what.startswith("esxcli")]
    assert (entry.kind, reason in entry.reason) == ("conditional, not taken", True)


@pytest.mark.parametrize(
    "line",
    [
        "esxcli system welcomemsg set -m X",
        "/sbin/esxcli system welcomemsg set -m X",
        "localcli system welcomemsg set --message X",
        "true && esxcli system welcomemsg set -m X",
        "sleep 5; esxcli system welcomemsg set -m X &",
        "{ esxcli system welcomemsg set -m 'X'; } > /tmp/log 2>&1",
        'M=X\nesxcli system welcomemsg set -m "$M"',
        "M='-m X'\nesxcli system welcomemsg set $M",
        "esxcli system welcomemsg \\\n  set -m X",
        "esxcli system welcomemsg set -m X | logger",
        "esxcli system welcomemsg set -m X # why",
    ],
)
def test_spellings_of_one_command_are_one(line: str) -> None:
    """Folders, quotes, continuations, variables, groups and pipes do not change what a command says."""
    assert facts(line) == {"advanced": {"Annotations.WelcomeMessage": "X"}}


@pytest.mark.parametrize(
    ("written", "name"),
    [("@@MSG@@", "msg"), ("{{ msg }}", "msg"), ("%(MSG)s", "msg"), ("<%= @msg %>", "msg"), ("$MSG", "msg"),
     ('"${MSG}"', "msg"), ("$(cat /x)", "advanced_annotations_welcomemessage"),
     ("'site @@N@@'", "advanced_annotations_welcomemessage")],
)  # fmt: skip
def test_placeholders_become_customisations(written: str, name: str) -> None:
    """What a template or the host fills in is a customisation with the path that it stands for."""
    data = make(of(f"esxcli system welcomemsg set -m {written}"), "test", "Test").data
    assert data["facts"] == {"advanced": {"Annotations.WelcomeMessage": f"${name}"}}
    one = data["customisations"][name]
    assert (one if isinstance(one, str) else one["path"]) == "advanced[Annotations.WelcomeMessage]"


def test_different_variables_keep_different_names() -> None:
    """Two placeholders that are spelt alike but for signs do not meet in one customisation; one used twice does."""
    data = make(
        of("esxcli system welcomemsg set -m @@A.B@@", "esxcli network ip dns server add -s @@A_B@@",
           "esxcli network ip dns search add -d @@A.B@@"), "test", "Test").data  # fmt: skip
    assert data["facts"]["dns"] == {"search": ["$a_b"], "servers": ["$a_b_2"]} or data["facts"]["dns"] == {
        "search": ["$a_b_2"], "servers": ["$a_b"]}  # fmt: skip
    assert data["facts"]["advanced"]["Annotations.WelcomeMessage"] == data["facts"]["dns"]["search"][0]


def test_a_literal_that_is_per_host_is_a_value_for_the_inventory() -> None:
    """An address in the file becomes a customisation; its value is told apart from the profile."""
    made = make(of("esxcli network ip interface ipv4 set -i vmk1 -t static -I 10.1.1.1 -N 255.0.0.0"), "test", "Test")
    assert made.data["facts"]["vmkernel"]["vmk1"]["ip"] == "$vmkernel_vmk1_ip"
    assert made.values == {"vmkernel_vmk1_ip": "10.1.1.1"}


def test_the_last_writer_wins_and_is_told() -> None:
    """One option by three tools and two spellings is one fact; each change of it is told with both lines."""
    found = of(
        "esxcfg-advcfg -s 1 /Net/BlockGuestBPDU",
        "esxcli system settings advanced set -o /net/blockguestbpdu -i 0",
        "vim-cmd hostsvc/advopt/update Net.BlockGuestBPDU long 1",
    )
    assert make(found, "test", "Test").data["facts"] == {"advanced": {"Net.BlockGuestBPDU": 1}}
    assert [re.findall(r"\d+", one) for one in found.draft.remarks] == [["3", "2"], ["4", "3"]]


SSH_ON, SSH_OFF = "vim-cmd hostsvc/enable_ssh", "vim-cmd hostsvc/disable_ssh"


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([SSH_OFF, f"[ -f /x ] && {SSH_ON}"], {}),
        ([SSH_OFF, f"[ -f /x ] && {SSH_OFF}"], {"services": {"TSM-SSH": {"policy": "off"}}}),
        ([SSH_OFF, f"[ -f /x ] && {SSH_ON}", SSH_OFF], {"services": {"TSM-SSH": {"policy": "off"}}}),
        ([SSH_OFF, "exit 0", SSH_ON], {"services": {"TSM-SSH": {"policy": "off"}}}),
        ([SSH_OFF, "[ -f /x ] && exit 0", SSH_ON], {}),
        (["esxcfg-vswitch -A G vSwitch0", "if true; then esxcfg-vswitch -D G vSwitch0; fi"], {}),
        (["esxcli network ip dns server add -s 10.0.0.1", "f() { esxcli network ip dns server add -s 10.0.0.2; }",
          "esxcli network ip dns server add -s 10.0.0.3"], {}),
        (["esxcli storage nmp device set -d naa.1 -P VMW_PSP_RR",
          "for d in $(ls); do esxcli storage nmp device set -d $d -P VMW_PSP_MRU; done"], {}),
        (["false || esxcfg-vmknic -a -i 10.0.0.1 -n 255.0.0.0 A", "esxcfg-vmknic -a -i 10.0.0.2 -n 255.0.0.0 B"], {}),
        (["esxcfg-vmknic -a -i 10.0.0.1 -n 255.0.0.0 --odd A", "esxcfg-vmknic -a -i 10.0.0.2 -n 255.0.0.0 B"], {}),
        (["echo 'server a' > /etc/ntp.conf", "if true; then echo 'server b' >> /etc/ntp.conf; fi"], {}),
    ],
)  # fmt: skip
def test_what_a_line_may_have_changed_is_not_in_the_profile(lines: list[str], left: dict[str, object]) -> None:
    """A command that may not have run takes away what it would change, until a later line says it for certain."""
    found = of(*lines)
    assert make(found, "test", "Test").data["facts"] == left
    assert make(found, "test", "Test").data["for"].get("version", ">=5.0") == ">=5.0"


def test_a_group_with_a_new_name_takes_its_facts_along() -> None:
    """Renamed, a group has what was said of it; adapters in it follow, and the old name must be absent."""
    data = make(
        of("esxcfg-vswitch -A Old vSwitch0", "esxcfg-vswitch -p Old -v 7 vSwitch0",
           "esxcli network ip interface add -i vmk1 -p Old",
           "vim-cmd hostsvc/net/portgroup_set --portgroup-name=New vSwitch0 Old"), "test", "Test").data  # fmt: skip
    assert data["facts"]["port_groups"] == {"New": {"vlan": 7, "vswitch": "vSwitch0"}}
    assert (data["facts"]["vmkernel"], data["absent"]) == ({"vmk1": {"port_group": "New"}}, ["port_groups[Old]"])


def test_removals_must_be_absent_until_added_again() -> None:
    """A removal is an absent path, undone by a later line that adds; what was said of it is forgotten."""
    add, gone = "esxcfg-vswitch -A Old vSwitch0", "esxcfg-vswitch -D Old vSwitch0"
    vlan = "esxcfg-vswitch -p Old -v 5 vSwitch0"
    assert make(of(add, vlan, gone), "test", "Test").data["absent"] == ["port_groups[Old]"]
    data = make(of(add, vlan, gone, add), "test", "Test").data
    assert ("absent" in data, data["facts"]) == (False, {"port_groups": {"Old": {"vswitch": "vSwitch0"}}})


def test_releases_that_exclude_each_other_are_told() -> None:
    """Trees of release 4 beside commands of release 8 give no range of versions, and a note."""
    found = of(
        "esxcli nmp device setpolicy --device naa.1 --psp VMW_PSP_RR", "esxcli system tls server set -p NIST_2024"
    )
    assert make(found, "test", "Test").data["for"] == {"platform": "esxi"}
    assert any("stand beside" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("%firstboot\ncat > /etc/ntp.conf <<EOF\nserver a\n", 2, "'EOF' has no end"),
        ("%firstboot\ncat <<A\nx\n%post\nA\n", 2, "'A' has no end"),
        ("%firstboot\ncat <<EOF\n EOF\n", 2, "'EOF' has no end"),
        ("%firstboot\nesxcli system welcomemsg set -m “Hello”\n", 2, "a typographic quote"),
        ("%firstboot\nesxcli system welcomemsg set –m X\n", 2, "an en dash"),
        ("%firstboot\nesxcli system\u00a0welcomemsg set -m X\n", 2, "a non-breaking space"),
        ("rootpw “secret”\n", 1, "a typographic quote"),
        ("rootpw 'secret\n", 1, "a quote that does not end"),
        ("%firstboot\n\necho 'a\nb\n", 3, "a quote that does not end"),
        ("%firstboot\necho $(date\n", 2, "a command substitution that does not end"),
        ("%firstboot\n\ncat <<EOF\nx\n`date\nEOF\n", 3, "a command substitution that does not end"),
        ("%firstboot\nif true; then\n echo\n", 2, "'if' has no end"),
        ("%firstboot\necho\ndone\n", 3, "'done' without its beginning"),
        ("%firstboot\necho }\n}\n", 3, "'}' without its beginning"),
        ("%firstboot\necho >\n", 2, "nothing behind '>'"),
        ("accepteula\nroot\x07pw\n", 2, "a control character"),
        ("%firstboot –interpreter=busybox\n", 1, "an en dash"),
    ],
)
def test_a_file_that_cannot_be_read_names_its_line(text: str, line: int, words: str) -> None:
    """Here-documents, quotes and blocks without end, and signs of word processors, are errors with line and mend."""
    with pytest.raises(KickstartError) as raised:
        interpret(text)
    assert (raised.value.line, words in str(raised.value), bool(raised.value.mend)) == (line, True, True)


def test_typography_may_stand_where_it_is_text() -> None:
    """In comments, inside quotes and in here-documents such signs are text."""
    text = "# “a” – b\nesxcli system welcomemsg set -m 'it’s “ours”'\ncat > /etc/hosts <<EOF\n“\nEOF"
    assert facts(*text.split("\n")) == {"advanced": {"Annotations.WelcomeMessage": "it’s “ours”"}}


def test_a_name_is_known_by_one_form_only() -> None:
    """The mode of a command with several forms decides; none, or two, is refused."""
    for line in ("esxcfg-vswitch vSwitch0", "esxcfg-vswitch -m 9000 -B both vSwitch0", "esxcfg-advcfg /a/b"):
        with pytest.raises(Refused):
            find(normal(line.split()))
