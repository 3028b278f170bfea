"""Synthetic hosts of the RHEL family, hardened after the STIG: every rule about access passes, one step back fails.

No RHEL was at hand: the texts are written after authselect's and the STIG's own words, and are marked synthetic.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from auditor.domain import Snapshot, Status
from auditor.library import load_baselines
from auditor.resources import folder
from auditor.rulebook.applies import Judge
from auditor.rulebook.compile import compile_rule
from tests.collectors.linux.helpers import read_records

SSHD = """port 22
addressfamily any
usepam yes
logingracetime 60
maxauthtries 4
maxsessions 10
clientaliveinterval 300
clientalivecountmax 1
permitrootlogin no
ignorerhosts yes
ignoreuserknownhosts yes
hostbasedauthentication no
pubkeyauthentication yes
kerberosauthentication no
gssapiauthentication no
printlastlog yes
x11forwarding no
x11uselocalhost yes
strictmodes yes
permitemptypasswords no
permituserenvironment no
disableforwarding yes
rekeylimit 1073741824 3600
banner /etc/issue
loglevel VERBOSE
maxstartups 10:30:60
allowgroups wheel
ciphers {ciphers}
macs {macs}
kexalgorithms ecdh-sha2-nistp256
"""
STRONG = {"ciphers": "aes256-gcm@openssh.com,aes256-ctr", "macs": "hmac-sha2-512-etm@openssh.com,hmac-sha2-256"}
WEAK = {"ciphers": "aes256-cbc,3des-cbc", "macs": "hmac-sha1"}
STACK = """auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth required pam_faillock.so preauth silent
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
account sufficient pam_localuser.so
account sufficient pam_usertype.so issystem
account [default=bad success=ok user_unknown=ignore] pam_sss.so
account required pam_permit.so
password requisite pam_pwquality.so local_users_only
password requisite pam_pwhistory.so use_authtok
password sufficient pam_unix.so sha512 shadow use_authtok
password sufficient pam_sss.so use_authtok
password required pam_deny.so
session required pam_unix.so
"""
LOGIN = "auth substack {0}\nauth include postlogin\naccount include {0}\npassword include {0}\nsession include {0}\n"
FILES = {
    "/etc/pam.d/system-auth": STACK,
    "/etc/pam.d/password-auth": STACK,
    "/etc/pam.d/postlogin": "session optional pam_lastlog.so\n",
    "/etc/pam.d/login": LOGIN.format("system-auth"),
    "/etc/pam.d/sshd": LOGIN.format("password-auth"),
    "/etc/pam.d/passwd": LOGIN.format("system-auth"),
    "/etc/pam.d/su": "auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid\n"
    + LOGIN.format("system-auth"),
    "/etc/security/pwquality.conf": "minlen = 15\ndifok = 8\nminclass = 4\nmaxrepeat = 3\nmaxsequence = 3\n"
    "maxclassrepeat = 4\ndictcheck = 1\nretry = 3\nenforce_for_root\n",
    "/etc/security/faillock.conf": "deny = 3\nunlock_time = 0\nfail_interval = 900\neven_deny_root\naudit\n"
    "dir = /var/log/faillock\n",
    "/etc/security/pwhistory.conf": "remember = 24\nenforce_for_root\n",
    "/etc/security/limits.conf": "* hard maxlogins 10\n",
    "/etc/systemd/logind.conf": "[Login]\nStopIdleSessionSec=600\n",
    "/etc/login.defs": "PASS_MAX_DAYS 60\nPASS_MIN_DAYS 1\nPASS_WARN_AGE 7\nUMASK 077\nENCRYPT_METHOD SHA512\n"
    "FAIL_DELAY 4\nENV_SUPATH PATH=/usr/local/sbin:/usr/sbin:/usr/bin\n",
    "/etc/default/useradd": "INACTIVE=35\n",
    "/etc/shells": "/bin/sh\n/bin/bash\n",
    "/etc/nsswitch.conf": "passwd: files systemd\n",
    "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\n",
    "/etc/ssh/sshd_config.d/50-redhat.conf": "Include /etc/crypto-policies/back-ends/opensshserver.config\n",
    "/etc/crypto-policies/back-ends/opensshserver.config": "Ciphers aes256-gcm@openssh.com\n",
}
SUDOERS = "Defaults use_pty, timestamp_timeout=0, !targetpw, !rootpw, !runaspw\nDefaults logfile=/var/log/sudo.log\n"
SUDOERS += "%wheel ALL=(ALL) ALL\n"
DAEMON = (
    "Id=sshd.service\nActiveState=active\nExecMainStartTimestamp=Thu 2026-01-01 10:00:00 UTC\nReloadResult=success\n\n"
)
UNIT = "Id=sshd.service\nLoadState=loaded\nUnitFileState=enabled\nActiveState=active\nTriggeredBy=\n\n"
KEYS = "640|root|ssh_keys|9|regular file|/etc/ssh/ssh_host_rsa_key\n"


def grep(files: dict[str, str]) -> str:
    return "".join(f"{p}:{n}:{line}\n" for p, text in files.items() for n, line in enumerate(text.splitlines(), 1))


def host(
    version: str, cmdline: str = "", sshd: Mapping[str, str] = STRONG, files: Mapping[str, str] = MappingProxyType({})
) -> Snapshot:
    """A synthetic host; `files` replaces texts, `__` standing for a slash and `_DOT_` for a dot."""
    changed = {"/" + name.replace("__", "/").replace("_DOT_", "."): text for name, text in files.items()}
    sudoers = changed.pop("/etc/sudoers", SUDOERS)
    return read_records(
        os=f'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="{version}"\n',
        conf=grep(FILES | changed),
        sshd=SSHD.format(**sshd),
        sshd_matches="",
        sshd_cmdline=cmdline or "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\n",
        daemons=DAEMON,
        daemon_files="1700000000|/etc/ssh/sshd_config\n",
        sudoers=grep({"/etc/sudoers": sudoers}),
        rpm="sudo 1.9\nopenssh-server 8.7\nlibpwquality 1.4\nopensc 0.2\n",
        units=UNIT,
        stat=KEYS,
        stat_folders="",
        passwd="root:x:0:0:/root:/bin/bash\nann:x:1000:1000:/home/ann:/bin/bash\n",
        group="root:0:\nwheel:10:ann\nann:1000:\n",
        shadow="root:locked::20000:0:99999:7:\nann:hash:6:20000:1:60:7:35\n",
        homes="700|ann|/home/ann\n",
        dot_files="",
        dot_files_elsewhere="",
        profile=grep({"/etc/profile.d/tmout.sh": "declare -xr TMOUT=600\numask 077\n"}),
        root_shell="",
        path_folders="755|root|directory|/usr/sbin\n755|root|directory|/usr/bin\n755|root|directory|/usr/local/sbin\n",
    )


@cache
def judges() -> list[Judge]:
    """The rules of the part about access, at their default parameters."""
    part = load_baselines([folder("rules")])["linux-access"].baseline
    parameters: dict[str, Any] = {name: p.default for name, p in part.parameters.items()}
    return [compile_rule(rule, parameters).judge for rule in part.rules]


def judged(seen: Snapshot) -> dict[str, set[Status]]:
    """Statuses by rule."""
    found: dict[str, set[Status]] = {}
    for finding in (one for judge in judges() for one in judge(seen)):
        found.setdefault(finding.rule, set()).add(finding.status)
    return found


OPTIONS = " ".join(f"-o{key}={value}" for key, value in (("Ciphers", STRONG["ciphers"]), ("MACs", STRONG["macs"])))


@pytest.mark.parametrize(
    ("version", "cmdline", "sshd"),
    [("9.4", "", STRONG), ("8.10", f"/usr/sbin/sshd\n-D\n{OPTIONS.replace(' ', chr(10))}\n", WEAK)],
    ids=["rhel-9", "rhel-8"],
)
def test_a_hardened_host_passes_all_of_access(version: str, cmdline: str, sshd: dict[str, str]) -> None:
    """On RHEL 8 a bare `sshd -T` shows weak algorithms that the running server does not have: no false fail."""
    found = judged(host(version, cmdline, sshd))
    left = found.pop("linux-sudo-unasked-declared")  # a site says what sudo may do unasked
    assert left == {Status.NOTCHECKED}
    assert {rule: s for rule, s in found.items() if s - {Status.PASS, Status.NOTAPPLICABLE}} == {}
    assert sum(Status.PASS in s for s in found.values()) >= 78
    assert found["linux-ssh-follows-crypto-policy"] == {Status.PASS if version[0] == "8" else Status.NOTAPPLICABLE}
    assert found["linux-ssh-keys-allowed"] == {Status.NOTAPPLICABLE if version[0] == "8" else Status.PASS}
    assert found["linux-shadow-group-empty"] == {Status.NOTAPPLICABLE}


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"etc__sysconfig__sshd": "CRYPTO_POLICY=\n"}, {"linux-ssh-follows-crypto-policy"}),
        ({"etc__security__faillock_DOT_conf": "deny = 3\nunlock_time = 0\n"},
         {"linux-lockout-root", "linux-lockout-audited", "linux-lockout-kept"}),
        ({"etc__systemd__logind_DOT_conf": "StopIdleSessionSec=infinity\n"}, {"linux-sessions-idle-end"}),
        ({"etc__security__limits_DOT_conf": "* hard maxlogins -1\n"}, {"linux-logins-limited"}),
        ({"etc__sudoers": SUDOERS.replace("!rootpw", "rootpw")}, {"linux-sudo-own-password"}),
        ({"etc__pam_DOT_d__password-auth": re.sub("auth required pam_faillock.so authfail\n", "", STACK)},
         {"linux-lockout", "linux-lockout-interval", "linux-lockout-root", "linux-lockout-audited",
          "linux-lockout-kept"}),
        ({"etc__pam_DOT_d__password-auth": STACK.replace("requisite pam_pwquality", "optional pam_pwquality")},
         {"linux-password-quality", "linux-password-classes", "linux-password-differs", "linux-password-no-sequences",
          "linux-password-class-runs", "linux-password-quality-root"}),
    ],
)  # fmt: skip
def test_a_step_back_fails_its_rules_alone(files: dict[str, str], wanted: set[str]) -> None:
    """On RHEL 8; the lock and the quality of passwords are lost for all when one of two stacks loses them."""
    found = judged(host("8.10", files=files))
    assert {rule for rule, statuses in found.items() if Status.FAIL in statuses} == wanted
    assert not [rule for rule, statuses in found.items() if Status.UNKNOWN in statuses]
