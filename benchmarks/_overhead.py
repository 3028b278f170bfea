"""A whole run by the service beside the same by `auditor audit`: simulated hosts that answer at once, JSON alone.

The service is a worker of two processes and a scheduler, over an SQLite file, without a broker: from `begin` to the end
of the run with its report rendered; in the first of two runs its processes start, too. The other side is one process of
`auditor audit`, its start included; with `--save` it writes the same history.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from auditor import collectors
from tests.service.nights import BASELINE, assert_whole, begun, estate_of
from tests.workers.deployment import ROOT, Deployment, tree

TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Seconds by the clock, and of the processes' CPU."""

    wall: float
    cpu: float


def by_service(folder: Path, hosts: int) -> list[Cost]:
    """Two runs of the service: the first writes every finding, and its processes load what they need."""
    with Deployment(folder, f"sqlite:///{folder}/service.sqlite", lease=30.0) as service:
        sys.path.insert(0, str(folder / "plugin"))  # the kind has to be known to whoever begins a run, too
        collectors._modules.cache_clear()
        inventory, names = estate_of(folder, hosts)
        service.worker()
        service.scheduler()
        costs = []
        for _ in range(2):
            cpu, start = _cpu(service), time.perf_counter()
            run = begun(service.store, inventory, formats=["json"])
            service.wait_over(run)
            costs.append(Cost(time.perf_counter() - start, _cpu(service) - cpu))
            assert_whole(service.store, run, names)
        return costs


def by_command(folder: Path, hosts: int, *, save: bool) -> Cost:
    """`auditor audit` over the same inventory."""
    inventory, _ = estate_of(folder, hosts)
    with Deployment(folder, f"sqlite:///{folder}/command.sqlite") as service:  # for its environment alone
        command = [sys.executable, "-P", "-m", "auditor", "audit", "-i", str(inventory), "-b", BASELINE, "-f", "json"]
        command += ["-o", str(folder / "out"), "--fail-on", "critical", *(["--save"] if save else [])]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, env=service.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - start, cpu)


def _cpu(service: Deployment) -> float:
    """CPU seconds of all processes of a service so far, those that have ended included."""
    total = 0
    for pid in {pid for process in service.processes for pid in tree(process)}:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS
