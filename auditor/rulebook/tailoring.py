"""A tailoring as it is written: parameter values, chosen rules, severities, dates (XCCDF Tailoring)."""

from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from auditor.domain import Severity
from auditor.rulebook.schema import Part


class Adjustment(Part):
    """What a tailoring changes about the rules that a name or glob means.

    `leave_out` says why nobody judges them here: they stay in the report as notchecked. Before `effective_from` a rule
    is judged and its verdict shown, but notchecked. Up to and on `grace_until` a failure is shown as a failure, and
    does not decide the exit status. Days begin at midnight UTC.
    """

    severity: Severity | None = None
    leave_out: str | None = Field(default=None, min_length=8)
    effective_from: date | None = None
    grace_until: date | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give severity, leave_out, effective_from or grace_until")
        if self.effective_from and self.grace_until and self.grace_until < self.effective_from:
            raise ValueError("grace_until lies before effective_from")
        return self


class Tailoring(Part):
    """A tailoring file. `parameters` are named `name`, or `baseline/name` for one baseline only."""

    tailoring: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    description: str = ""
    only: list[str] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    rules: dict[str, Adjustment] = Field(default_factory=dict)

    @field_validator("only")
    @classmethod
    def _named(cls, value: list[str]) -> list[str]:
        if any(not one for one in value):
            raise ValueError("an empty name means no rule")
        return value

    def chosen(self, rule_id: str) -> bool:
        """Whether the rule is judged at all: without `only`, every rule is."""
        return not self.only or any(fnmatchcase(rule_id, pattern) for pattern in self.only)

    def adjustment(self, rule_id: str) -> Adjustment:
        """All that is said about a rule; of two entries that mean it, the later wins key by key."""
        values: dict[str, Any] = {}
        for pattern, one in self.rules.items():
            if fnmatchcase(rule_id, pattern):
                values |= {name: getattr(one, name) for name in one.model_fields_set}
        return Adjustment.model_construct(_fields_set=set(values), **values)
