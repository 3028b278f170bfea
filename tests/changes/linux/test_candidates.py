"""Candidates of every kind: whom they are for, what is said of them, what stays unknown; from a recorded answer."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.changes import linux as predictor
from auditor.changes.candidate import Candidate
from auditor.changes.load import candidate_of, load_candidate
from auditor.errors import InputError, faults_in
from tests.changes.linux.host import read
from tests.changes.linux.recorded import after, edited, one, recorded, with_records, yaml


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens need a key."""
    monkeypatch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")


def play(host: str, *tasks: dict[str, object]) -> dict[str, Any]:
    """What the json callback prints of one play on one host."""
    made = [
        {"task": {"name": f"task {n}"}, "hosts": {host: {"changed": True, **told}}} for n, told in enumerate(tasks, 1)
    ]
    return {"plays": [{"tasks": made}], "stats": {}}


def ansible(data: dict[str, Any]) -> Candidate:
    """A candidate of kind ansible."""
    return candidate_of("check.json", json.dumps(data).encode())


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("change.txt", "net.ipv4.ip_forward = 0\n", "--as"),
        ("esx.txt", "esxcli system settings advanced set -o /UserVars/X -i 1\n", "ESXi"),
        ("switch.cfg", "interface Ethernet1/1\n  no shutdown\n", "NX-OS"),
        ("settings.yaml", "advanced: {a: 1}\n", "services and packages"),
    ],
)
def test_a_candidate_for_another_platform_is_refused(name: str, text: str, words: str) -> None:
    """The refusal says for what the candidate is, or how to say which file it becomes."""
    assert words in predictor.refusal("linux", candidate_of(name, text.encode()))


def test_a_folder_is_taken_as_it_lies(tmp_path: Path) -> None:
    """A folder laid out like the root of the host: each file at its path, each reason with its line."""
    (tmp_path / "c/etc/sysctl.d").mkdir(parents=True)
    (tmp_path / "c/etc/sysctl.d/99-x.conf").write_text("# why\nnet.ipv4.tcp_syncookies = 0\n")
    (tmp_path / "c/etc/motd").write_text("hello\n")
    candidate = load_candidate(tmp_path / "c")
    assert predictor.refusal("linux", candidate) == ""
    seen = after(candidate)
    assert seen.facts["sysctl"]["net.ipv4.tcp_syncookies"]["persisted_source"] == "/etc/sysctl.d/99-x.conf:2"
    assert seen.facts["banners"]["/etc/motd"]["text"] == "hello"
    why = {w.path: w.where for w in edited(candidate).why}
    assert why["sysctl[net.ipv4.tcp_syncookies]"] == "c/etc/sysctl.d/99-x.conf:2"


def test_ends_of_lines_as_on_windows_are_told() -> None:
    """The prediction is that of the converted file, and the remark says that it must be converted."""
    candidate = candidate_of("a.conf", b"net.ipv4.tcp_syncookies = 0\r\n", "/etc/sysctl.d/a.conf")
    done = edited(candidate)
    assert any("carriage returns" in remark.words for remark in done.remarks)
    assert after(candidate).facts["sysctl"]["net.ipv4.tcp_syncookies"]["persisted"] == 0


def test_a_file_that_no_fact_is_read_from_is_said() -> None:
    """Never a silent nothing."""
    assert [r.words for r in edited(one("/etc/updatedb.conf", "x\n")).remarks] == [
        "/etc/updatedb.conf: no fact of ours is read from it"
    ]


def test_assumptions_are_remarks() -> None:
    """What is assumed to be run after a file was written stands beside the prediction."""
    words = " ".join(r.words for r in edited(one("/etc/sysctl.d/a.conf", "net.ipv4.ip_forward=0\n")).remarks)
    assert "sysctl --system" in words
    words = " ".join(r.words for r in edited(one("/etc/ssh/sshd_config.d/a.conf", "UseDNS yes\n")).remarks)
    assert "reloaded" in words


def test_a_daemon_is_reloaded_after_its_file() -> None:
    """No daemon is older than its files afterwards, also where the answer named no time of a reload."""
    base = with_records(
        recorded(),
        daemons="Id=ssh.service\nActiveState=active\nExecMainStartTimestamp=Sat 2026-11-21 02:00:00 UTC\n",
        daemon_files="1764000000|/etc/ssh/sshd_config\n1764000000|/etc/ssh/sshd_config.d\n",
    )
    seen = after(one("/etc/ssh/sshd_config.d/a.conf", "UseDNS yes\n"), base)
    assert seen.facts["daemons"]["sshd"]["older_than_files"] is False
    assert {"daemons[sshd].began", "daemons[sshd].newest_change"} <= seen.gaps.keys()


def test_an_older_sshd_prints_other_names() -> None:
    """Where `sshd -T` of the host knows a keyword by another name, what it prints then is a gap."""
    told = str(recorded().body["records"]["sshd"]["out"]).replace("pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes")
    done = edited(one("/etc/ssh/sshd_config.d/a.conf", "PubkeyAcceptedKeyTypes ssh-ed25519\n"),
                  with_records(recorded(), sshd=told))  # fmt: skip
    assert "sshd.effective[pubkeyacceptedkeytypes]" in {gap.path for gap in done.unknown}


def test_a_folder_that_comes_with_its_file_is_unknown() -> None:
    """A folder that rules look at, made for the file below it: with which mode nobody said."""
    err = "stat: cannot statx '/etc/ssh/sshd_config.d': No such file or directory"
    base = recorded()
    stat = {**base.body["records"]["stat"], "err": err}
    base = replace(base, body={**base.body, "records": {**base.body["records"], "stat": stat}})
    done = edited(one("/etc/ssh/sshd_config.d/a.conf", "UseDNS yes\n"), base)
    assert "files[/etc/ssh/sshd_config.d]" in {gap.path for gap in done.unknown}


def test_a_diff_that_does_not_fit_is_refused() -> None:
    """A hunk against other text than the capture holds names its line."""
    text = "--- a/etc/login.defs\n+++ b/etc/login.defs\n@@ -1,1 +1,1 @@\n-NOT THERE\n+PASS_MAX_DAYS 1\n"
    with pytest.raises(InputError, match=r"change\.diff:3.*does not fit"):
        edited(candidate_of("change.diff", text.encode()))


def test_a_diff_of_a_file_that_is_not_held_is_unknown() -> None:
    """What becomes of a file whose text no record holds is a gap of its facts."""
    text = "--- a/etc/nftables.conf\n+++ b/etc/nftables.conf\n@@ -1,1 +1,1 @@\n-a\n+b\n"
    done = edited(candidate_of("change.diff", text.encode()))
    assert {"firewall.denies_by_default", "nat"} <= {gap.path for gap in done.unknown}


def test_a_diff_of_a_file_that_is_held_in_part() -> None:
    """Of start files the capture keeps some lines: those are changed, and the remark says what was not looked at."""
    base = with_records(recorded(), profile="/etc/profile:3:umask 022\n/etc/profile:9:TMOUT=900\n")
    text = "--- a/etc/profile\n+++ b/etc/profile\n@@ -2,3 +2,3 @@\n # a\n-umask 022\n+umask 077\n # b\n"
    candidate = candidate_of("change.diff", text.encode())
    seen = after(candidate, base)
    assert (seen.facts["session"]["umask"], seen.facts["session"]["timeout"]) == ("0077", 900)
    assert any("some lines of this file only" in r.words for r in edited(candidate, base).remarks)
    wrong = candidate_of("change.diff", text.replace("umask 022", "umask 027").encode())
    with pytest.raises(InputError, match="does not fit"):
        edited(wrong, base)


def test_ansible_takes_the_entries_of_this_host() -> None:
    """By name, also the short one; a play of several others is refused; one host alone is taken to be it."""
    told: dict[str, object] = {"action": "copy", "diff": [{"before": "", "after": "x\n", "before_header": "/etc/motd"}]}
    data = play("host.example.org", told)
    data["plays"][0]["tasks"][0]["hosts"]["other"] = {"changed": False}
    assert after(ansible(data)).facts["banners"]["/etc/motd"]["text"] == "x"
    data = play("elsewhere", told)
    assert any("taken to be" in r.words for r in edited(ansible(data)).remarks)
    data["plays"][0]["tasks"][0]["hosts"]["other"] = {"changed": True}
    with pytest.raises(InputError, match="speaks of other hosts"):
        edited(ansible(data))


def test_ansible_says_what_it_does_not_know() -> None:
    """A changed task without a diff is a gap of what it may touch: of all facts where that is a command."""
    done = edited(ansible(play("host", {"action": "ansible.builtin.command", "cmd": "x"})))
    paths = {gap.path for gap in done.unknown}
    assert {"sshd", "sysctl", "accounts", "units"} <= paths
    assert not {"os", "hostname", "kernel"} & paths
    done = edited(ansible(play("host", {"action": "user", "invocation": {"module_args": {"name": "x"}}})))
    assert {"accounts", "groups"} <= {gap.path for gap in done.unknown}


def test_ansible_modes_are_predicted() -> None:
    """Mode and owner that a task names are facts, no gaps."""
    diff = [{"before": "", "after": "root\n", "before_header": "/etc/cron.allow", "after_header": "x"}]
    args = {"dest": "/etc/cron.allow", "mode": "0600", "owner": "root", "group": "root"}
    seen = after(ansible(play("host", {"action": "copy", "diff": diff, "invocation": {"module_args": args}})))
    assert seen.facts["files"]["/etc/cron.allow"]["mode"] == "0600"
    assert "files[/etc/cron.allow].mode" not in seen.gaps


def test_a_failed_task_is_no_plan() -> None:
    """A play that fails in check mode is refused with its task."""
    with pytest.raises(InputError, match="fails on host"):
        edited(ansible(play("host", {"failed": True, "msg": "no such file"})))


def test_yaml_names_its_faults() -> None:
    """A key that is none, a value that is no switch: each with its line."""
    text = "services:\n  ssh: {enabled: yes}\n  cron: {running: true}\npackages:\n  telnetd: gone\n"
    with pytest.raises(InputError) as told:
        edited(yaml(text))
    assert [str(fault.where) for fault in faults_in(told.value)] == [
        "change.yaml:2",
        "change.yaml:3",
        "change.yaml:5",
    ]


def test_units_that_no_fact_knows_are_gaps() -> None:
    """A unit that the capture does not list may exist."""
    assert {gap.path for gap in edited(yaml("services: {nosuch: {active: true}}\n")).unknown} == {
        "units[nosuch.service]"
    }


def test_secrets_become_tokens() -> None:
    """No secret of a candidate stays in what is kept, and an equal one has the token that the collector made."""
    candidate = candidate_of("a.conf", b"db_password = hunter2hunter2\n", "/etc/rsyslog.d/a.conf")
    clean = predictor.clean(candidate)
    assert "hunter2" not in repr(clean)
    assert "hunter2" not in repr(predictor.edit(recorded(), clean).body["records"]["conf"])
    data = play("host", {"action": "user", "invocation": {"module_args": {"password": "hunter2hunter2"}}})
    assert "hunter2" not in repr(predictor.clean(ansible(data)))


def test_what_a_plain_user_may_not_see_stays_unknown() -> None:
    """Without root `sshd -T` and sudoers were gaps before a change, and are gaps after it."""
    base = recorded("debian12-user")
    seen = after(one("/etc/ssh/sshd_config.d/a.conf", "UseDNS yes\n"), base)
    assert "sshd.effective" in seen.gaps
    assert "sudoers" in after(one("/etc/sudoers.d/a", "bob ALL=(ALL) ALL\n"), base).gaps


def test_modprobe_as_a_plain_user_reads_it() -> None:
    """Where the files themselves were read, a file replaced is a file known."""
    base = recorded("debian12-user")
    done = edited(one("/etc/modprobe.d/a.conf", "blacklist udf\n"), base)
    assert not [gap for gap in done.unknown if gap.path.startswith("modules[")]


@pytest.mark.parametrize(
    "path",
    ["/etc/sysctl.d/a.conf", "/etc/sudoers.d/a", "/etc/nftables.conf"],
)
def test_fifty_thousand_lines_take_seconds(path: str) -> None:
    """No part of a prediction grows with the square of the candidate."""
    line = {
        "a.conf": "net.ipv4.conf.lo.arp_filter = 0",
        "a": "bob ALL=(ALL) /bin/x{n}",
        "nftables.conf": "chain c{n} {{",
    }[path.rsplit("/", 1)[1]]
    text = "".join(line.format(n=n) + "\n" for n in range(50_000))
    begun = time.process_time()
    candidate = predictor.clean(one(path, text))
    done = predictor.edit(recorded(), candidate)
    news = read(replace(recorded(), body=done.body), done.unknown)
    predictor.risks(read(recorded()), news, candidate, done)
    assert time.process_time() - begun < 20  # seconds of processor, many times what it takes
