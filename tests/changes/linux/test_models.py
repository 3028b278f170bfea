"""Precedence, against what really decides it: sshd itself for its files, a plain reckoning for sysctl.d."""

import subprocess
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.changes.linux.sshds import parse
from auditor.domain import Capture
from tests.changes.linux.host import read
from tests.changes.linux.recorded import edited, one, recorded, with_records
from tests.conftest import program
from tests.simulators.linux.keys import make_key

MAIN, DROPINS = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
SETTINGS = (
    "PermitRootLogin yes", "PermitRootLogin no", "permitrootlogin prohibit-password", "X11Forwarding yes",
    "X11Forwarding no", "MaxAuthTries 3", "MaxAuthTries=5", "AllowUsers root a", "AllowUsers b", "AllowGroups g",
    "DenyUsers x", "AcceptEnv LANG LC_*", "AcceptEnv FOO", "Banner /etc/issue", "Banner none", "ClientAliveInterval 2m",
    "PasswordAuthentication no", "AuthenticationMethods publickey", "AllowTcpForwarding all", "GatewayPorts yes",
    "SetEnv A=b", "LogLevel verbose", "MaxSessions 4", "RekeyLimit 1G 1h", "KbdInteractiveAuthentication no",
    "ForceCommand /bin/true -x", "ChrootDirectory none", "StreamLocalBindUnlink yes", "PermitTTY no",
)  # fmt: skip
GENERAL = (
    "UsePAM yes", "Compression no", "TCPKeepAlive no", "LoginGraceTime 45", "StrictModes no", "Ciphers aes256-ctr",
    "MACs -hmac-sha1*", "KexAlgorithms ^ecdh-sha2-nistp521", "SyslogFacility local2", "PrintMotd no", "UseDNS yes",
    "Ciphers +aes128-cbc", "ChallengeResponseAuthentication no", "Subsystem sftp internal-sftp -f AUTH",
)  # fmt: skip
MATCHES = (
    "Match all", "Match User root", "Match User bob,!root", "Match Address 192.0.2.0/24", "Match Group root",
    "Match Host *.invalid User r*", "Match User root LocalPort 22", "Match LocalAddress 10.0.0.1",
)  # fmt: skip
block = st.tuples(st.sampled_from(MATCHES), st.lists(st.sampled_from(SETTINGS), min_size=2, max_size=6))
plain = st.lists(st.sampled_from((*SETTINGS, *GENERAL)), min_size=2, max_size=8)


@st.composite
def file(draw: st.DrawFn) -> str:
    """A file of sshd: settings, then perhaps Match blocks."""
    lines = [line for line in draw(plain) if not line.startswith("Subsystem")]
    for head, inner in draw(st.lists(block, max_size=2)):
        lines += [head, *(f"  {line}" for line in inner)]
    return "".join(f"{line}\n" for line in lines)


def answer(folder: Path, files: dict[str, str], connection: str = "") -> subprocess.CompletedProcess[str]:
    """What the real sshd says of these files."""
    for old in folder.glob("d/*"):
        old.unlink()
    for name, text in files.items():
        (folder / ("config" if name == MAIN else f"d/{name.rsplit('/', 1)[1]}")).write_text(
            text.replace(DROPINS, str(folder / "d"))
        )
    server = program("sshd")
    assert server
    command = [server, "-T", "-h", str(folder / "key"), "-f", str(folder / "config")]
    return subprocess.run([*command, *(["-C", connection] if connection else [])], capture_output=True, text=True)


def grep(files: dict[str, str]) -> str:
    """The files as the program prints them."""
    return "".join(f"{p}:{n}:{line}\n" for p, text in files.items() for n, line in enumerate(text.splitlines(), 1))


def with_sshd(folder: Path, files: dict[str, str]) -> Capture:
    """A capture of a host whose sshd has these files."""
    conf = str(recorded().body["records"]["conf"]["out"]).splitlines(keepends=True)
    others = "".join(line for line in conf if not line.startswith("/etc/ssh/"))
    return with_records(recorded(), conf=others + grep(files), sshd=answer(folder, files).stdout, sshd_matches="\n")


@pytest.mark.needs_sshd
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=file(), main=file().filter(lambda text: "LocalPort" not in text), last=file())
def test_sshd_takes_what_is_foretold(tmp_path: Path, first: str, main: str, last: str) -> None:
    """Whatever the files say, `sshd -T` and `sshd -T -C` print what was foretold, or it was said to be unknown."""
    (tmp_path / "d").mkdir(exist_ok=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    if not (tmp_path / "key").exists():
        make_key(tmp_path / "key")
    main = f"Include {DROPINS}/*.conf\n" + main
    old = {MAIN: main, f"{DROPINS}/50-last.conf": ""}
    base = with_sshd(tmp_path, old)
    if not base.body["records"]["sshd"]["out"]:
        return  # a block by port in the main file: `sshd -T` said nothing before
    done = edited(one(f"{DROPINS}/10-first.conf", first), replace(base, body=base.body))
    earlier = done.unknown
    done = edited(one(f"{DROPINS}/50-last.conf", last), replace(base, body=done.body))
    new = {**old, f"{DROPINS}/10-first.conf": first, f"{DROPINS}/50-last.conf": last}
    records = done.body["records"]
    unknown = {gap.path for gap in (*earlier, *done.unknown)}
    rows = [line.split("\t") for line in records["sshd_matches"]["out"].splitlines() if "\t" in line]
    contexts = [(row[1], f"sshd_match_{n}", f"sshd.contexts[{row[0]}]") for n, row in enumerate(rows, 1)]
    for connection, key, fact in [("", "sshd", "sshd.effective"), *contexts]:
        real = answer(tmp_path, new, connection)
        foretold = records[key]
        if fact in unknown:
            continue
        assert bool(foretold["out"]) == (real.returncode == 0), repr((key, real.stderr, new))
        if not real.returncode:
            # what the first step left unknown is not known to a connection that the second one adds
            gaps = unknown if key == "sshd" else {gap.path for gap in earlier}
            skipped = {p.removeprefix("sshd.effective[").rstrip("]") for p in gaps}
            told, truth = parse(foretold["out"]), parse(real.stdout)
            wrong = {k: (told.get(k), truth.get(k)) for k in {*told, *truth} - skipped if told.get(k) != truth.get(k)}
            assert wrong == {}, repr((connection, new))


KEYS = ("net.ipv4.conf.host0.arp_filter", "net.ipv4.conf.lo.arp_filter", "net.ipv4.conf.all.arp_filter")
FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d")
line = st.one_of(
    st.tuples(st.sampled_from((*KEYS, "net.ipv4.conf.*.arp_filter", "net/ipv4/conf/host0/arp_filter")),
              st.sampled_from("01")).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.sampled_from(("# nothing", "", "-net.ipv4.conf.lo.arp_filter")),
)  # fmt: skip
text = st.lists(line, max_size=4).map(lambda lines: "".join(f"{one}\n" for one in lines))
paths = st.one_of(
    st.tuples(st.sampled_from(FOLDERS), st.sampled_from(("10-a.conf", "50-b.conf", "90-c.conf"))).map("/".join),
    st.just("/etc/sysctl.conf"),
)


def reckoned(files: dict[str, str], *, again: bool) -> dict[str, str]:
    """What files set, reckoned the plain way: by name, the first folder hides; sysctl.conf once more at the end."""
    names: dict[str, str] = {}
    for folder in reversed(FOLDERS):
        names |= {path.rsplit("/", 1)[1]: path for path in files if path.startswith(f"{folder}/")}
    order = [names[name] for name in sorted(names)]
    explicit: dict[str, str | None] = {}
    patterns: list[tuple[str, str]] = []
    for path in order:
        for one_line in files[path].splitlines():
            if not one_line or one_line[0] == "#":
                continue
            key, equals, value = one_line.lstrip("-").partition("=")
            key = key.strip().replace("/", ".")
            if "*" in key:
                patterns.append((key, value.strip()))
            else:
                explicit[key] = value.strip() if equals else None
    found = {}
    last = {
        k.strip().replace("/", "."): v.strip()
        for k, e, v in (x.partition("=") for x in files.get("/etc/sysctl.conf", "").splitlines())
        if e and "*" not in k
    }
    for key in KEYS:
        matching = [v for p, v in patterns if fnmatchcase(key, p)]
        wanted = explicit[key] if key in explicit else (matching[-1] if matching else None)
        wanted = last.get(key, wanted) if again else wanted
        if wanted is not None:
            found[key] = wanted
    return found


@settings(max_examples=60, deadline=None)
@given(before=st.dictionaries(paths, text, max_size=4), path=paths, new=text)
def test_sysctl_takes_what_is_foretold(before: dict[str, str], path: str, new: str) -> None:
    """Whatever stands in which folder, pinned and running values are those of a plain reckoning."""
    runtime = "".join(f"/proc/sys/{key.replace('.', '/')}:0\n" for key in KEYS)
    listed = "".join(f"{one_path}\n" for one_path in before)
    base = with_records(recorded(), sysctl_net=runtime, sysctl_text=grep(before), sysctl_files=listed)
    done = edited(one(path, new), base)
    seen = read(replace(base, body=done.body), done.unknown)
    files = {**before, path: new}
    pinned, running = reckoned(files, again=False), reckoned(files, again=True)
    for key in KEYS:
        fact = seen.facts["sysctl"][key]
        assert str(fact.get("persisted")) == str(pinned.get(key)), key
        if f"sysctl[{key}].runtime" not in seen.gaps:
            assert str(fact["runtime"]) == running.get(key, "0"), key
