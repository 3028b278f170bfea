"""Build and run the Go simulator: `with vcsim(hosts=50, clusters=2) as sim: ...`."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.simulators.pki import Authority, Pair
from tests.simulators.vsphere.sim import Sim, ask_over_http, end_process

HERE = Path(__file__).parent
SOURCE = HERE / "vcsimx"
GOOD_HOST = HERE / "good_host.json"
GOPATH = Path("/usr/share/gocode")  # where Debian puts golang-github-vmware-govmomi-dev
NEEDS = "needs Go and govmomi: apt-get install golang-go golang-github-vmware-govmomi-dev"


def build() -> Path | None:
    """The simulator's binary, built once per state of the sources; None where Go or govmomi is missing.

    Raises subprocess.CalledProcessError when the sources do not compile.
    """
    go = shutil.which("go")
    if go is None or not (GOPATH / "src/github.com/vmware/govmomi/simulator").is_dir():
        return None
    digest = hashlib.sha256()
    for source in sorted(SOURCE.glob("*.go")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "auditor-tests"
    binary = cache / f"vcsimx-{digest.hexdigest()[:16]}"
    if not binary.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = cache / f"{binary.name}.{os.getpid()}"
        environment = {**os.environ, "GOPATH": str(GOPATH), "GO111MODULE": "off", "GOFLAGS": ""}
        subprocess.run([go, "build", "-o", str(part), "."], cwd=SOURCE, env=environment, check=True)
        part.replace(binary)  # another process may have built the same: both are right
    return binary


@contextlib.contextmanager
def vcsim(
    *,
    hosts: int = 2,
    clusters: int = 1,
    standalone: bool = False,
    tls: bool = True,
    certificate: Pair | None = None,
    ca_file: Path | None = None,
    vms: int = 0,
    options: int = 0,
    page: int = 100,
    delay_ms: int = 0,
    hidden: Sequence[str] = (),
    absent: Sequence[str] = (),
    host_cert_days: int = 365,
    nexus_uuid: str = "",
    gzip: bool = False,
    api_version: str = "8.0.3.0",
    names: str = "esx-%02d.example.test",
    username: str = "auditor@vsphere.local",
    good_host: Path = GOOD_HOST,
    keep_log: str | Path | None = None,
) -> Iterator[Sim]:
    """Run a vCenter with `hosts` good hosts in `clusters`, or (`standalone`) one ESXi, until the block ends.

    hosts            all hosts together, shared out evenly; a multiple of clusters
    standalone       the API of one ESXi host (HostAgent), as seen without vCenter
    tls              HTTPS for localhost and 127.0.0.1 by a fresh CA; with `certificate`, that one (and its `ca_file`)
    vms              virtual machines per cluster, or on the one host
    options          fill the advanced options of each host up to this number; 0: the real keys alone
    page             the server cuts each answer at this many objects, as a vCenter does; 0: never
    delay_ms         milliseconds added to each SOAP call
    hidden           option keys left out of bulk answers, given by QueryOptions('exact.key')
    absent           option keys that no answer has
    host_cert_days   days the certificates of the hosts are still valid; negative: expired
    nexus_uuid       adds a distributed switch of Cisco's with this uuid
    gzip             compress answers for clients that accept it
    api_version      the version announced; pyVmomi must know it exactly
    names            one %d: the number of the host, from 1
    good_host        what each host looks like; see README.md
    keep_log         file for what the simulator says; else it is deleted at the end

    Raises RuntimeError where Go is missing (ask `build()` first) or the simulator does not start.
    """
    binary = build()
    if binary is None:
        raise RuntimeError(f"the vSphere simulator {NEEDS}")
    with tempfile.TemporaryDirectory(prefix="vcsimx-") as folder:
        if tls and certificate is None:
            authority = Authority(Path(folder))
            certificate, ca_file = authority.issue("localhost", "127.0.0.1"), authority.ca_file
        if hosts % clusters:
            raise RuntimeError(f"{hosts} hosts cannot be shared out evenly over {clusters} clusters")
        arguments = [
            *("-data", str(good_host), "-cluster", str(clusters), "-host", str(hosts // clusters)),
            *("-vms", str(vms), "-options", str(options), "-page", str(page), "-delay", str(delay_ms)),
            *("-host-cert-days", str(host_cert_days), "-api-version", api_version, "-names", names),
            *("-username", username, f"-tls={str(tls).lower()}", f"-gzip={str(gzip).lower()}"),
            *("-hidden", ",".join(hidden), "-absent", ",".join(absent), f"-esx={str(standalone).lower()}"),
            *("-nexus-uuid", nexus_uuid),
        ]
        if certificate is not None and tls:
            arguments += ["-tlscert", str(certificate.cert_file), "-tlskey", str(certificate.key_file)]
        password = secrets.token_urlsafe(24)
        log = Path(keep_log or Path(folder) / "log")
        with log.open("w") as log_file:
            process = subprocess.Popen(
                [str(binary), *arguments],
                env={**os.environ, "VCSIMX_PASSWORD": password},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log_file,
                text=True,
            )
        end = end_process(process)
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready:
                process.wait()
                raise RuntimeError(f"the simulator did not start: {log.read_text()[-2000:]}")
            facts = json.loads(ready)
            yield Sim(
                url=facts["url"],
                host="127.0.0.1",
                port=facts["port"],
                ca_file=ca_file if tls else None,
                leaf_file=certificate.cert_file if tls and certificate else None,
                username=username,
                password=password,
                ask=ask_over_http(facts["control"]),
                end=end,
                pid=process.pid,
            )
        finally:
            end(False)
            if process.stdout:
                process.stdout.close()
