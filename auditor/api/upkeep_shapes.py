"""What the routes of notifications, the database and the journal's check answer, for OpenAPI."""

from typing import Any

from pydantic import Field

from auditor.api.shapes import Shape


class ChannelShown(Shape):
    """A way to somebody. No secret is shown, and not where one stands."""

    name: str = Field(examples=["team"])
    kind: str = Field(examples=["email"])
    leads_to: str = Field(examples=["audits@example.org through mail.example.org:587 (starttls)"])


class ChannelTried(Shape):
    """Whether a test went out, and why not."""

    sent: bool
    problem: str | None


class SubscriptionShown(Shape):
    """Who is told of what."""

    number: int
    channel: str = Field(examples=["team"])
    events: list[str] = Field(examples=[["findings.new", "run.failed"]])
    severity: str = Field(examples=["high"])
    labels: dict[str, str] = Field(examples=[{"site": "ams"}])
    days: int
    digest: dict[str, str] | None = Field(examples=[{"at": "07:00", "zone": "Europe/Amsterdam"}])
    created_at: str


class Removed(Shape):
    """What was taken out of use."""

    removed: str
    subscriptions: int = Field(default=0, description="How many went with it.")


class NoticeShown(Shape):
    """An event that somebody was to be told of, and what became of it."""

    id: int
    channel: str
    subscription: int
    kind: str = Field(examples=["findings.new"])
    headline: str = Field(examples=["3 new failures in run 20261121-020000-7f3a"])
    state: str = Field(examples=["sent"])
    delivery: str | None
    attempts: int
    maybe_twice: bool
    digest: bool
    not_before: str
    error: str | None
    noticed_at: str
    changed_at: str


class Retried(Shape):
    """A message that is tried again."""

    delivery: str = Field(examples=["msg_5d41402abc4b2a76b9719d91"])


class DatabaseShown(Shape):
    """The database: whether its schema is this release's, and how large it is."""

    kind: str = Field(examples=["postgresql"])
    state: str = Field(examples=["current"])
    revision: str | None = Field(examples=["0006"])
    needed: str = Field(examples=["0006"])
    bytes: int = Field(examples=[10485760])


class RetentionShown(Shape):
    """What is too old by the settings: what went, or would go. Bytes are of compressed content; before, after: all."""

    policy: dict[str, Any] = Field(examples=[{"captures": 30, "reports": 90, "snapshots": 0}])
    captures: int
    reports: int
    snapshots_thinned: int
    snapshots: int
    contents: int
    bytes: int
    before: int
    after: int
    only_said: bool


class JournalVerified(Shape):
    """Whether the chain of the journal holds. `broken` is the number of the first entry that does not."""

    good: bool
    entries: int = Field(examples=[4711])
    head: str = Field(description="Note it elsewhere: given as `head` later, the chain must still hold it.")
    broken: int | None
    reason: str | None
