"""What `auditor report` is asked for beside a run: a period, a part of the estate, a framework."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from auditor.service.downloads.asking import Wanted
    from auditor.store.engine import Store

FromOption = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="With --to: the runs that ended between.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="TIME", help="A day alone means its last second.")]
LabelOption = Annotated[
    list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="Only targets with it; with all, if several.")
]
PlatformOption = Annotated[list[str] | None, typer.Option("--platform", metavar="NAME", help="Only targets of it.")]
SourceOption = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help="Only targets behind it.")]
FrameworkOption = Annotated[
    str | None, typer.Option("--framework", metavar="NAME", help="Only rules that serve it, such as pci-dss.")
]


def document_of_choice(store: "Store", wanted: "Wanted") -> dict[str, Any]:
    """The document of a choice, of the whole estate's point of view. Raises InputError."""
    from auditor.access import EVERYTHING, Reach
    from auditor.service.choosing import run_named, series_meant
    from auditor.service.downloads.asking import chosen
    from auditor.service.downloads.documents import document_for

    reach = Reach.of([EVERYTHING])
    with store.reading() as connection:
        if wanted.begin or wanted.end or wanted.at:
            wanted = replace(wanted, series=series_meant(connection, wanted.series, wanted.schedule or None))
        else:
            run_named(connection, wanted.run or "latest")
        _, choice = chosen(connection, wanted, reach, "")
    return document_for(store, choice, reach)
