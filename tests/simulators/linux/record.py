"""Record the answers of a lab host: `python -m tests.simulators.linux.record FOLDER`, as root.

What is written is synthetic: the host is a lab host of ours. Its kernel is the machine's, so the kernel command line
and the folder that the lab's root stands in are taken out.
"""

import gzip
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from auditor.collectors.linux.program import program
from tests.simulators.linux import lab
from tests.simulators.linux.role_host import booted


def answer(host: lab.LabHost, user: str) -> bytes:
    """The raw stream of one login."""
    command = ["ssh", "-F", "none", "-i", str(host.user_key), "-o", f"UserKnownHostsFile={host.known_hosts}"]
    done = subprocess.run(
        [*command, f"{user}@{host.address}", "sh -s"], input=program(), capture_output=True, check=True
    )
    return scrubbed(done.stdout, host)


def scrubbed(raw: bytes, host: lab.LabHost) -> bytes:
    """The stream without traces of the machine that the lab ran on, and without the prose of Debian's files."""
    raw = re.sub(rb"(\0cmdline\0)[^\0]*", rb"\1quiet\n", raw)
    raw = re.sub(rb"(?m)(?:^|(?<=\0))(/[^:\n\0]*:\d+:)\s*(?:[#;]|//)[^\n\0]*", rb"\1#", raw)
    raw = re.sub(
        rb"(?m)^(/etc/libvirt/[^:\n]*:\d+:)(?:WARNING|OVERWRITTEN|or other|  virsh net-edit)[^\n\0]*", rb"\1", raw
    )
    raw = re.sub(rb"(?m)^(/etc/motd:\d+:)[^\n\0]*", rb"\1A lab host", raw)
    raw = re.sub(rb"(/dev/\S+ r[wo]),\S+", rb"\1", raw)
    raw = re.sub(rb"(?m)^(/proc/sys/kernel/version:)[^\n]*", rb"\1#1 SMP", raw)
    return raw.replace(str(host.tree).encode(), b"/lab").replace(os.uname().release.encode(), b"6.1.0-lab")


def main(folder: Path) -> None:
    """Write one compressed stream per user."""
    made = lab.root()
    assert made, "no Debian archive is known here"
    with tempfile.TemporaryDirectory() as work, lab.LabHost(made, Path(work)) as host:
        write(folder, "debian12", host)
    roles = lab.root(lab.ROLE_PACKAGES)
    assert roles, "no Debian archive is known here"
    with tempfile.TemporaryDirectory() as work, booted(roles, Path(work)) as host:
        write(folder, "debian12-roles", host)


def write(folder: Path, kind: str, host: lab.LabHost) -> None:
    """What root and a plain user see of a host."""
    for name, user in (("root", "root"), ("user", lab.USER)):
        with gzip.GzipFile(folder / f"{kind}-{name}.stream.gz", "wb", mtime=0) as file:
            file.write(answer(host, user))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
