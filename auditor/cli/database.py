"""`--database` and `--broker`, which mean the same in every command."""

from typing import Annotated

import typer

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="Default: AUDITOR_DATABASE, else SQLite in the state folder."),
]
BrokerOption = Annotated[
    str | None, typer.Option("--broker", metavar="URL", help="Redis or Valkey. Default: AUDITOR_BROKER, else none.")
]


def database_url(option: str | None = None) -> str:
    """The database's URL: `option`, setting or default, with its password. Raises InputError."""
    from auditor.settings import addresses, settings

    return addresses.database_url(settings(), option)


def broker_url(option: str | None = None) -> str | None:
    """The broker's URL: `option` or setting, with its password; None where there is none. Raises InputError."""
    from auditor.settings import addresses, settings

    return addresses.broker_url(settings(), option)
