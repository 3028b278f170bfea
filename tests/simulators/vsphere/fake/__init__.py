"""A vCenter in pure Python, for machines without Go: `with FakeVCenter(hosts=3) as sim: ...`.

It writes with pyVmomi's own serialiser, so it cannot catch what a client gets wrong together with pyVmomi; the Go
simulator can. README.md of the folder above says which shows what.
"""

import contextlib
import secrets
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulators.pki import Authority, Pair
from tests.simulators.vsphere.fake.calls import Calls
from tests.simulators.vsphere.fake.collector import Collector
from tests.simulators.vsphere.fake.estate import Estate, estate
from tests.simulators.vsphere.fake.faults import Faults
from tests.simulators.vsphere.fake.host import GOOD_HOST, attest
from tests.simulators.vsphere.fake.machines import set_vm
from tests.simulators.vsphere.fake.server import Server
from tests.simulators.vsphere.fake.values import option
from tests.simulators.vsphere.sim import Sim


@dataclass
class FakeSim(Sim):
    """A running fake. `estate` may be changed freely; `raised[method] = fault` makes a method raise it."""

    estate: Estate | None = None
    raised: dict[str, Exception] | None = None
    server: Server | None = None


@contextlib.contextmanager
def FakeVCenter(  # noqa: N802 (stands where a class might)
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
    api_version: str = "8.0.3.0",
    names: str = "esx-%02d.example.test",
    username: str = "auditor@vsphere.local",
    good_host: Path = GOOD_HOST,
) -> Iterator[FakeSim]:
    """As launch.vcsim(), argument by argument; `vms` is per host here."""
    with tempfile.TemporaryDirectory(prefix="fakevc-") as folder:
        authority = Authority(Path(folder))
        context = None
        if tls:
            if certificate is None:
                certificate, ca_file = authority.issue("localhost", "127.0.0.1"), authority.ca_file
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.cert_file, certificate.key_file)
        made = estate(
            names=names,
            count=1 if standalone else hosts,
            clusters=clusters,
            vms=vms,
            options_total=options,
            standalone=standalone,
            cert_days=host_cert_days,
            authority=authority,
            good_host=good_host,
            api_version=api_version,
        )
        for found in made.hosts.values():
            for key in hidden:
                found.hidden[key.lower()] = found.take_option(key)
            for key in absent:
                found.take_option(key)
        password = secrets.token_urlsafe(24)
        collector, faults = Collector(made, page), Faults()
        older = ["7.0.3.0", "6.7"] if api_version == "8.0.3.0" else ["2.5"]
        announced = [api_version, *older]
        server = Server(Calls(made, collector, username, password), faults, delay_ms / 1000, context, announced)
        port = server.server_address[1]
        sim = FakeSim(
            url=f"{'https' if tls else 'http'}://127.0.0.1:{port}/sdk",
            host="127.0.0.1",
            port=port,
            ca_file=ca_file if tls else None,
            leaf_file=certificate.cert_file if certificate and tls else None,
            username=username,
            password=password,
            ask=lambda action: _act(made, collector, faults, action),
            end=lambda at_once: server.close(),
            estate=made,
            raised=server.raised,
            server=server,
        )
        try:
            yield sim
        finally:
            server.close()


def _act(made: Estate, collector: Collector, faults: Faults, request: dict[str, Any]) -> dict[str, Any]:
    """The actions of the control channel, as control.go knows them."""
    try:
        match request["action"]:
            case "fault":
                faults.add(**request)
            case "clear":
                faults.rules.clear()
                collector.forbidden.clear()
            case "calls":
                return {"calls": dict(faults.calls)}
            case "forbid":
                if request["host"] != "*" and request["host"] not in made.things:
                    made.host(request["host"])
                collector.forbidden.setdefault(request["host"], []).append(request["path"])
            case "host_state":
                made.host(request["host"]).tree["runtime"].connectionState = request["state"]
            case "vm":
                set_vm(made, request["vm"], request["path"], request["value"])
            case "hide_option":
                found = made.host(request["host"])
                found.hidden[request["key"].lower()] = _known(found.take_option(request["key"]), request["key"])
            case "remove_option":
                found = made.host(request["host"])
                hidden = found.hidden.pop(request["key"].lower(), None)
                _known(found.take_option(request["key"]) or hidden, request["key"])
            case "set_option":
                found = made.host(request["host"])
                one = _known(found.find_option(request["key"]), request["key"])
                one.value = option(request["key"], request["value"]).value
            case "attestation":
                attest(made.host(request["host"]), request["state"])
            case "esxcli":
                made.host(request["host"]).esxcli[request["key"]] = request["answer"]
            case unknown:
                return {"error": f"no action {unknown!r}"}
    except KeyError as error:
        return {"error": f"no host {error.args[0]!r}"}
    except ValueError as error:
        return {"error": str(error)}
    return {}


def _known(found: Any, key: str) -> Any:
    if found is None:
        raise ValueError(f"no option {key!r}")
    return found
