"""`auditor golden propose | retire | proposals | approve | reject | withdraw`: a profile that two people agree on."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from auditor.cli.database import DatabaseOption
from auditor.cli.output import as_json, one_line, table

if TYPE_CHECKING:
    from auditor.store.golden_versions import Version

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of a proposal.", min=1)]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides. Default: the login name.")]
Note = Annotated[str, typer.Option("--note", help="What is said to it.")]
MOST = 1000


def propose(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A golden profile.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is to be so, at least eight characters.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who proposes. Default: the login name.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Propose a golden profile, or a change of one, to the service. Somebody else has to approve it."""
    from auditor.cli.saving import open_database, who
    from auditor.service import proposals
    from auditor.yamlfile import content

    text = content(file)
    golden = proposals.checked(text, file=str(file))
    store = open_database(database)
    try:
        with store.writing() as connection:
            made = proposals.propose(connection, golden, text, reason.strip(), by or who(), who(), _everything())
    finally:
        store.close()
    typer.echo(f"{made.id} is proposed by {one_line(made.proposed_by, 200)}: {made.name}")
    typer.echo(f"next: somebody else looks at it with `auditor golden proposals {made.id}` and approves it")


def retire(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An approved golden profile.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is not needed any more, at least eight characters.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who proposes. Default: the login name.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Propose that an approved profile goes out of use, with no other in its place. Somebody else has to approve it."""
    from auditor.cli.saving import open_database, who
    from auditor.service import proposals

    store = open_database(database)
    try:
        with store.writing() as connection:
            made = proposals.propose_retirement(connection, name, reason.strip(), by or who(), who(), _everything())
    finally:
        store.close()
    typer.echo(f"{made.id} is proposed by {one_line(made.proposed_by, 200)}: {made.name} goes out of use")
    typer.echo(f"next: somebody else looks at it with `auditor golden proposals {made.id}` and approves it")


def proposals(
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMBER]", help="Show this one, and what it changes.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that were decided about too.")] = False,
    format_: Annotated[str, typer.Option("--format", "-f", help="text or json")] = "text",
    database: DatabaseOption = None,
) -> None:
    """List golden profiles that wait for somebody to approve them, or show what one changes."""
    from itertools import islice

    from auditor.cli.saving import open_database
    from auditor.service import proposals as service
    from auditor.store import golden_versions as versions

    store = open_database(database)
    try:
        with store.reading() as connection:
            if number is not None:
                one = versions.find(connection, number)
                _show(one, service.compared(connection, one), format_)
                return
            states = () if every else (versions.PROPOSED,)
            found = list(islice(versions.listed(connection, states=states), MOST))
    finally:
        store.close()
    if format_ == "json":
        as_json([_plain(one) for one in found])
        return
    rows = [
        (str(one.id), one.name, one.state, one_line(one.proposed_by, 40), one_line(one.reason, 80)) for one in found
    ]
    table(("number", "profile", "state", "proposed by", "why"), rows)


def approve(number: Number, note: Note = "", by: By = None, database: DatabaseOption = None) -> None:
    """Put a proposal in use: runs of the service that begin from now on compare with it."""
    _decide("approve", number, note, by, database)


def reject(
    number: Number,
    note: Annotated[str, typer.Option("--note", help="The reason, at least eight characters.")],
    by: By = None,
    database: DatabaseOption = None,
) -> None:
    """Turn a proposal down."""
    _decide("reject", number, note, by, database)


def withdraw(number: Number, note: Note = "", by: By = None, database: DatabaseOption = None) -> None:
    """Take a proposal of one's own back."""
    _decide("withdraw", number, note, by, database)


def _decide(step: str, number: int, note: str, by: str | None, database: str | None) -> None:
    from auditor.cli.saving import open_database, who
    from auditor.service import proposals as service

    store = open_database(database)
    try:
        with store.writing() as connection:
            name = by or who()
            if step == "withdraw":
                made = service.withdraw(connection, number, note.strip(), name, who())
            else:
                take = service.approve if step == "approve" else service.reject
                made = take(connection, number, note.strip(), name, who(), _everything())
    finally:
        store.close()
    typer.echo(f"{made.id} is {made.state} by {one_line(made.decided_by, 200)}: {made.name}")


def _everything() -> Any:
    """The reach of whoever runs commands on the server."""
    from auditor.access import EVERYTHING, Reach

    return Reach.of([EVERYTHING])


def _plain(one: "Version") -> dict[str, Any]:
    from dataclasses import asdict

    from auditor.evidence.captures import iso

    said = asdict(one)
    said.pop("text")
    times = {key: iso(said[key]) if said[key] else None for key in ("proposed_at", "decided_at")}
    return {**said, **times, "retires": one.retires}


def _show(one: "Version", found: Any, format_: str) -> None:
    changes = [each._asdict() for each in found.changes]
    if format_ == "json":
        as_json({**_plain(one), "text": one.text, "changes": changes, "compared": found.known, "stale": found.stale})
        return
    sys.stdout.write(f"{one.id}  {one.name}  {one.state}, proposed by {one_line(one.proposed_by, 200)}\n")
    sys.stdout.write(f"    {one_line(one.reason, 500)}\n")
    for each in changes:
        ways = f"{_value(each['before'])} -> {_value(each['after'])}"
        sys.stdout.write(f"{each['kind']:8}  {each['part']:8}  {one_line(each['path'], 200)}: {ways}\n")
    if found.stale:
        sys.stdout.write("what it was proposed on top of is not in use any more: it cannot be approved\n")


def _value(value: Any) -> str:
    return "-" if value is None else one_line(str(value), 200)
