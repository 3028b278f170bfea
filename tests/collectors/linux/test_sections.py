"""What `read` makes of evidence: precedence, includes, axes, normal forms. The evidence is written by hand."""

import re

import pytest

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.program import program
from auditor.collectors.linux.sections.audit_rules import normalise
from auditor.collectors.linux.sections.audit_topics import topics
from tests.collectors.linux.helpers import META, lines, read_records

SYSCTL = "/proc/sys/net/ipv4/ip_forward:0\n/proc/sys/kernel/kptr_restrict:1\n"


def sysctl_of(listed: str, text: str, runtime: str = SYSCTL) -> dict[str, dict[str, object]]:
    found = read_records(sysctl=runtime, sysctl_net="", sysctl_files=listed, sysctl_text=text)
    whole: dict[str, dict[str, object]] = found.facts["sysctl"]
    return whole


def test_the_last_file_by_name_wins_across_folders() -> None:
    """90-b.conf in /usr/lib beats 10-a.conf in /etc, and the fact names the line that won."""
    found = sysctl_of(
        "/etc/sysctl.d/10-a.conf\n/usr/lib/sysctl.d/90-b.conf\n",
        "/etc/sysctl.d/10-a.conf:1:net.ipv4.ip_forward = 0\n/usr/lib/sysctl.d/90-b.conf:3:net.ipv4.ip_forward=1\n",
    )["net.ipv4.ip_forward"]
    assert (found["runtime"], found["persisted"]) == (0, 1)
    assert (found["agrees"], found["contradicted"]) == (False, True)
    assert found["persisted_source"] == "/usr/lib/sysctl.d/90-b.conf:3"


def test_an_empty_file_hides_its_namesake() -> None:
    """An empty file in /etc takes the place of one with the same name in /usr/lib: nothing is pinned then."""
    found = sysctl_of(
        "/etc/sysctl.d/50-x.conf\n/usr/lib/sysctl.d/50-x.conf\n",
        "/usr/lib/sysctl.d/50-x.conf:1:net.ipv4.ip_forward = 1\n",
    )["net.ipv4.ip_forward"]
    assert "persisted" not in found
    assert (found["agrees"], found["contradicted"]) == (False, False)


def test_separators_signs_and_globs_of_sysctl() -> None:
    """`-` and `/` are syntax, a glob reaches what no explicit line sets, comments set nothing."""
    found = sysctl_of(
        "/etc/sysctl.d/a.conf\n",
        "/etc/sysctl.d/a.conf:1:-net/ipv4/ip_forward = 0\n/etc/sysctl.d/a.conf:2:kernel.kptr_* = 2\n"
        "/etc/sysctl.d/a.conf:3:# net.ipv4.ip_forward = 7\n",
    )
    assert found["net.ipv4.ip_forward"]["agrees"] is True
    assert found["kernel.kptr_restrict"]["persisted"] == 2


def test_without_systemd_the_old_file_is_read_last() -> None:
    """`sysctl --system` of procps reads /etc/sysctl.conf once more at the end; systemd-sysctl does not."""
    text = "/etc/sysctl.conf:1:net.ipv4.ip_forward = 1\n"
    old = read_records(
        meta=META.replace("pid1=systemd", "pid1=init"), sysctl=SYSCTL, sysctl_net="", sysctl_files="", sysctl_text=text
    )
    assert old.facts["sysctl"]["net.ipv4.ip_forward"]["persisted"] == 1
    assert "persisted" not in sysctl_of("", text)["net.ipv4.ip_forward"]


def test_an_unreadable_file_hides_what_is_pinned() -> None:
    """One file that a plain user may not read could set any key: pinned values are gaps, running ones stay facts."""
    denied = Record("", 2, "grep: /etc/sysctl.d/secret.conf: Permission denied")
    found = read_records(sysctl=SYSCTL, sysctl_net="", sysctl_files="/etc/sysctl.d/secret.conf\n", sysctl_text=denied)
    assert found.facts["sysctl"]["net.ipv4.ip_forward"]["runtime"] == 0
    assert "secret.conf" in found.gaps["sysctl[net.ipv4.ip_forward].agrees"]


def test_a_denied_parameter_is_a_gap_and_a_missing_one_is_absent() -> None:
    """EACCES on one file of /proc/sys is a gap for that key only; a key that is not there has neither value nor gap."""
    record = Record(SYSCTL, 123, "grep: /proc/sys/net/core/bpf_jit_harden: Permission denied")
    found = read_records(sysctl=record, sysctl_net="", sysctl_files="", sysctl_text="")
    assert "Permission denied" in found.gaps["sysctl[net.core.bpf_jit_harden]"]
    assert "net.bridge.bridge-nf-call-iptables" not in found.facts["sysctl"]
    assert "sysctl[net.bridge.bridge-nf-call-iptables]" not in found.gaps


@pytest.mark.parametrize("virt", ["container=docker\nany=docker\n", "tool=no\nmarker=podman\n", "tool=no\n"])
def test_a_shared_kernel_is_never_judged(virt: str) -> None:
    """In a container, or where one cannot be ruled out, facts of the kernel are gaps; those of its own network stay."""
    found = read_records(virt=virt, sysctl=SYSCTL, sysctl_net="", sysctl_files="", sysctl_text="", cmdline="quiet")
    assert "kernel.kptr_restrict" not in found.facts["sysctl"]
    for path in ("sysctl[kernel.kptr_restrict]", "modules[dccp]", "boot", "mac", "audit.loaded", "audit.enabled"):
        assert "container" in found.gaps[path], path
    assert found.facts["sysctl"]["net.ipv4.ip_forward"]["runtime"] == 0
    assert "own-kernel" not in found.facts["roles"]


def test_a_host_of_its_own_says_so() -> None:
    """No marker and a tool that says none: the kernel is the host's own."""
    found = read_records(units="")
    assert found.facts["container"] is False
    assert "own-kernel" in found.facts["roles"]


@pytest.mark.parametrize(
    ("all_", "own", "forwarding", "wanted"),
    [(0, 1, 0, True), (0, 1, 1, False), (1, 1, 1, True), (0, 0, 0, False), (1, 0, 0, True)],
)
def test_redirects_join_by_or_and_by_and_on_routers(all_: int, own: int, forwarding: int, wanted: bool) -> None:
    """accept_redirects: either value on a host, both on an interface that forwards (kernel ip-sysctl)."""
    base = "/proc/sys/net/ipv4/conf"
    mine = f"{base}/eth0.5"
    net = f"{base}/all/accept_redirects:{all_}\n{mine}/accept_redirects:{own}\n{mine}/forwarding:{forwarding}\n"
    found = read_records(sysctl=SYSCTL, sysctl_net=net, sysctl_files="", sysctl_text="")
    assert found.facts["interfaces"]["eth0/5"]["accept_redirects"] is wanted


def test_a_match_block_is_an_exception() -> None:
    """Settings below Match are listed with the line of the block, and never mixed into the effective ones."""
    conf = lines(etc__ssh__sshd_config="PermitRootLogin no\nMatch Address 10.0.0.0/8\n  PermitRootLogin yes\n")
    found = read_records(sshd="permitrootlogin no\nciphers aes256-ctr,aes128-ctr\nport 22\nport 2222\n", conf=conf)
    assert found.facts["sshd"]["effective"] == {
        "permitrootlogin": "no",
        "ciphers": ["aes256-ctr", "aes128-ctr"],
        "port": ["22", "2222"],
    }
    block = found.facts["sshd"]["match_blocks"]["/etc/ssh/sshd_config:2"]
    assert block == {"criteria": "Address 10.0.0.0/8", "settings": {"permitrootlogin": "yes"}}


def test_an_include_elsewhere_is_a_gap() -> None:
    """What stands in files that were not read may hold Match blocks."""
    conf = lines(etc__ssh__sshd_config="Include /opt/site/*.conf\n")
    assert "/opt/site" in read_records(sshd="port 22\n", conf=conf).gaps["sshd.match_blocks"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record("", 255, "sshd: no hostkeys available -- exiting."), "needs root"),
        (Record("", 255, "/etc/ssh/sshd_config: line 9: Bad configuration option: x"), "Bad configuration option"),
        (Record("", 124, ""), "time limit"),
        (Record("", 1, "sudo: a password is required"), "NOPASSWD: /usr/sbin/sshd -T"),
    ],
)
def test_no_effective_settings_without_sshd_t(record: Record, reason: str) -> None:
    """The text of the file never stands in for `sshd -T`."""
    meta = META.replace("uid=0", "uid=1000") if "needs" in reason or "NOPASSWD" in reason else META
    found = read_records(meta=meta, sshd=record, conf=lines(etc__ssh__sshd_config="PermitRootLogin no\n"))
    assert reason in found.gaps["sshd.effective"]
    assert found.facts["sshd"]["effective"] == {}


def test_no_ssh_server_is_a_fact() -> None:
    """A host without sshd has no sshd facts and no gap."""
    found = read_records(
        sshd=Record("", 127, "timeout: failed to run command 'sshd': No such file or directory"), conf=""
    )
    assert "sshd" not in found.facts
    assert not [path for path in found.gaps if path.startswith("sshd")]


def test_a_crypto_policy_on_the_command_line_wins() -> None:
    """RHEL 8 hands sshd its ciphers by options that `sshd -T` does not know."""
    path = "/etc/crypto-policies/back-ends/opensshserver.config"
    conf = f"{path}:1:CRYPTO_POLICY='-oCiphers=aes256-gcm@openssh.com -oMACs=hmac-sha2-512'\n"
    effective = read_records(sshd="ciphers 3des-cbc\n", conf=conf).facts["sshd"]["effective"]
    assert effective["ciphers"] == ["aes256-gcm@openssh.com"]


def test_a_removed_package_is_not_installed() -> None:
    """dpkg still prints a version for `config-files`: it counts as absent."""
    found = read_records(dpkg="bash 5.2-1 installed\ntelnet 0.17 config-files\n")
    assert found.facts["packages"] == {"bash": "5.2-1"}


def test_rpm_names_are_read_on_red_hat_kin() -> None:
    """On the RHEL family rpm is asked; an epoch of none is no part of the version."""
    found = read_records(
        os='ID="rocky"\nID_LIKE="rhel centos"\nVERSION_ID="9.4"\n', rpm="bash (none):5.1-9.el9\nsudo 1:1.9-1\n"
    )
    assert found.facts["packages"] == {"bash": "5.1-9.el9", "sudo": "1:1.9-1"}
    assert (found.facts["os"]["family"], found.version) == ("rhel", "9.4")


def unit(name: str, load: str, enabled: str, active: str) -> str:
    return f"Id={name}\nLoadState={load}\nUnitFileState={enabled}\nActiveState={active}\nTriggeredBy=\n\n"


@pytest.mark.parametrize(
    ("units", "used"),
    [
        (unit("a.service", "loaded", "disabled", "inactive"), False),
        (unit("a.service", "loaded", "enabled", "inactive"), True),
        (unit("a.service", "masked", "masked", "active"), True),
        (unit("a.service", "masked", "masked", "inactive"), False),
        (unit("a.service", "not-found", "", "inactive"), False),
        (unit("a.service", "loaded", "static", "inactive"), False),
        (unit("a.service", "loaded", "disabled", "inactive") + unit("a.socket", "loaded", "enabled", "inactive"), True),
        (unit("a.service", "loaded", "disabled", "inactive") + unit("a.timer", "loaded", "disabled", "active"), True),
        (unit("a.service", "masked", "masked", "inactive") + unit("a.socket", "loaded", "enabled", "active"), False),
    ],
)
def test_a_unit_is_in_use_by_three_axes(units: str, used: bool) -> None:
    """Running, enabled, or started by its own socket or timer; masked but still active counts, not-found does not."""
    assert read_records(units=units).facts["units"]["a.service"]["in_use"] is used


def test_the_last_layer_of_a_mount_counts() -> None:
    """A path that is mounted over shows the options of what is on top; a read-only file system is read-only."""
    info = (
        "20 1 0:1 / / rw - ext4 /dev/sda rw\n21 20 0:2 / /tmp rw,nosuid - tmpfs tmpfs rw\n"
        "22 20 0:3 / /tmp rw,nodev - tmpfs tmpfs ro\n"
    )
    fstab = lines(etc__fstab="tmpfs /tmp tmpfs nodev,nosuid,noexec 0 0\n")
    found = read_records(mountinfo=info, conf=fstab, mount_units="").facts["mounts"]
    assert set(found["/tmp"]["options"]) == {"nodev", "ro"}
    assert found["/tmp"]["pinned_options"] == ["nodev", "noexec", "nosuid"]
    assert found["/home"]["is_mount_point"] is False


def test_a_module_is_barred_by_two_lines() -> None:
    """Neither blacklist nor install bars a module alone; one without a file cannot be loaded."""
    rules = "blacklist dccp\ninstall dccp /bin/false\nblacklist tipc\ninstall sctp /bin/true\n"
    rules += "blacklist usb_storage\ninstall usb_storage /bin/false\n"
    files = "file dccp\nfile tipc\nfile sctp\nfile usb-storage\nbuiltin can\n"
    found = read_records(proc_modules="overlay\n", modprobe=rules, module_files=files).facts["modules"]
    wanted = {
        "dccp": True,
        "tipc": False,
        "sctp": False,
        "usb-storage": True,
        "can": False,
        "rds": True,
        "overlay": False,
    }
    assert {name: found[name]["barred"] for name in wanted} == wanted


def test_pam_includes_are_resolved_in_order() -> None:
    """@include of Debian and include of RHEL put entries in their place; a module's arguments beat its file."""
    conf = lines(
        etc__pam_DOT_d__login="auth required pam_faillock.so preauth deny=4\n@include common-auth\n"
        "auth [default=die] pam_faillock.so authfail deny=4\n",
        etc__pam_DOT_d__common_DASH_auth="auth [success=1 default=ignore] pam_unix.so nullok\n",
        etc__pam_DOT_d__passwd="password include system-auth\n",
        etc__pam_DOT_d__system_DASH_auth="auth required pam_env.so\npassword requisite pam_pwquality.so minlen=15\n"
        "password sufficient pam_unix.so yescrypt\n",
        etc__security__pwquality_DOT_conf="minlen = 8\nmaxrepeat = 3\nenforce_for_root\n",
        etc__security__faillock_DOT_conf="deny = 9\nunlock_time = 0\n",
    )
    pam = read_records(conf=conf).facts["pam"]
    assert [e["module"] for e in pam["stacks"]["login"]] == ["pam_faillock.so", "pam_unix.so", "pam_faillock.so"]
    assert pam["stacks"]["login"][1]["source"] == "/etc/pam.d/common-auth:1"
    assert [e["module"] for e in pam["stacks"]["passwd"]] == ["pam_pwquality.so", "pam_unix.so"]
    quality = pam["pwquality"]
    assert (quality["in_use"], quality["minlen"], quality["maxrepeat"], quality["enforce_for_root"]) == (
        True,
        15,
        3,
        True,
    )
    assert (pam["faillock"]["in_use"], pam["faillock"]["deny"], pam["faillock"]["unlock_time"]) == (True, 4, 0)
    assert pam["nullok"] == ["common-auth"]
    assert pam["hash"] == "yescrypt"


def test_a_lock_in_one_of_two_logins_is_no_lock() -> None:
    """The weakest login counts: sshd without pam_faillock leaves the host without a lock."""
    conf = lines(
        etc__pam_DOT_d__login="auth required pam_faillock.so preauth\nauth required pam_unix.so\n"
        "auth required pam_faillock.so authfail\n",
        etc__pam_DOT_d__sshd="auth required pam_unix.so\n",
    )
    assert read_records(conf=conf).facts["pam"]["faillock"]["in_use"] is False


def test_a_pam_loop_ends() -> None:
    """Files that include each other do not hang the reader."""
    conf = lines(etc__pam_DOT_d__a="@include b\n@include b\n", etc__pam_DOT_d__b="@include a\n@include a\n")
    assert read_records(conf=conf).facts["pam"]["stacks"]["a"] == []


def test_what_sudo_grants_without_asking() -> None:
    """NOPASSWD for exact commands is listed, for ALL it is listed again; names with a dot in sudoers.d do not count."""
    text = lines(
        etc__sudoers="Defaults use_pty, timestamp_timeout=-1\nDefaults logfile=/var/log/sudo.log\n"
        "@includedir /etc/sudoers.d\n",
        etc__sudoers_DOT_d__a="%wheel ALL=(ALL) NOPASSWD: ALL\nbob ALL=(root) NOPASSWD: /usr/sbin/sshd -T\n",
        etc__sudoers_DOT_d__old_DOT_bak="eve ALL=(ALL) NOPASSWD: ALL\n",
    )
    found = read_records(sudoers=text).facts["sudoers"]
    assert found["nopasswd_all"] == ["%wheel: ALL=(ALL) NOPASSWD: ALL"]
    assert len(found["nopasswd"]) == 2
    assert (found["use_pty"], found["logfile"], found["timestamp_timeout"]) == (True, "/var/log/sudo.log", -1.0)


def test_audit_rules_have_one_normal_form() -> None:
    """`-w` equals a path filter, unset login uids are one value, order within a rule does not matter."""
    one = normalise(["-w /etc/passwd -p wa -k id", "-a always,exit -F arch=b64 -S rename,unlink -F auid!=-1 -k d"])
    other = normalise(
        [
            "-a always,exit -F path=/etc/passwd -F perm=wa -F key=id",
            "-a exit,always -S unlink -S rename -F auid!=4294967295 -F arch=b64 -F key=d",
        ]
    )
    assert one == other
    assert normalise(["# comment", "-D", "-b 8192", "-e 2", "No rules"]) == []


def test_audit_topics_need_every_part() -> None:
    """A watch on a folder covers its files; system calls count for both ABIs of x86_64; `never` covers nothing."""
    watches = ["-w /etc -p wa"]
    assert topics(normalise(watches), "x86_64")["identity"]
    assert not topics(normalise(["-w /etc/passwd -p wa"]), "x86_64")["identity"]
    half = ["-a always,exit -F arch=b64 -S mount -F auid>=1000"]
    assert not topics(normalise(half), "x86_64")["mounts"]
    assert topics(normalise(half), "aarch64")["mounts"]
    assert topics(normalise([*half, "-a always,exit -F arch=b32 -S mount -F auid>=1000"]), "x86_64")["mounts"]
    assert not topics(normalise(["-a never,exit -F arch=b64 -S mount"]), "aarch64")["mounts"]


def test_without_auditctl_there_are_no_rules() -> None:
    """A host without the audit tools has no rules: a fact that fails, and no gap that excuses."""
    missing = Record("", 127, "timeout: failed to run command 'auditctl': No such file or directory")
    gone = "/usr/bin/grep: /etc/audit/{}: No such file or directory\n"
    none = Record("", 2, gone.format("rules.d") + gone.format("auditd.conf"))
    sudo = Record("", 2, "/usr/bin/grep: /etc/sudoers: No such file or directory")
    found = read_records(auditctl_l=missing, auditctl_s=missing, audit_rules=none, sudoers=sudo)
    assert found.facts["audit"]["loaded"] == []
    assert found.facts["audit"]["topics"]["identity"] == {"loaded": False, "on_disk": False}
    assert not [path for path in found.gaps if path.startswith("audit")]


NFT = (
    '{"nftables": [{"metainfo": {}}, {"chain": {"family": "inet", "table": "f", "name": "in", "hook": "input", '
    '"policy": "%s"}}%s]}'
)


@pytest.mark.parametrize(
    ("policy", "rule", "denies"),
    [
        ("drop", "", True),
        ("accept", "", False),
        (
            "accept",
            ', {"rule": {"family": "inet", "table": "f", "chain": "in", "expr": [{"counter": {}}, {"drop": null}]}}',
            True,
        ),
        (
            "accept",
            ', {"rule": {"family": "inet", "table": "f", "chain": "in", "expr": [{"match": {}}, {"drop": null}]}}',
            False,
        ),
    ],
)
def test_a_filter_denies_by_policy_or_by_its_last_rule(policy: str, rule: str, denies: bool) -> None:
    """An input chain that accepts is closed by a last rule that drops everything, not by one that drops something."""
    none = Record("", 127, "timeout: failed to run command 'iptables-save': No such file or directory")
    found = read_records(
        units=unit("x.service", "loaded", "enabled", "active"), nft=NFT % (policy, rule), iptables=none, ip6tables=none
    )
    assert found.facts["firewall"]["denies_by_default"] is denies
    assert found.facts["firewall"]["denies_ipv6_by_default"] is denies


def test_iptables_alone_covers_its_own_family() -> None:
    """Legacy rules for IPv4 say nothing of IPv6."""
    none = Record("", 127, "timeout: failed to run command 'nft': No such file or directory")
    four = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\n"
    four += "-A INPUT -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n"
    six = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
    firewall = read_records(units="", nft=none, iptables=four, ip6tables=six).facts["firewall"]
    assert (firewall["denies_by_default"], firewall["denies_ipv6_by_default"]) == (True, False)


def test_listeners_know_loopback() -> None:
    """127.0.0.0/8 and ::1 are this host alone, a wildcard is everybody."""
    text = 'tcp LISTEN 0 9 127.0.0.1:25 0.0.0.0:* users:(("master",pid=1,fd=1))\n'
    text += "tcp LISTEN 0 9 [::]:22 [::]:*\nudp UNCONN 0 0 [::1]:323 [::]:*\n"
    found = read_records(listeners=text, listeners_p=text).facts["listeners"]
    assert {name: part["loopback"] for name, part in found.items()} == {
        "tcp 127.0.0.1 25": True,
        "tcp :: 22": False,
        "udp ::1 323": True,
    }
    assert found["tcp 127.0.0.1 25"]["process"] == "master"


def test_what_is_left_of_passwords() -> None:
    """State, scheme and ages; an empty field means no limit; the same from `passwd -S -a`, without the scheme."""
    people = {
        "passwd": "root:x:0:0:/root:/bin/bash\nbob:x:1000:1000:/home/bob:/bin/sh\n",
        "group": "root:0:\nbob:1000:\n",
    }
    mine = read_records(**people, shadow="root:locked::20000:0:99999:7:\nbob:hash:y:20000:0:365:7:30\n")
    sudo = META.replace("uid=0", "uid=1000").replace("become=", "become=sudo")
    theirs = read_records(meta=sudo, **people, passwd_s="root L 2024-10-04 0 99999 7 -1\nbob P 10/04/2024 0 365 7 30\n")
    bob = mine.facts["accounts"]["bob"]["password"]
    assert (bob["state"], bob["algorithm"], bob["max_days"], bob["inactive_days"]) == ("hash", "yescrypt", 365, 30)
    other = theirs.facts["accounts"]["bob"]["password"]
    assert {**bob, "algorithm": None} == {**other, "algorithm": None}
    assert theirs.facts["accounts"]["root"]["password"] == mine.facts["accounts"]["root"]["password"]
    assert "accounts[bob].password.algorithm" in theirs.gaps


def test_accounts_that_break_order_are_named() -> None:
    """Second roots, doubles, open service accounts and lost groups each stand in their list."""
    found = read_records(
        passwd="root:x:0:0:/root:/bin/bash\ntoor:x:0:0:/root:/bin/sh\nweb:x:33:33:/var/www:/bin/bash\n"
        "ann:other:1000:1000:/home/ann:/bin/bash\nbob:x:1000:77:/home/bob:/bin/false\n",
        group="root:0:\nweb:33:\nann:1000:\nstaff:1000:\n",
        shadow="root:hash:6:20000:0:99999:7:\nann:empty::20000::::\nbob:hash:1:99999:0:9:7:\n",
        conf=lines(etc__shells="/bin/bash\n/bin/sh\n"),
    ).facts
    checks = found["account_checks"]
    assert checks["uid0_others"] == ["toor"]
    assert checks["duplicate_uids"] == ["0", "1000"]
    assert checks["duplicate_gids"] == ["1000"]
    assert checks["system_with_shell"] == ["web"]
    assert checks["not_shadowed"] == ["ann"]
    assert checks["unknown_primary_group"] == ["bob"]
    assert checks["empty_passwords"] == ["ann"]
    assert checks["weak_hashes"] == ["bob"]
    assert found["accounts"]["bob"]["password"]["changed_in_future"] is True


def test_logging_in_both_syntaxes() -> None:
    """Old and new rsyslog lines, and a journald drop-in that hides its namesake."""
    conf = lines(
        etc__rsyslog_DOT_conf="$FileCreateMode 0640\n*.* @@old.example.org:514\n#*.* @off.example.org\n",
        etc__rsyslog_DOT_d__new_DOT_conf='action(type="omfwd" target="new.example.org" port="6514")\n'
        'input(type="imtcp" port="514")\n',
        etc__systemd__journald_DOT_conf="[Journal]\nStorage=volatile\n",
        usr__lib__systemd__journald_DOT_conf_DOT_d__a_DOT_conf="[Journal]\nStorage=auto\n",
        etc__systemd__journald_DOT_conf_DOT_d__a_DOT_conf="[Journal]\nStorage=persistent\n",
    )
    logs = read_records(conf=conf, marks="", units="").facts["logging"]
    assert logs["rsyslog"]["remote_targets"] == ["old.example.org:514", "new.example.org"]
    assert logs["rsyslog"]["accepts_remote"] is True
    assert logs["rsyslog"]["file_create_mode"] == "0640"
    assert (logs["journald"]["storage"], logs["journal_persistent"], logs["leaves_host"]) == ("persistent", True, True)


def test_an_empty_file_is_told_from_a_missing_and_an_unread_one() -> None:
    """For an empty file grep prints neither line nor error; a complaint that names no path hides what is empty."""
    empty = read_records(conf="")
    missing = read_records(conf=Record("", 2, "grep: /etc/issue: No such file or directory"))
    denied = read_records(conf=Record("", 2, "grep: /etc/issue: Permission denied"))
    strange = read_records(conf=Record("", 2, "grep: something odd happened"))
    assert empty.facts["banners"]["/etc/issue"]["text"] == ""
    assert "/etc/issue" not in missing.facts["banners"]
    assert not [path for path in missing.gaps if path.startswith("banners")]
    assert "Permission denied" in denied.gaps["banners[/etc/issue]"]
    assert "odd" in strange.gaps["banners[/etc/issue]"]


def test_a_binary_file_is_a_gap() -> None:
    """A file with a NUL in it is not text: its facts are gaps, the others stay."""
    found = read_records(conf=Record("", 0, "grep: /etc/motd: binary file matches"))
    assert "no text" in found.gaps["banners[/etc/motd]"]
    assert found.facts["banners"]["/etc/issue"]["text"] == ""


def test_hostile_text_never_raises() -> None:
    """Rubbish in every record gives a snapshot with gaps, and no exception."""
    rubbish = "\ufffd:::||==\n{[(\n" * 50 + "a" * 5000
    keys = re.findall(r"(?:^|then |else |\|\| )[rp] (\w+) \d", program().decode(), re.M)
    assert len(keys) > 40
    keys = [key for key in keys if key not in ("meta", "os", "virt")]
    found = read_records(**dict.fromkeys(keys, rubbish))
    assert found.version == "12"
    assert "firewall.denies_by_default" in found.gaps


@pytest.mark.parametrize(
    ("pinned", "agrees"), [("32768\t60999", True), ("  32768   60999 ", True), ("32768 60998", False)]
)
def test_tabs_in_values_are_blanks(pinned: str, agrees: bool) -> None:
    """The kernel prints ranges with a tab, files have a blank: one value all the same."""
    key, path = "net.ipv4.ip_local_port_range", "/proc/sys/net/ipv4/ip_local_port_range"
    text = f"/etc/sysctl.d/a.conf:1:{key} = {pinned}\n"
    found = sysctl_of("/etc/sysctl.d/a.conf\n", text, f"{path}:32768\t60999\n")[key]
    assert (found["runtime"], found["agrees"]) == ("32768 60999", agrees)
