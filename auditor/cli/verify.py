"""`auditor verify --journal`: whether what was written down is still what was written down."""

from typing import Annotated

import typer

from auditor.cli.database import DatabaseOption
from auditor.cli.person import Format
from auditor.errors import InputError


def verify(
    journal: Annotated[bool, typer.Option("--journal", help="The journal of who did what.")] = False,
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="A head noted earlier: the chain must still hold it.")
    ] = None,
    database: DatabaseOption = None,
    format_: Format = "text",
) -> None:
    """Check that nothing was changed, removed or added by hand. Status 1 when something was."""
    from auditor.cli.db import journal as check

    if not journal:
        raise InputError("what is to be verified?", mend="`auditor verify --journal` checks the journal.")
    check(database, head, format_)
