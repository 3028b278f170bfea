"""Reading hosts through a vCenter: our collector beside pyVmomi's attribute access, on one simulator, in one run.

Each side is a process of its own, so that CPU seconds and peak memory are its own. The other side reads fewer facts:
it asks for the same parts of `config`, and makes none of our calls per host (lockdown exceptions, packages ...).
Needs Go and govmomi for the simulator.
"""

import argparse
import asyncio
import json
import os
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PARTS = [
    "product",
    "option",
    "service",
    "lockdownMode",
    "dateTimeInfo",
    "network",
    "firewall",
    "authenticationManagerInfo",
    "certificate",
]


def ours(inventory: Path) -> int:
    """Hosts read by the collector, `read` included."""
    from auditor.collectors import collector_for
    from auditor.inventory.load import load_inventory
    from auditor.runners import Silent, collect_source

    source = load_inventory(inventory).sources[0]
    collected = asyncio.run(collect_source(source, Silent()))
    read = [collector_for(capture.platform).read(capture) for capture in collected.captures]
    return sum(one.platform == "esxi" for one in read)


def attributes(inventory: Path, *, whole: bool) -> int:
    """Hosts read by attribute access: `config` fetched once per host, or once per part as scripts often do."""
    from pyVim import connect
    from pyVmomi import vim

    api: Any = connect  # pyVmomi carries no types

    peer: dict[str, Any] = json.loads((inventory.parent / "peer.json").read_text())
    password = (inventory.parent / "password").read_text()
    context = ssl.create_default_context(cafile=str(inventory.parent / "ca.pem"))
    instance = api.SmartConnect(
        host="127.0.0.1", port=peer["port"], user=peer["username"], pwd=password, sslContext=context
    )
    content = instance.content
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
    hosts = list(view.view)
    for host in hosts:
        config = host.config if whole else None
        for part in PARTS:
            getattr(config if whole else host.config, part)
    view.Destroy()
    api.Disconnect(instance)
    return len(hosts)


def measured(side: str, inventory: Path) -> dict[str, float]:
    """One side in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AUDITOR_STATE": str(inventory.parent / "state")}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--side", side, "--inventory", str(inventory)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": time.perf_counter() - begun}


def main() -> None:
    """Measure every side and print the ratios."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--hosts", type=int, default=50)
    cli.add_argument("--options", type=int, default=1100)
    cli.add_argument("--side")
    cli.add_argument("--inventory", type=Path)
    args = cli.parse_args()
    if args.side:
        count = ours(args.inventory) if args.side == "ours" else attributes(args.inventory, whole=args.side == "whole")
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"hosts": count, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss // 1024}))
        return
    sys.path.insert(0, str(ROOT))
    from tests.simulators.vsphere.launch import NEEDS, build, vcsim

    if build() is None:
        raise SystemExit(NEEDS)
    with tempfile.TemporaryDirectory() as folder, vcsim(hosts=args.hosts, options=args.options) as sim:
        base = Path(folder)
        assert sim.ca_file is not None
        (base / "ca.pem").write_bytes(sim.ca_file.read_bytes())
        (base / "password").write_text(sim.password)
        (base / "peer.json").write_text(json.dumps({"port": sim.port, "username": sim.username}))
        (base / "inventory.yaml").write_text(
            f"credentials: {{vc: {{username: '{sim.username}', password: {{file: password}}}}}}\nsources:\n"
            f"  - {{name: vc, kind: vcenter, address: 127.0.0.1, port: {sim.port}, credential: vc,\n"
            f"     tls: {{ca_file: ca.pem}}, deadline: 10m}}\n"
        )
        results = {side: measured(side, base / "inventory.yaml") for side in ("ours", "whole", "parts")}
    names = {"ours": "auditor fetch + read", "whole": "pyVmomi, config once", "parts": "pyVmomi, config.PART"}
    print(f"{args.hosts} simulated hosts, {args.options} options each")
    for side, one in results.items():
        ratio = one["cpu"] / results["ours"]["cpu"]
        print(
            f"{names[side]:22} {one['hosts']:4.0f} hosts  {one['cpu']:6.2f} s CPU  {one['wall']:6.2f} s wall"
            f"  {one['mb']:5.0f} MB peak  {ratio:5.1f} x our CPU"
        )


if __name__ == "__main__":
    main()
