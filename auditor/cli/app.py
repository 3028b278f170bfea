"""The Typer application; every command module adds itself here."""

from importlib.metadata import entry_points
from typing import Annotated

import typer

from auditor import __version__
from auditor.cli import change, db, golden, inventory, notify, rules, run, schedule, token, user, waiver
from auditor.cli.audit import audit
from auditor.cli.collect import collect
from auditor.cli.demo import demo
from auditor.cli.doctor import doctor
from auditor.cli.drift import drift
from auditor.cli.history import history
from auditor.cli.report import report
from auditor.cli.verify import verify

app = typer.Typer(
    name="auditor",
    help="Audits the configuration of ESXi, vCenter, Nexus 1000v, NX-OS and Linux. What was not read is never green.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(audit)
app.command()(collect)
app.command()(drift)
app.command()(report)
app.command()(history)
app.add_typer(rules.app, name="rules")
app.add_typer(golden.app, name="golden")
app.add_typer(change.app, name="change")
app.add_typer(waiver.app, name="waiver")
app.add_typer(schedule.app, name="schedule")
app.add_typer(run.app, name="run")
app.add_typer(notify.app, name="notify")
app.add_typer(user.app, name="user")
app.add_typer(token.app, name="token")
app.add_typer(inventory.app, name="inventory")
app.add_typer(db.app, name="db")
app.command()(verify)
app.command()(demo)
app.command()(doctor)
for _entry in entry_points(group="auditor.commands"):  # worker, scheduler, serve: contributed by other packages
    app.command(name=_entry.name)(_entry.load())


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"auditor {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options that come before a command. `--debug` anywhere shows the traceback of an error."""
