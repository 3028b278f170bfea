"""A waiver as it is written: in a file for `--waivers`, and as JSON in the store. One form for both."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from auditor.rulebook.schema import RULE_ID, Part
from auditor.waivers.ends import End, zone_of
from auditor.waivers.model import Bound, Scope, State, Waiver, same_person

WAIVER_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """A time with its zone; a day, or a time without zone, is taken as UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str):
        raise ValueError("write a time, such as 2026-11-21T09:30:00Z")
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is no time, such as 2026-11-21T09:30:00Z") from None


def _writable(value: str) -> str:
    """Text that every file and database takes."""
    if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise ValueError("it holds a character that cannot be written")
    return value


Text = Annotated[str, BeforeValidator(_trimmed), AfterValidator(_writable)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=300)]
Person = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Ticket = Annotated[Text, AfterValidator(lambda text: " ".join(text.split())), StringConstraints(max_length=200)]
Reason = Annotated[Text, StringConstraints(min_length=8, max_length=4000)]
Subject = Annotated[str, AfterValidator(_writable), StringConstraints(max_length=4000)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, StringConstraints(max_length=1000)]
Zone = Annotated[str, AfterValidator(lambda name: zone_of(name).key)]


class ScopeForm(Part):
    """Exactly one of the three."""

    targets: Annotated[list[Name], Field(min_length=1)] | None = None
    label: Annotated[dict[Name, Subject], Field(min_length=1, max_length=1)] | None = None
    source: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.targets, self.label, self.source)) != 1:
            raise ValueError("name targets, or one label with its value, or a source: one of the three")
        return self

    def scope(self) -> Scope:
        return Scope(tuple(self.targets or ()), next(iter((self.label or {}).items()), None), self.source or "")


class BoundForm(Part):
    """One finding that was accepted, as `auditor waiver` writes it."""

    target: Name
    source: Name
    subject: Subject | None = None
    rule_version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    observed: Words
    observed_sha256: Digest
    expected: Words
    expected_sha256: Digest


class WaiverForm(Part):
    """A waiver. Its state follows from who did what: requested, approved, rejected or revoked."""

    id: Annotated[str, StringConstraints(pattern=WAIVER_ID)]
    rule: Annotated[str, StringConstraints(pattern=RULE_ID, max_length=200)]
    scope: ScopeForm
    subject: Subject | None = None
    justification: Reason
    ticket: Ticket = ""
    requested_by: Person
    requested_at: Moment
    zone: Zone
    expiration_date: str
    approved_by: Person | None = None
    approved_at: Moment | None = None
    rejected_by: Person | None = None
    rejected_at: Moment | None = None
    rejected_why: Reason | None = None
    revoked_by: Person | None = None
    revoked_at: Moment | None = None
    revoked_why: Reason | None = None
    bound: Annotated[list[BoundForm], Field(max_length=100_000)] = Field(default_factory=list)

    @field_validator("expiration_date")
    @classmethod
    def _an_end(cls, value: str, info: ValidationInfo) -> str:
        if zone := info.data.get("zone"):
            End(value, zone)
        return value

    @field_validator("approved_by")
    @classmethod
    def _somebody_else(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and same_person(value, info.data.get("requested_by", "")):
            raise ValueError("whoever requested a waiver does not approve it")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for step, others in (("approved", ("at",)), ("rejected", ("at", "why")), ("revoked", ("at", "why"))):
            given = [getattr(self, f"{step}_{one}") is not None for one in ("by", *others)]
            if any(given) and not all(given):
                raise ValueError(f"{step}_by needs {' and '.join(f'{step}_{one}' for one in others)} beside it")
        if self.approved_at and self.approved_at < self.requested_at:
            raise ValueError("it was approved before it was requested")
        if self.rejected_by and (self.approved_by or self.revoked_by):
            raise ValueError("a waiver that was rejected is neither approved nor revoked")
        if self.approved_by and not self.bound:
            raise ValueError("an approved waiver names what it was approved for, under `bound`")
        return self

    def waiver(self) -> Waiver:
        """What it says."""
        state = State.APPROVED if self.approved_by else State.REQUESTED
        ended: tuple[str, datetime | None, str] = ("", None, "")
        if self.rejected_by:
            state, ended = State.REJECTED, (self.rejected_by, self.rejected_at, self.rejected_why or "")
        elif self.revoked_by:
            state, ended = State.REVOKED, (self.revoked_by, self.revoked_at, self.revoked_why or "")
        bound = (
            Bound(one.target, one.source, one.subject, one.rule_version, one.observed_sha256, one.observed,
                  one.expected_sha256, one.expected)
            for one in self.bound
        )  # fmt: skip
        return Waiver(
            self.id,
            self.rule,
            self.scope.scope(),
            self.justification,
            self.requested_by,
            self.requested_at,
            End(self.expiration_date, self.zone),
            self.subject,
            state,
            self.approved_by or "",
            self.approved_at,
            *ended,
            tuple(bound),
            self.ticket,
        )


class WaiversForm(Part):
    """A file of waivers."""

    waivers: list[WaiverForm]


def plain(waiver: Waiver) -> dict[str, Any]:
    """A waiver as plain data that `WaiverForm` takes; keys without a value are left out."""
    scope = waiver.scope
    data: dict[str, Any] = {
        "id": waiver.id,
        "rule": waiver.rule,
        "scope": _scope(scope),
        **({} if waiver.subject is None else {"subject": waiver.subject}),
        "justification": waiver.justification,
        "ticket": waiver.ticket,
        "requested_by": waiver.requested_by,
        "requested_at": _iso(waiver.requested_at),
        "zone": waiver.end.zone,
        "expiration_date": waiver.end.text,
        "approved_by": waiver.approved_by,
        "approved_at": _iso(waiver.approved_at),
        "bound": [_bound(one) for one in waiver.bound],
    }
    if waiver.state in (State.REJECTED, State.REVOKED):
        step = waiver.state.value
        data |= {f"{step}_by": waiver.ended_by, f"{step}_at": _iso(waiver.ended_at), f"{step}_why": waiver.ended_why}
    return {name: value for name, value in data.items() if name == "subject" or value not in (None, "", [])}


def _scope(scope: Scope) -> Mapping[str, Any]:
    if scope.label:
        return {"label": dict([scope.label])}
    return {"source": scope.source} if scope.source else {"targets": list(scope.targets)}


def _bound(one: Bound) -> dict[str, Any]:
    subject = {} if one.subject is None else {"subject": one.subject}
    return {
        "target": one.target,
        "source": one.source,
        **subject,
        "rule_version": one.rule_version,
        "observed": one.value_words,
        "observed_sha256": one.value,
        "expected": one.expectation_words,
        "expected_sha256": one.expectation,
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
