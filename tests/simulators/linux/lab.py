"""A Debian host of our own: its own systemd, sshd, address and /etc, booted by systemd-nspawn. Needs root.

The root folder is made once by debootstrap, from the mirror that apt uses here, and kept in the user's cache folder;
each lab host is a copy. One kernel for all: kernel.*, vm.*, fs.* and modules are the machine's, net.* is its own.
"""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.simulators.linux.keys import known_hosts, make_key

SUITE = "bookworm"
PACKAGES = (
    "openssh-server,sudo,iproute2,procps,kmod,libpam-pwquality,systemd-sysv,dbus,cron,rsyslog,auditd,nftables,chrony,"
    "libpam-systemd"
)
ROLE_PACKAGES = (
    "postfix,bind9,libvirt-daemon-system"  # what a mail server, a name server, a virtualisation host have more
)
USER = "auditor-lab"


def cache() -> Path:
    """Where roots are kept: `AUDITOR_LAB`, else auditor-lab in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("AUDITOR_LAB") or Path(base) / "auditor-lab")


def _mirror() -> tuple[str, dict[str, str]]:
    """The Debian archive that apt knows here (not the security archive), and its proxy. Empty when there is none."""
    form = "$(ORIGIN)|$(RELEASE)|$(REPO_URI)"
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split("|") for line in lines]
    mirror = next((row[2] for row in rows if row[0] == "Debian" and "-security" not in row[1]), "")
    proxy = subprocess.run(
        ["apt-config", "shell", "P", "Acquire::http::Proxy"], capture_output=True, text=True
    ).stdout.partition("'")[2]
    return mirror, {**os.environ, "http_proxy": proxy.rstrip("'\n")} if proxy else dict(os.environ)


def root(more: str = "") -> Path | None:
    """The folder of the made root, with `more` packages; None when it cannot be made here (no archive)."""
    packages = f"{PACKAGES},{more}" if more else PACKAGES
    name = f"{SUITE}-{hashlib.sha256(packages.encode()).hexdigest()[:12]}"
    done = cache() / name
    if done.is_dir():
        return done
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run beside each other: one makes it, the others wait for it
        return done if done.is_dir() or _make(packages, done) else None


def _make(packages: str, done: Path) -> bool:
    """Make a root; whether that was possible."""
    mirror, environment = _mirror()
    if not mirror:
        return False
    part = done.with_name(f"{done.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(part), mirror]
    # a root that is made again when it is broken needs no fsync after each of its files
    made = subprocess.run(command, env={**environment, "DPKG_FORCE": "unsafe-io"}, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(part, ignore_errors=True)
        return False
    part.rename(done)
    return True


class LabHost:
    """A booted copy of the root, gone with the `with` block. `user_key` opens root and the plain user USER."""

    def __init__(self, made: Path, folder: Path) -> None:
        self.folder, self.tree = folder, folder / "tree"
        self.number = 2 + os.getpid() % 250
        self.address = f"10.231.{self.number}.2"
        subprocess.run(["cp", "-a", "--one-file-system", str(made), str(self.tree)], check=True)
        self.user_key = make_key(folder / "user")
        host_key = self.tree / "etc/ssh/ssh_host_ed25519_key"
        for old in host_key.parent.glob("ssh_host_*"):
            old.unlink()
        make_key(host_key)
        self.known_hosts = known_hosts(folder / "known_hosts", self.address, 22, Path(f"{host_key}.pub"))
        self.inside(["useradd", "-m", "-s", "/bin/sh", "-p", "*", USER], booted=False)
        for home in ("root", f"home/{USER}"):
            ssh = self.tree / home / ".ssh"
            ssh.mkdir(mode=0o700, exist_ok=True)
            shutil.copy(f"{self.user_key}.pub", ssh / "authorized_keys")
        self.inside(["chown", "-R", f"{USER}:{USER}", f"/home/{USER}"], booted=False)
        (self.tree / "etc/systemd/system/auditd.service").symlink_to(
            "/dev/null"
        )  # cannot run without a kernel of its own
        self.put("/etc/ssh/sshd_config.d/99-lab.conf", "MaxStartups 200:30:400\n")

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the host."""
        there = self.tree / path.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        if there.is_symlink() and there.readlink().is_absolute():
            there.unlink()  # seen from outside it leads to the machine's own file: /dev/null, for a masked unit
        there.write_text(text)
        there.chmod(mode)

    def inside(self, command: list[str], *, booted: bool = True) -> str:
        """Run a command in the host, as its root; before it is booted in its folder only."""
        entry = ["nsenter", "-t", str(self._init), "-a"] if booted else ["chroot", str(self.tree)]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
        done = subprocess.run([*entry, *command], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def call_itself_a_machine(self) -> None:
        """Let it look like a host with a kernel of its own, once booted, so that rules about the kernel apply."""
        self.put("/usr/local/lib/detect-virt", '#!/bin/sh\n[ "$1" = -r ] || echo none\nexit 1\n', 0o755)
        self.inside(["mount", "--bind", "/usr/local/lib/detect-virt", "/usr/bin/systemd-detect-virt"])
        self.inside(["rm", "-f", "/run/systemd/container"])

    def __enter__(self) -> Self:
        name = f"auditorlab{self.number}"
        with (self.folder / "boot.log").open("wb") as log:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--register=no", "--keep-unit", "--private-network", f"-M{name}", "-bD", self.tree],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._init = self._wait("systemd as PID 1", self._find_init)
            self._connect()
            self._wait("sshd", self._answers)
            self._wait("end of the boot", self._settled)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _wait(self, what: str, look: object) -> int:
        assert callable(look)
        for _ in range(300):
            assert self._nspawn.poll() is None, (self.folder / "boot.log").read_text()
            if found := look():
                return int(found)
            time.sleep(0.1)
        raise AssertionError(f"no {what} within 30 s: " + (self.folder / "boot.log").read_text())

    def _find_init(self) -> int:
        """nspawn's child is its PID 1 only once it has become systemd."""
        done = subprocess.run(["pgrep", "-P", str(self._nspawn.pid)], capture_output=True, text=True)
        for child in done.stdout.split():
            comm = Path(f"/proc/{child}/comm")
            if comm.exists() and comm.read_text().strip() == "systemd":
                return int(child)
        return 0

    def _connect(self) -> None:
        device = f"alab{self.number}"
        net = ["nsenter", "-t", str(self._init), "-n"]
        for command in (
            ["ip", "link", "add", device, "type", "veth", "peer", "name", "host0", "netns", str(self._init)],
            ["ip", "addr", "add", f"10.231.{self.number}.1/30", "dev", device],
            ["ip", "link", "set", device, "up"],
            [*net, "ip", "link", "set", "lo", "up"],
            [*net, "ip", "addr", "add", f"{self.address}/30", "dev", "host0"],
            [*net, "ip", "link", "set", "host0", "up"],
        ):
            subprocess.run(command, check=True)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.address, 22)) == 0

    def _settled(self) -> bool:
        command = ["nsenter", "-t", str(self._init), "-a", "systemctl", "is-system-running"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip() in ("running", "degraded")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._nspawn.terminate()  # nspawn halts the host in order
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait(10)
        subprocess.run(["ip", "link", "del", f"alab{self.number}"], capture_output=True)  # usually gone already
        shutil.rmtree(self.tree, ignore_errors=True)


if __name__ == "__main__":  # continuous integration has them made while lint runs
    root()
    root(ROLE_PACKAGES)
