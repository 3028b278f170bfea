"""`auditor inventory import | show | check | gone | retire`: what is to be audited, over time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import EXIT_FINDINGS, EXIT_OK
from auditor.cli.audit import InventoryFile
from auditor.cli.database import DatabaseOption
from auditor.cli.person import Format, open_database
from auditor.errors import InputError

if TYPE_CHECKING:
    from auditor.inventory.importers.apply import Opened

app = typer.Typer(help="What is to be audited, over time.", no_args_is_help=True, rich_markup_mode=None)
FORMS = ("csv", "ansible", "netbox", "vcenter")


@app.command("import")
def import_(
    form: Annotated[str, typer.Argument(metavar="KIND", help="csv, ansible, netbox or vcenter.")],
    what: Annotated[
        str,
        typer.Argument(metavar="FILE|SOURCE", help="A file; the https address of NetBox; a vcenter source or glob."),
    ],
    inventory: InventoryFile = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write it. Without, only show what would change.")] = False,
    remove_gone: Annotated[
        bool, typer.Option("--remove-gone", help="With --apply: take out what the import made and does not name now.")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Kinds, credentials, labels, keys of new entries.")
    ] = None,
    kind: Annotated[str, typer.Option(help="Kind of the sources that name none.")] = "linux",
    origin: Annotated[
        str | None, typer.Option(metavar="NAME", help="Label `imported-from` of its entries. Default: KIND:FILE.")
    ] = None,
    token_env: Annotated[
        str | None, typer.Option("--token-env", metavar="NAME", help="NetBox: variable that holds the token.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="NetBox: file that holds the token.")
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", metavar="FILE", help="NetBox: CAs that may vouch for it, as PEM.")
    ] = None,
    format_: Format = "text",
) -> int:
    """Show what a list that stands elsewhere would change in the inventory; with --apply, change it.

    Status: 0 nothing is left to do, 1 there are differences, 2 bad input; then nothing was written.
    """
    if inventory is None:
        raise InputError("name the inventory", mend="Give it with -i inventory.yaml.")
    if form not in FORMS:
        raise InputError(f"unknown kind of list {form[:40]!r}", mend=f"Known: {', '.join(FORMS)}.")
    if remove_gone and not apply:
        raise InputError("--remove-gone is for --apply", mend="Without --apply, what is gone is shown anyway.")
    if form == "vcenter":
        from auditor.cli.inventory_vcenter import discover

        return discover(inventory, what, apply=apply, remove_gone=remove_gone, as_json=format_ == "json")

    from auditor.cli.inventory_text import show_difference
    from auditor.inventory.importers.apply import opened, plan, replace
    from auditor.inventory.importers.compare import compare
    from auditor.inventory.importers.mapping import read_mapping
    from auditor.inventory.importers.reading import Asked, origin_of, read_import

    before = opened(inventory)
    asked = Asked(origin_of(form, what, origin), kind, read_mapping(mapping))
    if form == "netbox" and "://" in what:
        from auditor.inventory.importers.netbox import netbox_sources
        from auditor.inventory.importers.netbox_live import ask, token_of

        records = ask(what, token_of(token_env, token_file), ca_file)
        found = netbox_sources(records, what, asked.origin, asked.mapping)
    else:
        found = read_import(form, Path(what), asked)
    difference, fault = compare(found, before.sources), None
    try:
        _, text = plan(before, found, asked.mapping.new, remove=remove_gone)
        if apply and text != before.text:
            replace(before, text)
    except InputError as problem:
        if apply:
            raise
        fault = problem
    left = bool(difference.gone) and not remove_gone if apply else not difference.empty
    show_difference(difference, applied=apply, removed=remove_gone, as_json=format_ == "json")
    if fault is not None:
        sys.stderr.write(f"it cannot be applied as it stands: {fault}\n")
    return EXIT_FINDINGS if left else EXIT_OK


@app.command()
def show(
    inventory: InventoryFile = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", help="text, json, or csv, which `import csv` reads again")
    ] = "text",
) -> None:
    """List the sources of an inventory. No secret is read."""
    from auditor.cli.inventory_text import show_sources

    show_sources(_opened(inventory), format_)


@app.command()
def check(
    inventory: InventoryFile = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="Also whether every secret can be read.")] = False,
) -> None:
    """Read an inventory as a run would, and tell every fault in it with file and line. Nobody is logged in to."""
    from auditor.inventory.load import load_inventory

    loaded = load_inventory(_named(inventory), secrets=secrets)
    kinds = sorted({source.kind for source in loaded.sources})
    sys.stdout.write(f"{inventory}: {len(loaded.sources)} sources ({', '.join(kinds)})")
    sys.stdout.write(f", {len(loaded.excluded)} exclusions\n" if loaded.excluded else "\n")


@app.command()
def gone(
    database: DatabaseOption = None,
    vms: Annotated[bool, typer.Option("--vms", help="Virtual machines too: they come and go.")] = False,
    format_: Format = "text",
) -> int:
    """List what earlier runs have read, and the latest run of its source does not find any more.

    Status: 0 nothing is gone, 1 something is. `auditor inventory retire` confirms that it is meant to be.
    """
    from auditor.cli.inventory_text import show_gone
    from auditor.store.gone import gone_targets

    with open_database(database) as store, store.reading() as connection:
        found = gone_targets(connection)
    listed = [one for one in found if vms or one.platform != "vm"]
    show_gone(listed, len(found) - len(listed), as_json=format_ == "json")
    return EXIT_FINDINGS if listed else EXIT_OK


@app.command()
def retire(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Its name, or source/name.")],
    reason: Annotated[str, typer.Option(help="Why it is gone: stands in the journal.")],
    database: DatabaseOption = None,
) -> None:
    """Confirm that a target is gone for good: no run reports it any more, unless it comes back. Its history stays."""
    from auditor.cli.notify_text import actor
    from auditor.store.gone import retire_target

    with open_database(database) as store, store.writing() as connection:
        one = retire_target(connection, target, reason, actor())
    sys.stdout.write(f"{one.source}/{one.name}: retired; its history stays\n")


def _named(inventory: Path | None) -> Path:
    if inventory is None:
        raise InputError("name the inventory", mend="Give it with -i inventory.yaml.")
    return inventory


def _opened(inventory: Path | None) -> "Opened":
    from auditor.inventory.importers.apply import opened

    return opened(_named(inventory))
