"""Sections about the next boot and about protection of the kernel, on evidence written by hand."""

import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest

from auditor.collectors.linux.frame import Record
from auditor.collectors.linux.wanted import BOOT_WORDS, MODULES, MOUNT_POINTS
from auditor.domain import Snapshot, Status
from auditor.rulebook.compile import compile_rule
from tests.collectors.linux.helpers import read_records
from tests.collectors.linux.test_rule_paths import rule_paths
from tests.rules.shipped import shipped_rules

NO_FILE = "No such file or directory"
GRUB = "/boot/grub/grub.cfg"


def numbered(path: str, *lines: str) -> str:
    return "".join(f"{path}:{number}:{line}\n" for number, line in enumerate(lines, 1))


def boot_of(entries: str | Record, grub: str | Record = "", cmdline: str = "ro quiet") -> Snapshot:
    return read_records(cmdline=cmdline, boot_entries=entries, grub_default=grub, sysctl="/proc/sys/a/b:1\n",
                        sysctl_net="", sysctl_files="", sysctl_text="")  # fmt: skip


def sysctl_of(text: str, *keys: str) -> Snapshot:
    listed = "".join(sorted({f"{line.split(':')[0]}\n" for line in text.splitlines() if "sysctl.d" in line}))
    runtime = "".join(f"/proc/sys/{key}\n" for key in keys)
    return read_records(sysctl=runtime, sysctl_net="", sysctl_files=listed, sysctl_text=text)


def test_debian_entries_are_the_lines_of_grub_cfg() -> None:
    """Each menu entry counts but the one for recovery; a word that only some carry is not pinned."""
    lines = ["\tlinux\t/boot/vmlinuz-6.1 root=UUID=1 ro quiet audit=1",
             "\tlinux /vmlinuz-6.0 root=UUID=1 ro audit=1 pti=on",
             "\tlinux /boot/vmlinuz-6.1 root=UUID=1 ro single"]  # fmt: skip
    found = boot_of(numbered(GRUB, *lines), cmdline="ro audit=0 audit=1").facts["boot"]
    assert found["parameters"]["audit"] == {"running": 1, "pinned": 1}
    assert found["parameters"]["pti"] == {}
    assert {"audit=1", "pti=on", "quiet"} <= set(found["stored_words"])
    assert "single" not in found["stored_words"]


def test_rhel_entries_take_their_words_from_grubenv() -> None:
    """`$kernelopts` (RHEL 8) is put in, `$tuned_params` may be empty, the rescue entry does not count."""
    folder = "/boot/loader/entries/0123"
    text = numbered(f"{folder}-5.14.conf", "options $kernelopts $tuned_params", "linux /vmlinuz-5.14")
    text += numbered(f"{folder}-0-rescue.conf", "options root=/dev/sda1 selinux=0")
    text += numbered("/boot/grub2/grubenv", "kernelopts=root=/dev/sda1 ro audit=1 audit_backlog_limit=8192")
    text += numbered("/boot/grub2/grub.cfg", 'set kernelopts="root=/dev/sda1 ro "')
    found = boot_of(text).facts["boot"]
    assert found["parameters"]["audit_backlog_limit"] == {"pinned": 8192}
    assert found["stored_words"] == ["audit=1", "audit_backlog_limit=8192", "ro", "root=/dev/sda1"]


def test_entries_that_may_not_be_read_are_a_gap_with_the_sudo_line() -> None:
    """A closed /boot leaves the next boot unknown, not clean; what runs is known all the same."""
    denied = Record("", 2, f"grep: /boot/loader/entries: Permission denied\ngrep: {GRUB}: {NO_FILE}")
    found = boot_of(denied, cmdline="ro audit=1")
    assert "root" in found.gaps["boot.stored_words"]
    assert "boot.parameters[audit].pinned" in found.gaps
    assert found.facts["boot"]["parameters"]["audit"]["running"] == 1


def test_a_host_with_another_boot_loader_is_not_judged_by_what_is_not_there() -> None:
    """Neither GRUB nor entries: a gap that says so."""
    gone = Record("", 2, f"grep: {GRUB}: {NO_FILE}\ngrep: /boot/loader/entries: {NO_FILE}")
    assert "cannot be told" in boot_of(gone).gaps["boot.parameters[audit].pinned"]


def test_grub_default_is_read_as_the_shell_would() -> None:
    """Drop-ins come later, a value may quote itself, `+=` adds; words missing from an entry mean: not made anew."""
    text = numbered("/etc/default/grub", 'GRUB_CMDLINE_LINUX="audit=1"  # why', "#GRUB_CMDLINE_LINUX=x")
    text += numbered("/etc/default/grub.d/a.cfg", 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX pti=on"')
    text += numbered("/etc/default/grub.d/b.cfg", 'GRUB_CMDLINE_LINUX+="vsyscall=none"')
    late = boot_of(numbered(GRUB, "\tlinux /vmlinuz ro audit=1 pti=on"), text).facts["boot"]
    assert {n: p["configured"] for n, p in late["parameters"].items()} == {"audit": 1, "pti": "on", "vsyscall": "none"}
    assert late["loader_current"] is False
    made = boot_of(numbered(GRUB, "\tlinux /vmlinuz vsyscall=none ro audit=1 pti=on"), text)
    assert made.facts["boot"]["loader_current"] is True


def test_a_hash_without_superusers_protects_nothing() -> None:
    """Debian's GRUB asks nobody unless `superusers` names them; RHEL's user.cfg brings its own."""
    absent = Record("", 2, f"grep: x: {NO_FILE}")
    for hashes, users, wanted in (("1\n", "0\n", False), ("1\n", "1\n", True), ("0\n", "1\n", False)):
        found = read_records(
            grub_debian=hashes, grub_superusers=users, grub_rhel=absent, grub_efi=absent, cmdline="", marks=""
        )
        assert found.facts["boot"]["loader_password"] is wanted
    found = read_records(grub_debian=absent, grub_superusers=absent, grub_rhel="1\n", cmdline="")
    assert found.facts["boot"]["loader_password"] is True


@pytest.mark.parametrize(
    ("efi", "marks", "wanted"),
    [("", "/etc/grub.d\n", False), ("GRUB2_PASSWORD=grub.pbkdf2\n", "/etc/grub.d\n", True), ("", "", None)],
    ids=["RHEL before a password is set", "RHEL 8 on UEFI", "no GRUB at all"],
)
def test_a_password_file_that_is_not_there_is_none_set(efi: str, marks: str, wanted: bool | None) -> None:
    """user.cfg comes into being with the password: where GRUB is installed and the file is not, nobody is asked."""
    absent = Record("", 2, f"grep: x: {NO_FILE}")
    looked = Record(efi, 0 if efi else 1, "")
    found = read_records(
        grub_debian=absent, grub_superusers=absent, grub_rhel=absent, grub_efi=looked, marks=marks, cmdline=""
    )
    assert found.facts["boot"].get("loader_password") is wanted
    assert "boot.loader_password" not in found.gaps


def test_rescue_shells_that_ask_and_that_do_not() -> None:
    """sulogin started by the unit asks; bash, or sulogin told to let everybody in, does not."""
    blocks = [
        f"Id={unit}\nLoadState=loaded\nEnvironment={environment}\nExecStart={{ path=x ; argv[]={command} ; pid=0 }}"
        for unit, environment, command in (
            ("rescue.service", "HOME=/root", "/lib/systemd/systemd-sulogin-shell rescue"),
            ("emergency.service", "SYSTEMD_SULOGIN_FORCE=1", "/usr/lib/systemd/systemd-sulogin-shell emergency"),
            ("x.service", "", "/bin/bash"),
            ("y.service", "", "/usr/sbin/sulogin --force"),
        )
    ]
    found = read_records(rescue="\n\n".join(blocks), cmdline="").facts["boot"]["rescue_shells"]
    assert [shell["asks_password"] for shell in found.values()] == [True, False, False, False]


def test_live_patches_and_a_kernel_without_them() -> None:
    """Names of patches; no folder means no support, and no list."""
    assert read_records(livepatch="kpatch_1\n", cmdline="").facts["boot"]["live_patches"] == ["kpatch_1"]
    none = read_records(livepatch=Record("", 2, f"ls: cannot access '/sys/kernel/livepatch': {NO_FILE}"), cmdline="")
    assert "live_patches" not in none.facts["boot"]


def test_patterns_spare_a_key_that_a_file_keeps_out() -> None:
    """systemd-sysctl: `-key` keeps a key out of patterns, a key that is named beats a pattern that comes later."""
    text = numbered("/etc/sysctl.d/a.conf", "net.ipv4.conf.eth0.rp_filter = 0", "-net.ipv4.conf.all.rp_filter")
    text += numbered("/etc/sysctl.d/b.conf", "net.ipv4.conf.*.rp_filter = 2")
    keys = (f"net/ipv4/conf/{name}/rp_filter:0" for name in ("all", "default", "eth0"))
    found = sysctl_of(text, *keys).facts["sysctl"]
    assert [found[f"net.ipv4.conf.{name}.rp_filter"].get("persisted") for name in ("all", "default", "eth0")] == [
        None, 2, 0,
    ]  # fmt: skip
    lone = sysctl_of(numbered("/etc/sysctl.d/a.conf", "-kernel.sysrq"), "kernel/x:1").facts["sysctl"]
    assert "kernel.sysrq" not in lone


def test_sysctl_conf_that_a_reload_reads_last_is_told() -> None:
    """`sysctl --system` sets another value than the boot; where both agree there is nothing to tell."""
    text = numbered("/etc/sysctl.d/z.conf", "kernel.sysrq = 0", "kernel.panic = 1")
    text += numbered("/etc/sysctl.conf", "kernel.sysrq = 1", "kernel.panic = 1")
    found = sysctl_of(text, "kernel/sysrq:0", "kernel/panic:1").facts["sysctl"]
    assert found["kernel.sysrq"]["reloaded"] == 1
    assert "reloaded" not in found["kernel.panic"]


def test_the_secret_among_the_parameters_spoils_no_rule_about_all() -> None:
    """The key of TCP fast open is never read: its own facts are gaps, and rules over every parameter pass it by."""
    found = sysctl_of(numbered("/etc/sysctl.d/a.conf", "kernel.panic = 1"), "kernel/panic:1")
    assert "sysctl[net.ipv4.tcp_fastopen_key].runtime" in found.gaps
    rule, defaults = shipped_rules("linux")["linux-sysctl-order-plain"]
    seen = replace(
        found,
        facts={**found.facts, "roles": ["own-kernel"]},
        gaps={k: v for k, v in found.gaps.items() if k != "roles"},
    )
    assert [f.status for f in compile_rule(rule, defaults).judge(seen)] == [Status.PASS]


@pytest.mark.parametrize(
    ("runtime", "text", "wanted"),
    [
        ([("all", 1), ("default", 1), ("eth0", 1), ("lo", 0)], "net.ipv6.conf.all.disable_ipv6 = 1", False),
        ([("all", 1), ("default", 1), ("eth0", 1)], "", True),
        ([("all", 1), ("default", 1), ("eth0", 0)], "net.ipv6.conf.all.disable_ipv6 = 1", True),
        ([("all", 1), ("default", 0), ("eth0", 1)], "net.ipv6.conf.all.disable_ipv6 = 1", True),
        ([], "", None),
    ],
    ids=["off", "off until the boot", "on at an interface", "on at the next interface", "no support"],
)
def test_ipv6_is_off_only_everywhere_and_for_good(
    runtime: list[tuple[str, int]], text: str, wanted: bool | None
) -> None:
    """One interface that has it, a new one that would get it, or a next boot that brings it back: then it is on."""
    keys = [f"net/ipv6/conf/{name}/disable_ipv6:{value}" for name, value in runtime]
    found = sysctl_of(numbered("/etc/sysctl.d/a.conf", text), "kernel/panic:1", *keys)
    assert found.facts.get("ipv6") is wanted
    assert "ipv6" not in found.gaps


def test_automounts_units_and_fstab() -> None:
    """An unused automount shows no options; /etc's unit beats fstab, fstab the vendor's unit; noauto pins nothing."""
    info = "1 0 0:1 / /net rw - autofs x rw\n2 0 0:2 / /tmp rw,nosuid - tmpfs t rw\n"
    units = numbered("/usr/lib/systemd/system/tmp.mount", "Where=/tmp", "Options=nodev")
    units += numbered("/usr/lib/systemd/system/srv.mount", "Where=/srv", "Options=nodev")
    units += numbered("/etc/systemd/system/srv.mount.d/x.conf", "Options=nodev,noexec")
    states = "\n\n".join(
        f"Id={name}.mount\nLoadState=loaded\nUnitFileState=static\nActiveState=active" for name in ("tmp", "srv")
    )
    fstab = numbered(
        "/etc/fstab", "t /tmp tmpfs nosuid 0 0", "t /srv tmpfs nosuid 0 0", r"t /a\040b x ro 0 0", "t /opt x noauto 0 0"
    )
    found = read_records(mountinfo=info, mount_units=units, units=states, conf=fstab)
    mounts = found.facts["mounts"]
    assert "nothing has used" in found.gaps["mounts[/net].options"]
    assert mounts["/net"]["is_mount_point"] is True
    assert (mounts["/tmp"]["pinned_options"], mounts["/srv"]["pinned_options"]) == (["nosuid"], ["nodev", "noexec"])
    assert mounts["/opt"]["pinned"] is False


def test_mounts_are_pinned_for_certain_only_where_units_are_known() -> None:
    """A unit file that may or may not be started: what the next boot mounts is a gap, what is mounted now is not."""
    units = numbered("/usr/lib/systemd/system/tmp.mount", "Where=/tmp", "Options=nodev")
    found = read_records(
        mountinfo="1 0 0:1 / / rw - ext4 x rw\n", mount_units=units, conf="", units=Record("", 124, "")
    )
    assert "not known" in found.gaps["mounts[/tmp].pinned_options"]
    assert found.facts["mounts"]["/tmp"]["is_mount_point"] is False


def test_a_kernel_without_modules_has_loaded_none() -> None:
    """No /proc/modules means no loader; what is built in still counts, and so does a file that modprobe could take."""
    gone = Record("", 2, f"awk: cannot open /proc/modules ({NO_FILE})")
    found = read_records(proc_modules=gone, modprobe="", module_files="file udf\nbuiltin squashfs\n").facts["modules"]
    assert [found[name]["barred"] for name in ("cramfs", "udf", "squashfs")] == [True, False, False]


def test_a_module_rule_that_only_root_may_read_leaves_a_plain_user_without_verdict() -> None:
    """modprobe passes over a closed file without a word, so a plain user's own look at the files decides."""
    closed = Record("", 2, f"grep: /etc/modprobe.d/x.conf: Permission denied\ngrep: /run/modprobe.d: {NO_FILE}")
    seen = {"proc_modules": "", "modprobe": "", "module_files": "file dccp\n"}
    assert "modprobe.d" in read_records(**seen, modprobe_text=closed).gaps["modules"]
    text = numbered("/etc/modprobe.d/x.conf", "install dccp /bin/false  # no", "blacklist dccp")
    opened = Record(text, 2, f"grep: /run/modprobe.d: {NO_FILE}")
    assert read_records(**seen, modprobe_text=opened).facts["modules"]["dccp"]["barred"] is True


def test_lists_of_modules_that_may_not_be_read_are_a_gap() -> None:
    """A module that was not found in a list nobody could read is not one that is missing."""
    closed = Record("", 0, "grep: modules.dep: Permission denied")
    assert "modules.dep" in read_records(proc_modules="", modprobe="", module_files=closed).gaps["modules"]


def test_a_closed_folder_of_sysctl_files_pins_nothing_for_certain() -> None:
    """What stands in /etc/sysctl.d may beat all that could be read."""
    closed = Record(
        numbered("/usr/lib/sysctl.d/a.conf", "kernel.panic = 1"), 2, "grep: /etc/sysctl.d: Permission denied"
    )
    found = read_records(sysctl="/proc/sys/kernel/panic:1\n", sysctl_net="", sysctl_text=closed,
                         sysctl_files="/usr/lib/sysctl.d/a.conf\n")  # fmt: skip
    assert "sysctl[kernel.panic].agrees" in found.gaps


def test_processes_outside_their_profile_are_counted() -> None:
    """aa-status --json: modes of profiles, and processes that were started before theirs was loaded."""
    told = {
        "profiles": {"a": "enforce", "b": "complain"},
        "processes": {"/x": [{"status": "unconfined"}], "/y": [{"status": "enforce"}]},
    }
    found = read_records(aa_status=json.dumps(told), apparmor="Y\n", selinux=Record("", 127, "")).facts["mac"]
    assert [found[f"apparmor_{name}"] for name in ("enforced", "complain", "unconfined")] == [1, 1, 1]


def test_a_crypto_policy_in_its_parts() -> None:
    """In force is the state file; the configuration may say something else; subpolicies and local files are told."""
    state = numbered("/etc/crypto-policies/state/current", "DEFAULT:SHA1:OSPP")
    text = numbered("/etc/crypto-policies/config", "# comment", "", "FUTURE")
    text += numbered("/etc/crypto-policies/local.d/openssl-x.config", "[x]")
    found = read_records(conf=state, crypto_files=text).facts["crypto"]
    assert found == {"base": "DEFAULT", "subpolicies": ["SHA1", "OSPP"], "configured": "FUTURE", "applied": False,
                     "local": ["/etc/crypto-policies/local.d/openssl-x.config"]}  # fmt: skip
    closed = Record("", 2, "grep: /etc/crypto-policies/config: Permission denied")
    assert "crypto.applied" in read_records(conf=state, crypto_files=closed).gaps


def test_the_dump_collector_counts_only_where_it_is() -> None:
    """Without systemd-coredump its settings mean nothing; with it an unset one has its default."""
    conf = numbered("/etc/systemd/coredump.conf", "[Coredump]", "Storage=none")
    there = read_records(conf=conf, coredump="/usr/lib/systemd/systemd-coredump\n").facts["core_dumps"]
    assert (there["storage"], there["process_size_max"]) == ("none", "default")
    gone = Record("", 2, f"ls: cannot access '/usr/lib/systemd/systemd-coredump': {NO_FILE}")
    assert "storage" not in read_records(conf=conf, coredump=gone).facts["core_dumps"]


def test_the_last_core_limit_counts() -> None:
    """pam_limits reads limits.conf, then limits.d by name: a later line for everybody replaces an earlier one."""
    first = numbered("/etc/security/limits.conf", "*\thard\tcore\t0", "root hard core unlimited")
    assert read_records(conf=first).facts["core_dumps"]["limited"] is True
    later = first + numbered("/etc/security/limits.d/90.conf", "* - core unlimited")
    assert read_records(conf=later).facts["core_dumps"]["limited"] is False


@pytest.mark.parametrize(
    "records",
    [
        {"grub_default": numbered("/etc/default/grub", *['GRUB_A="' + "$GRUB_A" * 200_000 + 'x"'] * 3)},
        {"grub_default": numbered("/etc/default/grub", "GRUB_CMDLINE_LINUX='never closed \\", "=", "GRUB_=", "$")},
        {"boot_entries": numbered("/boot/grub2/grubenv", "kernelopts=" + "$kernelopts" * 100_000)
         + numbered("/boot/loader/entries/a.conf", *["options " + "${kernelopts}" * 10_000] * 50)},
        {"boot_entries": numbered(GRUB, *["\tlinux /vmlinuz " + "a=b " * 5000] * 500)},
        {"aa_status": "[" * 100_000},
        {"aa_status": '{"profiles": {"a": []}, "processes": [1]}'},
        {"aa_status": '{"profiles": 7}'},
        {"rescue": "ExecStart=argv[]=" + "x" * 1_000_000 + "\nId=a\nLoadState=loaded"},
        {"sysctl_text": numbered("/etc/sysctl.d/a.conf", *["*.*[.=1"] * 3000),
         "sysctl_files": "/etc/sysctl.d/a.conf\n"},
        {"mount_units": numbered("/etc/systemd/system/a.mount.d/x.conf", "Where", "Options=,,,", "=")},
        {"mountinfo": "\n".join(["1 2 3 4 \\777\\400 rw - x y z", "-", "1 0 0 / / rw -"])},
        {"crypto_files": numbered("/etc/crypto-policies/config", "#" * 1_000_000)},
    ],
    ids=lambda records: "+".join(records),
)  # fmt: skip
def test_hostile_evidence_costs_its_own_facts_only(records: dict[str, str]) -> None:
    """Nothing raises, nothing grows without bound, and the rest of the host is read."""
    base = {
        "cmdline": "ro",
        "sysctl": "/proc/sys/kernel/panic:1\n" * 100,
        "sysctl_net": "",
        "sysctl_files": "",
        "sysctl_text": "",
    }
    found = read_records(**{**base, **records})
    assert found.facts["os"]["id"] == "debian"
    assert len(json.dumps(found.facts)) < 200_000


def test_a_container_leaves_the_kernel_to_its_host() -> None:
    """In a container every rule of this part about kernel, modules, mounts and boot says that it is not meant there."""
    seen = read_records(
        virt="container=docker\nany=docker\nchroot=no\n",
        cmdline="selinux=0",
        units=Record("", 1, "System has not been booted with systemd"),
    )
    own = [
        (rule, defaults) for rule, defaults in shipped_rules("linux").values() if rule.applies_to.role == ["own-kernel"]
    ]
    assert len(own) > 50
    for rule, defaults in own:
        os_matters = rule.applies_to.os or rule.applies_to.version
        (finding,) = compile_rule(rule, defaults).judge(seen)
        assert finding.status is Status.NOTAPPLICABLE, rule.id
        assert os_matters or "role" in finding.reason


def test_every_name_that_a_rule_asks_for_is_asked_of_the_host() -> None:
    """Keys below net.*.conf, modules, mount points and boot words are listed one by one: none is forgotten."""
    program = files("auditor.collectors.linux").joinpath("program.sh").read_text()
    record = program.split("r sysctl_net ", 1)[1].split("grep -H", 1)[0]
    asked = set(re.findall(r"[a-z_0-9]+", record.split("for n in", 1)[1].split("; do", 1)[0]))
    paths = rule_paths()

    def named(root: str) -> set[str]:
        return {found[1] for path in paths if (found := re.match(rf"{re.escape(root)}\[([^*\]]+)\]", path))}

    below = {key.rsplit(".", 1)[1] for key in named("sysctl") if re.match(r"net\.ipv[46]\.conf\.", key)}
    assert below <= asked
    left_out = r"secret|_key$|^kernel\.random\.|sched_domain|\.pty\.nr$"  # what the program does not read
    assert [key for key in named("sysctl") if re.search(left_out, key)] == []
    assert named("modules") <= set(MODULES)
    assert named("mounts") <= set(MOUNT_POINTS)
    assert named("boot.parameters") <= set(BOOT_WORDS)
