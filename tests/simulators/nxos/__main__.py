"""Serve a synthetic switch until interrupted: `python -m tests.simulators.nxos FOLDER [poor] [leaf]`.

Without further words it is a good Nexus 1000V; `leaf` makes it a physical switch, `poor` a neglected one.

Writes into FOLDER what an inventory needs: `known_hosts`, `password` (0600) and `port`.
"""

import asyncio
import os
import sys
from pathlib import Path

from tests.simulators.nxos import texts
from tests.simulators.nxos.device import Device, running


async def main(folder: Path, answers: dict[str, str]) -> None:
    """Serve on a free loopback port."""
    async with running(Device(answers=answers)) as device:
        (folder / "known_hosts").write_text(device.known_hosts(folder).read_text())
        with os.fdopen(os.open(folder / "password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(device.password)
        (folder / "port").write_text(str(device.port))
        print(f"ssh {device.username}@127.0.0.1 -p {device.port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        kinds = {
            (False, False): texts.answers,
            (True, False): texts.poor_answers,
            (False, True): texts.leaf_answers,
            (True, True): texts.poor_leaf_answers,
        }
        asyncio.run(main(Path(sys.argv[1]), kinds["poor" in sys.argv[2:], "leaf" in sys.argv[2:]]()))
    except KeyboardInterrupt:
        pass
