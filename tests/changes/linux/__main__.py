"""`python -m tests.changes.linux`, as root: the changes of Linux hosts, foretold and made, counted."""

import os
import tempfile
from pathlib import Path

from tests.changes.linux.cases import BATCHES
from tests.changes.linux.host import counted, table, walk
from tests.simulators.linux import lab


def main() -> None:
    """Print the table, and what was silently wrong."""
    os.environ.setdefault("AUDITOR_HMAC_KEY", "a key of these tests, 32 letters")
    made = lab.root()
    if made is None:
        raise SystemExit("no Debian archive is known here to make a lab host from")
    with tempfile.TemporaryDirectory() as work, lab.LabHost(made, Path(work)) as host:
        results = walk(host, BATCHES)
    print(table(results))
    print(counted(results))
    for result in results:
        for line in result.wrong:
            print(f"{result.name}: {line}")
        for fact in sorted(result.unexplained):
            print(f"{result.name}: no reason is given for {fact}")


if __name__ == "__main__":
    main()
