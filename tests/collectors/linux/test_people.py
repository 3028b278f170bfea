"""Accounts, homes, shells and daemons: what is out of order, what could not be looked at, what hostile text does."""

from typing import Any

import pytest

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.sections.shells import seconds, umask
from tests.collectors.linux.helpers import META, lines, read_records

USER = META.replace("uid=0", "uid=1000")
PASSWD = (
    "root:x:0:0:/root:/bin/bash\nsync:x:4:65534:/bin:/bin/sync\ngames:x:5:60:/usr/games:/usr/sbin/nologin\n"
    "bob:x:1000:1000:/home/bob:/bin/sh\neve:x:1001:42:/srv/eve:/usr/sbin/nologin\n"
)
GROUP = "root:0:\nadm:4:bob\nshadow:42:bob\nbob:1000:\nnogroup:65534:\n"
SHADOW = "root:locked::20000:0:99999:7:\nbob:hash:y:20000:0:365:7:30\neve:hash:y:20000:0:365:7:30\n"
SHELLS = lines(etc__shells="# valid\n/bin/sh\n/bin/bash\n")
FOUND = "  131 4 {} 1 {} {} 3106 Oct 15  2021 {}\n"


def people(conf: str | Record = SHELLS, **records: Record | str) -> Any:
    given: dict[str, Record | str] = {"passwd": PASSWD, "group": GROUP, "shadow": SHADOW, "dot_files_elsewhere": "",
                                      "homes": "750|bob|/home/bob\n", "dot_files": ""}  # fmt: skip
    return read_records(conf=conf, **{**given, **records})


def test_a_service_with_an_odd_shell_has_a_shell() -> None:
    """A shell that /etc/shells does not list is one still; the classic sync is left in peace, and uid 0 told apart."""
    assert people().facts["account_checks"]["system_with_shell"] == []
    odd = PASSWD.replace("/usr/games:/usr/sbin/nologin", "/usr/games:/opt/own/sh")
    assert people(passwd=odd).facts["account_checks"]["system_with_shell"] == ["games"]
    empty = PASSWD.replace("/usr/games:/usr/sbin/nologin", "/usr/games:")
    assert people(passwd=empty).facts["account_checks"]["system_with_shell"] == ["games"]


def test_who_has_a_password_and_no_shell() -> None:
    """nologin is no valid shell; locked accounts are in order."""
    checks = people().facts["account_checks"]
    assert checks["no_shell_unlocked"] == ["eve"]
    assert checks["shadow_group"] == ["bob", "eve"]
    assert checks["gid0_groups"] == []
    assert people(group=GROUP + "wheel:0:\n").facts["account_checks"]["gid0_groups"] == ["wheel"]


def test_unread_shells_hide_what_hangs_on_them() -> None:
    """Without /etc/shells nobody can say who may log in: gaps, not the shells that one would guess."""
    found = people(conf=Record("", 2, "grep: /etc/shells: Permission denied"))
    for path in ("shells", "account_checks.no_shell_unlocked", "accounts[bob].login_shell"):
        assert "Permission denied" in found.gaps[path]


@pytest.mark.parametrize(
    ("mode", "path", "risk"),
    [
        ("-rw-------", "/home/bob/.rhosts", [".rhosts 0600"]),
        ("-rw-------", "/home/bob/.forward", [".forward 0600"]),
        ("-rw-------", "/home/bob/.netrc", []),
        ("-rw-r-----", "/home/bob/.netrc", [".netrc 0640"]),
        ("-rw----r--", "/home/bob/.bash_history", [".bash_history 0604"]),
        ("-rw-rw-r--", "/home/bob/.profile", [".profile 0664"]),
        ("-rw-rw-rw-", "/home/bob/notes", []),
        ("-rwSr-Sr-T", "/home/bob/.my\\ file", []),
        ("-rw-r--rw-", "/home/bob/.my\\ file", [".my file 0646"]),
        ("-rw-rw-rw-", "/home/nobody-known/.profile", []),
    ],
)
def test_files_that_open_a_door(mode: str, path: str, risk: list[str]) -> None:
    """Trust lists never, secrets for their owner alone, start files that others may not write."""
    found = people(dot_files=FOUND.format(mode, "bob", "bob", path))
    assert found.facts["accounts"]["bob"]["risky_files"] == risk
    assert found.facts["accounts"]["root"]["risky_files"] == []
    assert "risky_files" not in found.facts["accounts"]["games"]


@pytest.mark.parametrize(
    ("record", "who"),
    [
        (Record("", 1, "find: '/home/bob': Permission denied"), {"bob"}),
        (Record("", 1, "find: '/home': Permission denied"), {"bob"}),
        (Record("", 1, "find: '/root': Permission denied"), {"root"}),
        (Record("", 1, "sudo: a password is required"), {"bob", "root"}),
        (Record("", 124, ""), {"bob", "root"}),
        (Record("", 127, "timeout: failed to run command 'find': No such file or directory"), {"bob", "root"}),
        (Record("no line of find\n", 0, ""), {"bob", "root"}),
        (Record("", 1, "find: '/home/x': Permission denied\n" * 200), {"bob", "root"}),
        (Record("", 1, "find: '/home': No such file or directory"), set()),
    ],
)
def test_homes_that_were_not_searched_are_gaps(record: Record, who: set[str]) -> None:
    """Nothing found where nobody looked is no clean home."""
    found = people(dot_files=record)
    assert {name for name in ("bob", "root") if f"accounts[{name}].risky_files" in found.gaps} == who


def test_accounts_of_directories_are_named_as_not_seen() -> None:
    """sssd and its kin answer by nsswitch, not by /etc/passwd: a gap of its own, the local verdicts stay."""
    conf = SHELLS + lines(etc__nsswitch_DOT_conf="passwd: files systemd sss\ngroup: files [NOTFOUND=return] winbind\n")
    found = people(conf=conf)
    assert "sss, winbind" in found.gaps["directory_accounts"]
    local = people(conf=SHELLS + lines(etc__nsswitch_DOT_conf="passwd: files systemd\n"))
    assert local.facts["directory_accounts"] == []


PROFILE = "/etc/profile.d/a.sh:1:"


@pytest.mark.parametrize(
    ("text", "timeout", "readonly", "exported"),
    [
        ("readonly TMOUT=900 ; export TMOUT", 900, True, True),
        ("declare -xr TMOUT=600", 600, True, True),
        ("typeset -r TMOUT=600", 600, True, False),
        ("TMOUT=0", 0, False, False),
        ("# TMOUT=600", None, False, False),
        ("export TMOUT=300; readonly OTHER=1", 300, False, True),
        ("NOTMOUT=5", None, False, False),
    ],
)
def test_the_idle_limit_of_shells(text: str, timeout: int | None, readonly: bool, exported: bool) -> None:
    """Set, read-only and exported are three things; another variable's word is not its own."""
    found = read_records(profile=f"{PROFILE}{text}\n").facts["session"]
    assert (found.get("timeout"), found["timeout_readonly"], found["timeout_exported"]) == (timeout, readonly, exported)


def test_of_several_limits_the_weakest_counts() -> None:
    """Not every shell reads every file; only *.sh of profile.d is read."""
    text = f"{PROFILE}TMOUT=300\n/etc/bash.bashrc:9:TMOUT=900\n/etc/profile.d/x.csh:1:TMOUT=9999\n"
    assert read_records(profile=text).facts["session"]["timeout"] == 900
    for none in ("0", "-1", "", '""'):  # bash: what is not above zero is no limit
        assert read_records(profile=text + f"{PROFILE}TMOUT={none}\n").facts["session"]["timeout"] == 0


@pytest.mark.parametrize(
    ("texts", "mask"),
    [
        (["umask 027"], "0027"),
        (["umask 0077", "umask 002"], "0002"),
        (["if x; then umask 022; fi"], "0022"),
        (["umask u=rwx,g=rx,o="], "0027"),
        (["umask"], None),
        (["xumask 000"], None),
        (["umask 9"], None),
    ],
)
def test_masks_join_by_what_all_hold_back(texts: list[str], mask: str | None) -> None:
    """A mask is bits: what one file holds back and another does not is open in some shell."""
    assert umask(texts) == mask


@pytest.mark.parametrize(
    ("text", "paths", "unknown"),
    [
        ("PATH=/usr/sbin:/usr/bin", ["/usr/bin", "/usr/sbin"], ""),
        ("export PATH=.:$PATH", ["."], ""),
        ('PATH="$HOME/bin:${PATH}"', ["/root/bin"], ""),
        ("PATH=/usr/bin::/bin", [".", "/bin", "/usr/bin"], ""),
        ("PATH=$(tool):/bin", None, "$(tool)"),
        ("MANPATH=.", [], ""),
    ],
)
def test_the_path_of_root(text: str, paths: list[str] | None, unknown: str) -> None:
    """Folders as written, home filled in, an empty part is a dot; what a command makes up is a gap."""
    found = read_records(root_shell=f"/root/.profile:1:{text}\n", profile="", conf="")
    if unknown:
        assert unknown in found.gaps["session.root_path"]
    else:
        assert found.facts["session"]["root_path"] == paths


def test_roots_files_need_root() -> None:
    """A plain user sees neither root's umask nor its PATH; files that are not there are no gap."""
    denied = Record("", 2, "/usr/bin/grep: /root/.profile: Permission denied")
    assert "needs root" in read_records(meta=USER, root_shell=denied).gaps["session.root_umask"]
    none = Record("", 2, "/usr/bin/grep: /root/.profile: No such file or directory")
    assert "session.root_umask" not in read_records(root_shell=none).gaps


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("600", 600), ("10min", 600), ("1h 30s", 3630), ("infinity", None), ("0", None), ("soon", None), ("500ms", None)],
)
def test_time_spans_of_systemd(text: str, wanted: int | None) -> None:
    """systemd.time(7); 0 and infinity never end a session."""
    assert seconds(text) == wanted
    conf = lines(etc__systemd__logind_DOT_conf=f"[Login]\nStopIdleSessionSec={text}\n")
    assert read_records(conf=conf).facts["session"].get("stop_idle") == wanted


@pytest.mark.parametrize(("value", "wanted"), [("10", 10), ("-1", None), ("unlimited", None), ("x", None)])
def test_the_last_limit_of_logins_counts(value: str, wanted: int | None) -> None:
    """-1 and unlimited are no limit; `-` sets both kinds, a soft limit alone nothing."""
    conf = lines(etc__security__limits_DOT_conf="* hard maxlogins 5\n* soft maxlogins 1\n",
                 etc__security__limits_DOT_d__a_DOT_conf=f"* - maxlogins {value}\n")  # fmt: skip
    assert read_records(conf=conf).facts["session"].get("max_logins") == wanted


UNIT = "Id=ssh.service\nActiveState=active\nExecMainStartTimestamp={}\nStateChangeTimestamp={}\nReloadResult={}\n\n"
START, LATER = "Thu 2026-01-01 10:00:00 UTC", "Thu 2026-01-01 12:00:00 UTC"
MAIN = "/etc/ssh/sshd_config"  # 1767265200 is 11:00 UTC of that day


@pytest.mark.parametrize(
    ("begun", "changed", "result", "older"),
    [
        (START, START, "success", True),
        (LATER, LATER, "success", False),
        (START, LATER, "success", False),
        (START, LATER, "exit-code", True),
        (START, "", "", True),
    ],
)
def test_a_daemon_is_as_old_as_its_last_reload(begun: str, changed: str, result: str, older: bool) -> None:
    """Start, or a reload by systemd that went well, against the newest file; a folder counts with what is in it."""
    files = f"1700000000|{MAIN}\n1767265200|/etc/ssh/sshd_config.d/a.conf\n1999999999|/etc/other\n"
    found = read_records(daemons=UNIT.format(begun, changed, result), daemon_files=files).facts["daemons"]["sshd"]
    assert found["older_than_files"] is older
    assert found["newest_file"] == "/etc/ssh/sshd_config.d/a.conf"


def test_daemons_that_cannot_be_dated_are_gaps() -> None:
    """No systemd, no time of start, a folder closed to the user: never fresh by default. A stopped one is not there."""
    dead = Record("", 1, "System has not been booted with systemd as init system (PID 1). Can't operate.")
    assert read_records(daemons=dead).gaps["daemons"] == "systemd does not run here"
    assert "daemons[sshd].older_than_files" in read_records(daemons=UNIT.format("", "", ""), daemon_files="").gaps
    closed = Record("", 1, "stat: cannot statx '/etc/ssh/sshd_config.d': Permission denied")
    found = read_records(daemons=UNIT.format(START, "", ""), daemon_files=closed)
    assert "Permission denied" in found.gaps["daemons[sshd].older_than_files"]
    stopped = UNIT.format(START, "", "").replace("=active", "=inactive")
    assert read_records(daemons=stopped, daemon_files="").facts["daemons"] == {}


ACCESS = ("conf", "profile", "passwd", "group", "shadow", "homes", "dot_files", "dot_files_elsewhere", "root_shell",
          "path_folders", "sshd", "sshd_plain", "sshd_matches", "sshd_match_1", "sshd_cmdline", "sshd_text", "daemons",
          "daemon_files", "auditd_file", "sudoers", "passwd_s")  # fmt: skip
HOSTILE = {
    "nothing": "",
    "odd bytes": "\ufffd" * 5000,
    "one long line": "/etc/ssh/sshd_config:1:" + "Match " * 400_000,
    "blanks": "/etc/ssh/sshd_config:1:x" + " " * 2_000_000 + "y",
    "quotes": "/etc/sudoers:1:" + '"' * 60_000,
    "brackets": "/etc/pam.d/login:1:auth [" + "[" * 3000,
    "many lines": "/etc/pam.d/login:1:auth include login\n" * 50_000,
    "colons": ":::::::\n" * 20_000,
    "carriage returns": "/etc/login.defs:1:UMASK 027\r\n/etc/sudoers:1:Defaults use_pty\r\n",
    "numbers": "9" * 100_000 + "\n" + "0|1|2|3\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_any_record_ends_no_reading(name: str) -> None:
    """Each section says a fact or a gap, in bounded time; all other sections are as without it."""
    plain = read_records()
    for key in ACCESS:
        found = read_records(**{key: HOSTILE[name]})
        assert found.facts["hostname"] == plain.facts["hostname"]
        for path in ("accounts", "pam", "sudoers", "session", "daemons"):
            assert path in found.facts or any(gap.startswith(path) for gap in found.gaps), (key, path)
