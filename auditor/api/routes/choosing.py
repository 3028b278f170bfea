"""Which targets a list is about: the parameters that lists of several nouns share."""

from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from sqlalchemy import Connection

from auditor.access import Reach
from auditor.api.routes.common import LabelQuery, Text, labels_of
from auditor.evidence.captures import iso
from auditor.store.gone import Gone
from auditor.store.listing.looks import Only
from auditor.store.listing.vanished import vanished

GoneQuery = Annotated[
    Literal["", "yes", "no"],
    Query(description="`no`: only targets that are there still; `yes`: only those that are gone, retired ones too."),
]


class Chosen:
    """Platform, source, labels, and whether they are gone. Labels that are none raise InputError when they are used."""

    def __init__(
        self,
        platform: Text = "",
        source: Text = "",
        label: LabelQuery = [],  # noqa: B006  FastAPI copies it
        gone: GoneQuery = "",
    ) -> None:
        self.platform, self.source, self.label, self.gone = platform, source, label, gone

    def only(
        self, connection: Connection, reach: Reach, target: int | None = None, status: str = "", name: str = ""
    ) -> Only:
        """The same for the store. Raises InputError."""
        missed = vanished(connection) if self.gone else {}
        return Only(
            reach,
            target,
            self.platform,
            self.source,
            status,
            name,
            labels_of(self.label),
            missed if self.gone == "yes" else None,
            missed if self.gone == "no" else (),
        )


Which = Annotated[Chosen, Depends()]


def gone_shown(one: Gone | None) -> dict[str, Any]:
    """What a target's entry says of it: `gone_since` is when it was last read."""
    if one is None:
        return {"gone": False, "gone_since": None, "gone_reason": None, "retired": False}
    return {"gone": True, "gone_since": iso(one.last_seen), "gone_reason": one.reason, "retired": one.retired}
