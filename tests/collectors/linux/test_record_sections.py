"""What `read` makes of evidence about the audit system, logs and the clock. The evidence is written by hand."""

import re
from typing import Any

import pytest

from auditor.collectors.linux.frame import Record, parse
from auditor.collectors.linux.sections.audit_rules import missing, normalise
from auditor.collectors.linux.sections.audit_topics import topics
from tests.collectors.linux.helpers import lines, read_records, read_stream
from tests.simulators.linux.rhel import stream
from tests.simulators.linux.rhel_hosts import host

CHMOD = "chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,setxattr,lsetxattr,fsetxattr,removexattr"
CHMOD += ",lremovexattr,fremovexattr"
CALL = "-a always,exit -F arch=b64 -S"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-w /etc/hosts -p wa -k a", "-a always,exit -F path=/etc/hosts -F perm=aw -F key=b"),
        ("-w /etc/pam.d/ -p wa", "-a exit,always -F dir=/etc/pam.d -F perm=wa"),
        (f"{CALL} chmod -F auid!=unset", "-a always,exit -F arch=x86_64 -S chmod -F auid!=4294967295"),
        ("-a always,exit -F arch=b64 -S open -F exit=-13", "-a always,exit -F arch=b64 -S open -F exit=-EACCES"),
        ("-a always,exit -F arch=b64 -S execve -C euid!=uid", "-a always,exit -F arch=b64 -S execve -C uid!=euid"),
        (f"{CALL} clock_settime -F a0=0x0", f"{CALL} clock_settime -F a0=0"),
        ("-a always,exit -F arch=b64 -S chmod -F uid=root", "-a always,exit -F arch=b64 -S chmod -F uid=0"),
        ("-a always,exit -S all -F path=/bin/su -F perm=x", "-a always,exit -F path=/bin/su -F perm=x"),
        ("-a always,exit -F arch=b32 -S a,b", "-a always,exit -F arch=b32 -S b -S a"),
    ],
)  # fmt: skip
def test_spellings_of_one_rule_are_one_rule(one: str, other: str) -> None:
    """What auditctl takes, and prints, in several spellings compares as equal; keys and order do not count."""
    assert missing(normalise([one]), normalise([other])) == []
    assert missing(normalise([other]), normalise([one])) == []


def test_rules_are_compared_call_by_call() -> None:
    """Calls in one list or in two rules cover the same; a call that is nowhere makes its rule missing."""
    disk = normalise(["-a always,exit -F arch=b64 -S chmod,chown -k x"])
    split = normalise(["-a always,exit -F arch=b64 -S chown", "-a always,exit -F arch=b64 -S chmod,fchmod"])
    assert missing(disk, split) == []
    assert missing(disk, split[:1]) == ["always arch=b64 calls=chmod,chown"]


def both(rest: str) -> list[str]:
    return [f"-a always,exit -F arch={arch} {rest}" for arch in ("b32", "b64")]


@pytest.mark.parametrize(
    ("rules", "recorded"),
    [
        (both(f"-S {CHMOD} -F auid>=1000 -F auid!=-1"), True),
        (both(f"-S {CHMOD} -F auid>=500"), True),
        (both("-S all"), True),
        (both(f"-S {CHMOD}")[1:], False),
        (both(f"-S {CHMOD} -F auid=1000"), False),
        (both(f"-S {CHMOD} -F auid>=2000"), False),
        (both(f"-S {CHMOD} -F success=0"), False),
        (both(f"-S {CHMOD} -F exit=-EACCES"), False),
        (["-a never,task", *both(f"-S {CHMOD}")], False),
        ([*both(f"-S {CHMOD}"), "-a never,task"], False),
        (["-a never,exit -F arch=b64 -S chmod", *both(f"-S {CHMOD}")], False),
        ([*both(f"-S {CHMOD}"), "-a never,exit -F arch=b64 -S chmod"], True),
        (["-a never,exit -F arch=b64 -S chmod -F auid=990", *both(f"-S {CHMOD}")], True),
        (["-a never,exit -S all", *both(f"-S {CHMOD}")], False),
    ],
)
def test_a_topic_is_recorded_only_by_rules_in_force(rules: list[str], recorded: bool) -> None:
    """Both ABIs, no narrowing field, and no `never` that comes first: else people can do it unrecorded."""
    assert topics(normalise(rules), "x86_64")["permissions"] is recorded


def test_files_and_programs_are_watched_in_their_own_way() -> None:
    """A file needs write and attribute, a program execution; a folder above covers what is in it."""
    found = topics(normalise(["-w /etc -p wa", "-w /usr/bin/kmod -p x", "-w /usr/bin/chcon -p r"]), "x86_64")
    assert (found["time-zone"], found["name-services"], found["module-tools"], found["chcon"]) == (
        True,
        True,
        True,
        False,
    )
    assert topics(normalise(["-w /etc/localtime -p w"]), "x86_64")["time-zone"] is False
    one = "-a always,exit -F arch=b64 -F path=/etc/localtime -F perm=wa"
    assert topics(normalise([one]), "x86_64")["time-zone"] is False
    assert topics(normalise([one, one.replace("b64", "b32")]), "x86_64")["time-zone"] is True
    assert "sudo-log" not in found
    assert topics(normalise(["-w /var/log/sudo.log -p wa"]), "x86_64", "/var/log/sudo.log")["sudo-log"] is True


def audit(rules: str, merged: str = "", **more: str) -> dict[str, Any]:
    files = lines(
        etc__audit__rules_DOT_d__a_DOT_rules=rules, **({"etc__audit__audit_DOT_rules": merged} if merged else {})
    )
    gone = "" if merged else "grep: /etc/audit/audit.rules: No such file or directory"
    found = read_records(audit_rules=Record(files, 2 if gone else 0, gone), sudoers="", auditctl_l="", **more)
    facts: dict[str, Any] = found.facts["audit"]
    return facts


def test_what_boots_is_the_merged_file() -> None:
    """Rules in rules.d that were never merged are not loaded at boot; without any rule there is nothing to merge."""
    assert audit("-w /etc/x -p wa\n", "-w /etc/x -p wa\n")["merged"] is True
    assert audit("-w /etc/x -p wa\n", "-D\n")["merged"] is False
    assert audit("-w /etc/x -p wa\n")["merged"] is False
    assert "merged" not in audit("-D\n")


def test_the_last_switch_decides_about_the_lock() -> None:
    """augenrules moves the last -e to the end, wherever it stands; an -e 1 after it takes the lock away."""
    assert audit("-e 2\n-w /etc/x -p wa\n")["immutable_on_disk"] is True
    assert audit("-e 2\n-e 1\n")["immutable_on_disk"] is False
    assert audit("--loginuid-immutable\n")["login_uid_locked_on_disk"] is True


@pytest.mark.parametrize(("said", "locked"), [("1 locked", True), ("0 unlocked", False)])
def test_the_login_uid_lock_of_the_kernel(said: str, locked: bool) -> None:
    """auditctl -s says it as a number and a word."""
    assert audit("", auditctl_s=f"enabled 1\nloginuid_immutable {said}\n")["login_uid_locked"] is locked


TLS = "$DefaultNetstreamDriver gtls\n$ActionSendStreamDriverMode 1\n$ActionSendStreamDriverAuthMode x509/name\n"
NEW = ('action(type="omfwd" target="a.example.org" StreamDriver="ossl" StreamDriverMode="1"'
       ' StreamDriverAuthMode="x509/name")\n')  # fmt: skip


@pytest.mark.parametrize(
    ("text", "tls"),
    [
        (f"{TLS}*.* @@a.example.org:6514\n", True),
        (NEW, True),
        (f"{TLS.replace('Mode 1', 'Mode 0')}*.* @@a.example.org\n", False),
        (f"{TLS.replace('x509/name', 'anon')}*.* @@a.example.org\n", False),
        (f"{TLS.replace('gtls', 'ptcp')}*.* @@a.example.org\n", False),
        (f"#{TLS}*.* @@a.example.org\n", False),
        (TLS, None),
    ],
)
def test_three_settings_make_log_forwarding_safe(text: str, tls: bool | None) -> None:
    """Driver, mode and check of the name, in either syntax; without a target there is nothing to say."""
    logs = read_records(conf=lines(etc__rsyslog_DOT_conf=text), marks="", units="").facts["logging"]
    assert logs["rsyslog"].get("forwards_over_tls") is tls


@pytest.mark.parametrize("text", ['module(load="imjournal")', "$ModLoad imjournal"])
def test_rsyslog_may_fetch_from_the_journal_itself(text: str) -> None:
    """imjournal, in either syntax."""
    logs = read_records(conf=lines(etc__rsyslog_DOT_conf=text), marks="", units="").facts["logging"]
    assert logs["rsyslog"]["reads_journal"] is True


def test_who_runs_chronyd_may_be_hidden() -> None:
    """A service that runs and a ps that shows nothing is a gap; without the service there is no user."""
    unit = "Id=chrony.service\nLoadState=loaded\nActiveState={}\nUnitFileState=enabled\n"
    running = read_records(units=unit.format("active"), conf="", chronyd_user="root\n_chrony\n")
    assert running.facts["time"]["chrony_user"] == "_chrony"
    hidden = read_records(units=unit.format("active"), conf="", chronyd_user=Record("", 1, ""))
    assert "hidden" in hidden.gaps["time.chrony_user"]
    stopped = read_records(units=unit.format("inactive"), conf="", chronyd_user=Record("", 1, ""))
    assert "time.chrony_user" not in stopped.gaps


MINE = (
    "audit",
    "firewall",
    "files",
    "logging",
    "time",
    "repositories",
    "package_manager",
    "banners",
    "wireless",
)
LONG = (
    b"audit_rules",
    b"auditctl_l",
    b"aide_conf",
    b"repositories",
    b"nft",
    b"units",
    b"rpm",
    b"stat_folders",
    b"conf",
)
SPOILED = {
    "carriage returns": lambda text: text.replace(b"\n", b"\r\n"),
    "invalid UTF-8": lambda text: text.replace(b"=", b"=\xff\xfe"),
    "direction marks": lambda text: text.replace(b"root", "\u202etoor\u2066".encode()),
    "a long line": lambda text: text + b"/etc/audit/rules.d/x.rules:1:" + b"A" * 2_900_000,
    "many colons": lambda text: text + b"/etc/rsyslog.conf:1:" + b":(" * 100_000,
    "cut in half": lambda text: text[: len(text) // 2],
    "reversed": lambda text: text[::-1],
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_hostile_text_in_every_record_never_raises(spoiled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record of a good host spoiled in turn: the host is still read, and a family that went missing is a gap."""
    monkeypatch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
    raw = stream(host(9, "good"))
    head, begin, rest = raw.partition(b"\0BEGIN\0")
    fields, whole = rest.split(b"\0"), read_stream(raw)
    for place in range(1, len(fields) - 5, 4):
        if fields[place - 1].decode() in ("meta", "os") or (spoiled == "a long line" and fields[place - 1] not in LONG):
            continue
        changed = [*fields[:place], SPOILED[spoiled](fields[place]), *fields[place + 1 :]]
        found = read_stream(head + begin + b"\0".join(changed))
        for name in MINE:
            assert name in found.facts or name in found.gaps, (fields[place - 1], name)
    assert whole.gaps.get("audit") is None


def test_a_nul_in_a_record_cannot_break_the_frame() -> None:
    """The program drops NULs, so a field too many means a stream that is not its own: what follows is not believed."""
    raw = stream(host(9, "good"))
    planted = raw.replace(b"\0sudoers\0", b"\0sudoers\0x\0")
    assert not parse(planted).complete
    assert re.search("not received|no such part|damaged", " ".join(read_stream(planted).gaps.values()))
