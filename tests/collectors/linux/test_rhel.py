"""RHEL 8 and 9 from synthetic answers: a host set up well and one set up badly, judged by the shipped baselines."""

from functools import cache

import pytest

from auditor.collectors import linux
from auditor.domain import Capture, Finding, Snapshot, Status
from auditor.evidence.captures import read_capture, read_index
from auditor.library import load_baselines
from auditor.resources import folder
from auditor.rulebook.compile import compile_rule
from tests.rules.shipped import shipped_rules
from tests.simulators.linux.rhel_hosts import SAMPLES, capture

# Verdicts of the good and the poor host that differ; on release 9 unless the rule is for 8 alone.
TURNS = (
    "linux-audit-on", "linux-audit-locked", "linux-audit-login-uid-locked", "linux-audit-space-handled",
    "linux-audit-disk-error", "linux-audit-space-critical", "linux-audit-mail-account", "linux-audit-local-events",
    "linux-audit-names-resolved", "linux-audit-host-named", "linux-audit-overflow", "linux-audit-file-size",
    "linux-audit-package", "linux-audit-records-time-zone", "linux-audit-records-chcon", "linux-audit-records-usermod",
    "linux-audit-records-session-records", "linux-audit-records-module-tools", "linux-log-daemon-installed",
    "linux-log-daemon-runs", "linux-log-forwarding-encrypted", "linux-rsyslog-tls-package", "linux-journal-compressed",
    "linux-rsyslog-files-closed", "linux-rsyslog-local-only", "linux-time-client-installed", "linux-time-client-runs",
    "linux-grub-config-mode", "linux-log-files-mode-rhel", "linux-log-root-mode", "linux-audit-log-mode",
    "linux-audit-folder-mode", "linux-sshd-public-keys-mode", "linux-sudoers-mode",
    "linux-scheduler-runs", "linux-console-not-open", "linux-ctrl-alt-del-burst", "linux-firewall-runs",
    "linux-firewall-installed", "linux-one-firewall", "linux-firewall-denies", "linux-firewall-loopback",
    "linux-no-wireless", "linux-packages-signed", "linux-usbguard-installed", "linux-usbguard-runs",
    "linux-fapolicyd-installed", "linux-fapolicyd-runs", "linux-crypto-policies-installed",
    "linux-libselinux-installed", "linux-policycoreutils-installed",
    "linux-rng-tools-installed", "linux-no-tuned", "linux-no-mcstrans",
    "linux-no-setroubleshoot", "linux-no-cyrus", "linux-no-sendmail", "linux-no-gssproxy", "linux-no-iprutils",
    "linux-no-display-manager", "linux-no-x-server", "linux-no-ftp-client", "linux-cleartext-packages-absent",
    "linux-aide-installed", "linux-mandatory-access-control", "linux-ssh-no-root-login",
)  # fmt: skip
ONLY_8 = ("linux-audit-records-scheduled-jobs", "linux-rngd-runs", "linux-no-kerberos-tools",
          "linux-no-kerberos-server", "linux-no-crash-reporting")  # fmt: skip
ONLY_9 = ("linux-audit-plugins-package", "linux-audit-written", "linux-audit-flushed", "linux-sshd-dropins-mode")


@pytest.fixture(autouse=True, scope="module")
def _key() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
        yield


@cache
def seen(release: int, quality: str) -> Snapshot:
    return linux.read(capture(release, quality))


@cache
def worst(release: int, quality: str) -> dict[str, Status]:
    """Of each rule the worst verdict over its subjects."""
    order = [Status.FAIL, Status.ERROR, Status.UNKNOWN, Status.PASS, Status.NOTAPPLICABLE, Status.NOTCHECKED]
    found: dict[str, Status] = {}
    for rule, defaults in shipped_rules("linux").values():
        findings: tuple[Finding, ...] = compile_rule(rule, defaults).judge(seen(release, quality))
        found[rule.id] = min((one.status for one in findings), key=order.index)
    return found


@pytest.mark.parametrize("release", [8, 9])
def test_a_good_host_passes_where_a_poor_one_fails(release: int) -> None:
    """Each of these rules can say both: pass for the host set up well, fail for the one set up badly."""
    good, poor = worst(release, "good"), worst(release, "poor")
    rules = (*TURNS, *(ONLY_8 if release == 8 else ONLY_9))
    assert {rule: good[rule] for rule in rules} == dict.fromkeys(rules, Status.PASS)
    assert {rule: poor[rule] for rule in rules} == dict.fromkeys(rules, Status.FAIL)


@pytest.mark.parametrize("release", [8, 9])
def test_rules_of_the_other_release_and_of_debian_do_not_apply(release: int) -> None:
    """What guides ask of one release only, or of Debian, is not applicable to the others: neither green nor red."""
    rules = (*(ONLY_9 if release == 8 else ONLY_8), "linux-log-files-mode-debian", "linux-ufw-denies")
    for quality in ("good", "poor"):
        found = worst(release, quality)
        assert {rule: found[rule] for rule in rules} == dict.fromkeys(rules, Status.NOTAPPLICABLE)


@pytest.mark.parametrize("release", [8, 9])
def test_the_baseline_of_the_release_is_chosen(release: int) -> None:
    """rhel-8 and rhel-9 say which hosts they are for, and the version that was read lies in the range of one."""
    baselines = load_baselines([folder("rules")])
    assert seen(release, "good").version.startswith(f"{release}.")
    wanted = [one for one in baselines[f"rhel-{release}"].baseline.applies_to if "linux" in one.platform]
    assert [one.os for one in wanted] == [["rhel"]]


def test_shadow_wants_no_mode_bits_on_rhel() -> None:
    """0640 is right for /etc/shadow on Debian and wrong on RHEL, where 0000 is shipped."""
    assert seen(9, "good").facts["files"]["/etc/shadow"]["mode"] == "0000"
    assert worst(9, "good")["linux-shadow-files-mode"] is Status.PASS
    assert worst(9, "poor")["linux-shadow-files-mode"] is Status.FAIL


def test_audit_rules_as_the_kernel_prints_them_equal_those_on_disk() -> None:
    """Lists split or joined, -S all, unset spelled three ways, keys as fields: no rule is missing."""
    found = seen(9, "good").facts["audit"]
    assert found["missing_from_kernel"] == []
    assert found["merged"] is True
    assert all(topic == {"loaded": True, "on_disk": True} for topic in found["topics"].values())


def test_a_rule_that_silences_all_leaves_no_topic_recorded() -> None:
    """`-a never,task`, which RHEL ships as a sample file, hides every other rule."""
    assert not any(topic["loaded"] for topic in seen(9, "poor").facts["audit"]["topics"].values())


def test_keys_that_rpm_trusts_are_no_packages() -> None:
    """gpg-pubkey stands once for each key in rpm -qa: ids are a list, and no package of that name is installed."""
    assert sorted(seen(8, "good").facts["signing_keys"]) == ["d4082792", "fd431d51"]
    assert "gpg-pubkey" not in seen(8, "good").facts["packages"]


def test_what_is_read_from_paper_is_marked_synthetic() -> None:
    """A verdict that rests on a composed answer says so in the snapshot; no unknown hides what was not composed."""
    for release in (8, 9):
        assert seen(release, "good").synthetic
        unknown = {rule for rule, status in worst(release, "good").items() if status is Status.UNKNOWN}
        assert not {rule for rule in unknown if rule.startswith(("linux-audit", "linux-aide", "linux-firewall"))}


def test_the_shipped_samples_are_these_hosts() -> None:
    """The captures in auditor/samples/rhel are marked synthetic, and are judged as what the simulator makes now."""
    stored = {line.target: read_capture(SAMPLES, line) for line in read_index(SAMPLES).captures}
    for release in (8, 9):
        for quality in ("good", "poor"):
            one = stored[f"rhel-{release}-{quality}"]
            assert isinstance(one, Capture)
            assert one.synthetic
            found = linux.read(one).facts
            assert found["os"] == seen(release, quality).facts["os"]
            assert found["packages"] == seen(release, quality).facts["packages"]
