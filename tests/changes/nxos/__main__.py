"""How well changes are foretold: `python -m tests.changes.nxos` prints a line for each, and the sum."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.changes.nxos.lab import switched_on
from tests.changes.nxos.leaf_changes import LEAF
from tests.changes.nxos.vsm_changes import VSM


class Row(NamedTuple):
    """One change: how many facts came exactly as foretold, how many were said to be unknown, how many were wrong.

    `cautious`: facts that were said to be unknown and came as the edited capture has them.
    """

    switch: str
    name: str
    exact: int
    unknown: int
    cautious: int
    wrong: int


def table() -> list[Row]:
    """Every change of both switches: foretold, applied over SSH, read over SSH, compared."""
    rows = []
    for vsm, changes in ((False, LEAF), (True, VSM)):
        with tempfile.TemporaryDirectory() as folder, switched_on(Path(folder), vsm=vsm) as lab:
            for name, text in changes.items():
                found = lab.outcome(text)
                rows.append(Row("vsm" if vsm else "leaf", name, found.exact, len(found.unknown), found.overcautious,
                                len(found.wrong)))  # fmt: skip
    return rows


if __name__ == "__main__":
    found = table()
    for row in found:
        print(f"{row.switch:5} {row.name:36} exact {row.exact:4} unknown {row.unknown:3} "
              f"(cautious {row.cautious:3}) wrong {row.wrong}")  # fmt: skip
    whole = sum(1 for row in found if not row.unknown and not row.wrong and not row.cautious)
    print(f"{len(found)} changes, {whole} foretold whole; facts: {sum(row.exact for row in found)} exact, "
          f"{sum(row.unknown for row in found)} said unknown, {sum(row.cautious for row in found)} said unknown and "
          f"as edited, {sum(row.wrong for row in found)} silently wrong")  # fmt: skip
