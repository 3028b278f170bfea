"""Who changed what, as the target's own log tells. Read only where its source says `activity: true`."""

from pydantic import Field

from auditor.facts.base import FactModel


class Deed(FactModel):
    """One act of one account, in the words of the log. Whoever can write to the log can name another account in it."""

    at: str = Field(description="UTC, ISO 8601")
    who: str = Field(description="account as the log names it")
    what: str = Field(description="event or command; secrets are fingerprints, and it is cut after 300 characters")
    object: str | None = Field(None, description="what it was done to, where the log says so")


class Activity(FactModel):
    """What a log tells, oldest first; at most the 500 newest deeds."""

    begins: str | None = Field(None, description="UTC, ISO 8601: of what was done before, the log tells nothing")
    deeds: list[Deed] = Field([])
