"""What `read` makes of evidence about packet filter, packages, files and AIDE. The evidence is written by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.collectors import linux
from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.wanted import FIRST_CONF, FIRST_UNITS
from auditor.domain import Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.linux.helpers import META, capture, lines, read_records
from tests.rules.shipped import shipped_rules

RHEL = 'ID=rhel\nID_LIKE=fedora\nVERSION_ID="9.4"\n'


def match(field: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": field, "right": right}}


NO_TOOL = Record("", 127, "timeout: failed to run command 'iptables-save': No such file or directory")
LO = {"meta": {"key": "iifname"}}


def source(protocol: str) -> dict[str, Any]:
    return {"payload": {"protocol": protocol, "field": "saddr"}}


def net(*rules: list[Any], policy: str = "drop", hook: str = "input") -> dict[str, Any]:
    chain = {"family": "inet", "table": "f", "name": "c", "hook": hook, "policy": policy}
    items = [
        {"chain": chain},
        *({"rule": {"family": "inet", "table": "f", "chain": "c", "expr": one}} for one in rules),
    ]
    answer = json.dumps({"nftables": items})
    found: dict[str, Any] = read_records(nft=answer, iptables=NO_TOOL, ip6tables=NO_TOOL, units="").facts["firewall"]
    return found


def test_loopback_rules_are_known_in_the_forms_of_nft() -> None:
    """Accepting lo, and dropping its addresses from elsewhere; interface, counters and logs do not matter."""
    loopback = {"prefix": {"addr": "127.0.0.0", "len": 8}}
    accept = [match(LO, "lo"), {"counter": {}}, {"accept": None}]
    four = [match(LO, "lo", "!="), match(source("ip"), loopback), {"log": {}}, {"drop": None}]
    six = [match(source("ip6"), "::1"), {"reject": {}}]
    whole = net(accept, four, six)
    assert (whole["accepts_loopback"], whole["drops_loopback_spoofs"]) == (True, True)
    assert net(accept, four)["drops_loopback_spoofs"] is False
    assert net([match(LO, "eth0"), {"accept": None}])["accepts_loopback"] is False
    assert net([match(LO, "lo", "!="), {"accept": None}])["accepts_loopback"] is False
    assert net([*accept[:1], match(source("ip"), "10.0.0.1"), {"accept": None}])["accepts_loopback"] is False
    assert net([match(LO, "lo"), *four[1:]], six)["drops_loopback_spoofs"] is False


def test_forwarding_is_closed_by_policy_or_by_the_last_rule() -> None:
    """A forward chain of both families that drops; firewalld's chain accepts by policy and rejects at its end."""
    assert net(policy="drop", hook="forward")["forwards_by_default"] is False
    assert net([{"reject": {}}], policy="accept", hook="forward")["forwards_by_default"] is False
    assert net(policy="accept", hook="forward")["forwards_by_default"] is True
    assert net(policy="drop", hook="input")["forwards_by_default"] is True


def test_iptables_is_read_family_by_family() -> None:
    """iptables-save of IPv4 alone closes nothing of IPv6."""
    text = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -s {} -j DROP\nCOMMIT\n"
    four = text.format("127.0.0.0/8")
    one = read_records(nft=NO_TOOL, iptables=four, ip6tables=NO_TOOL, units="").facts["firewall"]
    assert (one["forwards_by_default"], one["accepts_loopback"], one["drops_loopback_spoofs"]) == (True, True, False)
    two = read_records(nft=NO_TOOL, iptables=four, ip6tables=text.format("::1/128"), units="").facts["firewall"]
    assert (two["forwards_by_default"], two["drops_loopback_spoofs"]) == (False, True)


ODD_RULES = ("5", '[{"match": {"left": {"meta": 1}}}]')


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "{}",
        '{"nftables": [1]}',
        "[" * 9999,
        *(f'{{"nftables": [{{"rule": {{"expr": {one}}}}}]}}' for one in ODD_RULES),
    ],
)
def test_an_odd_answer_of_nft_is_a_gap(answer: str) -> None:
    """What is not in the form of nft is never read as a filter that lets nothing, or everything, in."""
    found = read_records(nft=answer, units="")
    assert "firewall.denies_by_default" in found.gaps
    assert "denies_by_default" not in found.facts["firewall"]


def test_ufw_is_judged_by_what_it_would_load() -> None:
    """Quoted policies of /etc/default/ufw; without ufw.conf there is no ufw."""
    conf = lines(etc__ufw__ufw_DOT_conf="ENABLED=yes\n", etc__default__ufw='DEFAULT_INPUT_POLICY="DROP"\n')
    assert read_records(conf=conf, units="").facts["firewall"]["ufw"] == {"enabled": True, "input": "drop"}
    gone = Record("", 2, "grep: /etc/ufw/ufw.conf: No such file or directory")
    assert "ufw" not in read_records(conf=gone, units="").facts["firewall"]


def repositories(main: str, repo: str) -> Snapshot:
    out = lines(etc__dnf__dnf_DOT_conf=main, etc__yum_DOT_repos_DOT_d__a_DOT_repo=repo)
    return read_records(os=RHEL, repositories=Record(out, 2, "grep: /etc/yum.conf: No such file or directory"))


def test_a_repository_may_override_the_check_of_signatures() -> None:
    """Its own gpgcheck wins; without one that of dnf.conf holds; dnf itself checks nothing when nobody says so."""
    found = repositories("[main]\ngpgcheck = True\n", "[a]\ngpgcheck=0\n[b]\nenabled=0\n[c]\nGPGCHECK=yes\n").facts
    checks = {name: (one["enabled"], one["checked"]) for name, one in found["repositories"].items()}
    assert checks == {"a": (True, False), "b": (False, True), "c": (True, True)}
    assert found["package_manager"] == {"checks_signatures": True, "checks_local_packages": False}
    assert repositories("[main]\n", "").facts["package_manager"]["checks_signatures"] is False
    gone = "".join(
        f"grep: {p}: No such file or directory\n" for p in ("/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/yum.repos.d")
    )
    assert "package_manager" not in read_records(repositories=Record("", 2, gone)).facts


def aide(conf: str = "", jobs: str = "", units: str = "", stat: str = "") -> Snapshot:
    return read_records(dpkg="aide 0.18 installed\n", aide_conf=conf, aide_jobs=jobs, units=units, stat=stat)


def test_groups_of_aide_are_followed_and_cannot_run_away() -> None:
    """A tool is well watched when its line ends in sha512, through groups, taken away again by a minus; loops end."""
    chain = "".join(f"X{n} = {'+'.join([f'X{n + 1}'] * 90)}\n" for n in range(30))
    text = "A = B+p\nB = sha512+A\nC = B-sha512\n/sbin/auditctl A\n/usr/sbin/auditd$ C\n=/sbin/ausearch p+sha256\n"
    conf = lines(etc__aide_DOT_conf=f"{text}!/sbin/aureport\n# /sbin/autrace A\n{chain}/sbin/augenrules X0\n")
    tools = aide(conf).facts["integrity"]["audit_tools"]
    assert {name for name, strong in tools.items() if strong} == {"auditctl"}


def test_a_check_is_scheduled_by_a_timer_or_a_line_that_runs() -> None:
    """Comments start nothing, nor does Debian's cron script where systemd runs; a timer must be enabled."""
    unit = "Id=dailyaidecheck.timer\nLoadState=loaded\nActiveState=inactive\nUnitFileState={}\n"
    assert aide(units=unit.format("enabled")).facts["integrity"]["scheduled_by"] == ["dailyaidecheck.timer"]
    assert aide(units=unit.format("disabled")).facts["integrity"]["scheduled_by"] == []
    jobs = lines(etc__crontab="#0 4 * * * root aide --check\n", etc__cron_DOT_daily__dailyaidecheck="aide\n")
    assert aide(jobs=jobs).facts["integrity"]["scheduled_by"] == []
    jobs = lines(var__spool__cron__root="0 4 * * * /usr/sbin/aide --check\n")
    assert aide(jobs=jobs).facts["integrity"]["scheduled_by"] == ["/var/spool/cron/root"]


def test_an_empty_database_is_none() -> None:
    """A file of no size compares with nothing; one that may not be looked at is a gap."""
    there = "600|root|root|{}|regular file|/var/lib/aide/aide.db\n"
    assert aide(stat=there.format(9)).facts["integrity"]["database"] is True
    gone = Record("", 1, "stat: cannot statx '/var/lib/aide/aide.db': Permission denied")
    hidden = read_records(dpkg="aide 0.18 installed\n", stat=gone)
    assert "Permission denied" in hidden.gaps["integrity.database"]


def test_files_of_closed_folders_have_their_modes() -> None:
    """`find -ls` spells modes in letters, set-id and sticky bits among them; a refused folder is one gap of its own."""
    text = (" 12  4 -rwsr-S--T   1 root  wheel   9 Nov  1  2026 /etc/audit/a\\ b.rules\n"
            " 13  4 -rw-r-----+  1 root  root    0 Nov  1 10:00 /etc/ssh/sshd_config.d/x\n")  # fmt: skip
    files = read_records(stat="", stat_folders=text).facts["files"]
    assert files["/etc/audit/a b.rules"] == {
        "mode": "7740",
        "owner": "root",
        "group": "wheel",
        "type": "file",
        "empty": False,
    }
    assert files["/etc/ssh/sshd_config.d/x"]["mode"] == "0640"
    refused = Record("", 1, "find: '/etc/audit': Permission denied")
    found = read_records(meta=META.replace("uid=0", "uid=7"), stat="", stat_folders=refused)
    assert "Permission denied" in found.gaps["files[/etc/audit/*]"]
    assert "files[/etc/ssh/sshd_config.d/*]" not in found.gaps


@pytest.mark.parametrize(
    ("odd", "path"),
    [
        ("p /etc/rsyslog.conf\n", "logging.rsyslog"),
        ("d /etc/rsyslog.conf\n", "logging.rsyslog"),
        ("s /etc/rsyslog.d/x.conf\n", "logging.rsyslog"),
        ("p /etc/systemd/journald.conf.d/x.conf\n", "logging.journald"),
        ("p /etc/issue\n", "banners[/etc/issue]"),
        ("b /etc/ufw/ufw.conf\n", "firewall.ufw"),
    ],
)
def test_what_is_no_file_where_one_belongs_is_a_gap(odd: str, path: str) -> None:
    """grep skips a FIFO and says nothing: that must not read as an empty file, and costs no other fact."""
    conf = lines(etc__motd="x\n")
    found = read_records(conf=conf, odd=odd, marks="", units="")
    assert odd.split()[1] in found.gaps[path]
    assert found.facts["banners"]["/etc/motd"]["text"] == "x"
    assert path not in read_records(conf=conf, odd="d /etc/rsyslog.d\n", marks="", units="").gaps


def test_an_older_capture_says_unknown_for_what_it_was_not_asked() -> None:
    """A unit or a path that a later version asks for is a gap in a capture of an earlier one, never absent."""
    records = {"meta": META, "os": RHEL, "conf": lines(etc__motd="x\n"), "units": "Id=ssh.service\nLoadState=loaded\n"}
    answers = {k: {"out": v, "rc": 0, "err": ""} for k, v in records.items()}
    body: dict[str, Any] = {"records": answers, "complete": True}
    old = linux.read(capture(body))
    assert "did not ask" in old.gaps["units[usbguard.service]"]
    assert "did not ask" in old.gaps["firewall.ufw"]
    assert "did not ask" in old.gaps["systemd"]
    rules = shipped_rules("linux")
    gaps = {path: why for path, why in old.gaps.items() if path != "roles"}
    whole = replace(old, version="8.10", facts={**old.facts, "roles": ["own-kernel"]}, gaps=gaps)
    for name in ("linux-web-console-off", "linux-usbguard-runs"):
        rule, defaults = rules[name]
        assert [found.status for found in compile_rule(rule, defaults).judge(whole)] == [Status.UNKNOWN]
    for early in ("units[cron.service]", "banners[/etc/issue]", "logging.journald"):
        assert early not in old.gaps
    asked = "\n".join([*FIRST_UNITS, *FIRST_CONF, "usbguard.service", "/etc/ufw/ufw.conf", "/etc/default/ufw"])
    newer = linux.read(capture({**body, "records": {**answers, "asked": {"out": asked, "rc": 0, "err": ""}}}))
    assert "units[usbguard.service]" not in newer.gaps
    assert "firewall.ufw" not in newer.gaps
    assert "units[fapolicyd.service]" in newer.gaps


def test_keys_of_rpm_in_both_spellings() -> None:
    """rpm prints `(none):` or `0:` where a key has no epoch; the id is what stands before the dash."""
    found = read_records(
        os=RHEL, rpm="gpg-pubkey (none):fd431d51-4ae0493b\ngpg-pubkey 0:5A6340B3-6229229e\nbash 0:5.1-9\n"
    )
    assert sorted(found.facts["signing_keys"]) == ["5a6340b3", "fd431d51"]
    assert list(found.facts["packages"]) == ["bash"]


@pytest.mark.parametrize("release", ["debian-12", "ubuntu-24.04", "rhel-9"])
def test_a_release_is_named_as_its_vendor_supports_it(release: str) -> None:
    """Ubuntu supports each of its numbers by itself, the others a whole major release."""
    name, version = release.split("-")
    text = f'ID={name}\nVERSION_ID="{version}{"" if name == "ubuntu" else ".3"}"\n'
    assert read_records(os=text).facts["os"]["release"] == release
