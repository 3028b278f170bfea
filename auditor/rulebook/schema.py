"""Baselines and rules as they are written: the form of a rule file. Their meaning is checked in `compile`."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from auditor.domain import Severity, Status
from auditor.facts import PLATFORMS
from auditor.rulebook.families import FAMILIES
from auditor.rulebook.versions import VersionRange

RULE_ID = r"^[a-z0-9]+(-[a-z0-9]+)+$"
OneOrMore = Annotated[list[str], Field(min_length=1)]


class Part(BaseModel):
    """Base of everything in a rule file: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def known_platform(value: str) -> str:
    """`value`, when it is a platform. Raises ValueError with the known ones."""
    if value not in PLATFORMS:
        raise ValueError(f"unknown platform {value!r}; known are {', '.join(PLATFORMS)}")
    return value


def version_range(value: str) -> str:
    """`value`, when it is empty or can be read as a range of versions. Raises ValueError."""
    if value:
        VersionRange(value)
    return value


PlatformName = Annotated[str, AfterValidator(known_platform)]
VersionText = Annotated[str, AfterValidator(version_range)]


class DefaultValue(Part):
    """Absent means: this value is in force."""

    default: Any


class PerVersion(Part):
    """Absent means something else per version range; the first range that holds counts, none means unknown."""

    versions: dict[str, Literal["fail", "pass", "notapplicable"] | DefaultValue]

    @field_validator("versions")
    @classmethod
    def _ranges(cls, value: dict[str, Any]) -> dict[str, Any]:
        for text in value:
            VersionRange(text)
        return value


Absence = Literal["fail", "pass", "notapplicable"] | DefaultValue | PerVersion


class AppliesTo(Part):
    """For which targets a rule is meant. `os` and `role` look at facts: gapped facts make the rule unknown."""

    platform: Annotated[list[PlatformName], Field(min_length=1)]
    version: VersionText = ""
    os: OneOrMore | None = None
    role: OneOrMore | None = None

    @field_validator("platform", "os", "role", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Manual(Part):
    """A rule that no machine can judge: why, and what a person does."""

    reason: str
    steps: str


class Example(Part):
    """A small snapshot and the verdict it must give. Facts that are not named are absent."""

    facts: dict[str, Any] = Field(default_factory=dict)
    gaps: list[str] = Field(default_factory=list)
    version: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    result: Status | None = None
    results: dict[str, Status] | None = None

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.result is None) == (self.results is None):
            raise ValueError("an example has either `result` (the worst over all subjects) or `results` (per subject)")
        return self


class Rule(Part):
    """One rule. Architecture, section 6, shows it whole."""

    id: str
    title: str = Field(min_length=8, max_length=140)
    severity: Severity
    cat: Literal["I", "II", "III"] | None = None
    applies_to: AppliesTo
    for_each: str | None = None
    subject: str | None = None
    where: dict[str, Any] = Field(default_factory=dict)
    expect: dict[str, Any] = Field(default_factory=dict)
    any_of: list[dict[str, Any]] = Field(default_factory=list)
    absent: Absence = "fail"
    manual: Manual | None = None
    family: str
    references: dict[str, list[str]]
    rationale: str = Field(min_length=20)
    fix: str = Field(min_length=5)
    examples: list[Example] = Field(default_factory=list)

    @field_validator("id")
    @classmethod
    def _kebab(cls, value: str) -> str:
        if not re.match(RULE_ID, value):
            raise ValueError("a rule id is kebab-case and begins with its platform")
        return value

    @field_validator("family")
    @classmethod
    def _known_family(cls, value: str) -> str:
        if value not in FAMILIES:
            raise ValueError(f"unknown family {value!r}; known are {', '.join(FAMILIES)}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.manual and (self.expect or self.any_of or self.for_each or self.where):
            raise ValueError("a manual rule has no expect, any_of, for_each or where")
        if not self.manual and not self.expect and not self.any_of:
            raise ValueError("a rule needs expect, any_of or manual")
        if any(not branch for branch in self.any_of) or len(self.any_of) == 1:
            raise ValueError("any_of needs two branches or more, none of them empty")
        if not self.for_each and (self.where or self.subject):
            raise ValueError("where and subject have no meaning without for_each")
        return self


class Parameter(Part):
    """A value that a tailoring may set. Without default and value, rules that name it are notchecked."""

    type: Literal["string", "integer", "boolean", "list"]
    title: str
    default: Any = None

    @model_validator(mode="after")
    def _typed(self) -> Self:
        if self.default is not None:
            self.check(self.default)
        return self

    def check(self, value: Any) -> None:
        """Raises ValueError when `value` is not of the parameter's type."""
        wanted: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "list": list}
        if not isinstance(value, wanted[self.type]) or (self.type == "integer" and isinstance(value, bool)):
            raise ValueError(f"the value {value!r} is not of type {self.type}")


class Include(Part):
    """Rules taken over from another baseline, by default all of them."""

    baseline: str
    where: dict[Literal["references", "framework", "family", "severity", "platform", "os"], str] = Field(
        default_factory=dict
    )


class Baseline(Part):
    """A rule file.

    A `part` is there to be included, and used by itself only when it is named. `applies_to` says for which targets the
    baseline is used when nobody names it (any of its entries; none means: wherever one of its rules fits).
    """

    baseline: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    version: str
    description: str = ""
    part: bool = False
    applies_to: list[AppliesTo] = Field(default_factory=list)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    include: list[Include] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"the rule id {rule.id!r} stands twice")
            seen.add(rule.id)
        if not self.rules and not self.include:
            raise ValueError("a baseline needs rules or an include")
        return self
