"""`auditor demo`: a real audit of this machine, beside synthetic captures of a small vSphere estate and a VSM."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.audit import Limits, exit_status, finish, perform
from auditor.cli.inputs import checked_folder

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def demo(
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="DIR", help="Default: ./audit-RUN")] = None,
) -> int:
    """Audit this machine live, and the shipped synthetic samples. Ends 0 when the report is complete."""
    from auditor.inventory.load import load_inventory
    from auditor.logging import start_log
    from auditor.pipeline import Plan
    from auditor.selection import choose

    start_log(None)
    checked_folder(output or Path())
    inventory = load_inventory(SAMPLES / "inventory.yaml")
    limits = Limits()
    document, run = perform(Plan(inventory.sources, choose(())), limits)
    folder = output or Path(f"audit-{run.id}")
    finish(document, ("html", "pdf", "json", "csv"), folder)
    status = exit_status(document, limits)
    sys.stdout.write(
        f"\nAs `auditor audit` this would have ended with status {status}: {_MEANING[status]}."
        "\nThe vSphere and Nexus 1000v targets are synthetic: captures of our own simulators."
        "\nnext: write an inventory.yaml and run `./dev run audit -i inventory.yaml`\n"
    )
    return 0


_MEANING = {
    0: "no open finding at or above high, and everything was read",
    1: "open findings at or above high",
    3: "not every target was read",
}
