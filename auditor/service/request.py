"""What a run was asked to do, checked once and kept as JSON in the run's row. It holds no secret, only references."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from auditor.domain import Exclusion
from auditor.errors import InputError
from auditor.reporting import FORMATS

Text = Annotated[str, Field(max_length=4096)]


def _format(value: str) -> str:
    if value not in FORMATS:
        raise ValueError(f"there is no format {value!r}; known formats: {', '.join(FORMATS)}")
    return value


class Out(BaseModel):
    """An exclusion of the inventory, as it stood when the run began."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    reason: str
    until: str = ""
    platform: str = ""

    def exclusion(self) -> Exclusion:
        """The same, as what judges knows it."""
        return Exclusion(self.target, self.reason, self.until, self.platform)


class Request(BaseModel):
    """A run, asked for. The keys below `inventory_sha256` are filled when it begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inventory: Text
    patterns: tuple[Text, ...] = ()  # targets, sources or globs; none means all
    labels: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)  # every key, each with one of its values
    baselines: tuple[Text, ...] = ()  # none means every shipped baseline that applies
    tailoring: Text = ""
    goldens: tuple[Text, ...] = ()
    formats: tuple[Annotated[str, AfterValidator(_format)], ...] = ()
    fail_on: Annotated[str, Field(pattern="^(low|medium|high|critical)$")] = "high"
    min_coverage: Annotated[float, Field(ge=0, le=100)] = 100.0
    max_unknown: Annotated[float | None, Field(ge=0, le=100)] = None
    requested_by: Annotated[str, Field(max_length=200)] = ""
    tries: Annotated[int, Field(ge=1, le=10)] = 3  # of one source that may heal, within the run
    retry_after: Annotated[float, Field(ge=0, le=3600)] = 30.0  # seconds to the second try, doubled for each further
    inventory_sha256: str = ""
    excluded: tuple[Out, ...] = ()

    def wants(self, labels: Mapping[str, str]) -> bool:
        """Whether a source with these labels is chosen."""
        return all(labels.get(key) in values for key, values in self.labels.items())

    def series(self) -> dict[str, Any]:
        """The definition of the history that this run is a point of: what is judged by.

        Where, who and when do not belong to it: a run over one site is a point of the same history.
        """
        return {
            "baselines": sorted(self.baselines) or "all",
            "tailoring": self.tailoring,
            "goldens": sorted(self.goldens),
        }


def checked_request(data: Mapping[str, Any]) -> Request:
    """The request that plain data (of a command or a form) means. Raises InputError naming the first wrong field."""
    try:
        return Request.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field, why = ".".join(map(str, first["loc"])), str(first["msg"]).removeprefix("Value error, ")
        raise InputError(f"{field}: {why}", mend="Correct it.") from None


def request_of(text: str) -> Request:
    """The request in a run's row. Raises InputError when it is none."""
    try:
        return Request.model_validate_json(text)
    except ValidationError as problem:
        raise InputError(f"the run's request cannot be read: {problem.errors()[0]['msg']}") from None


def visible(text: str) -> dict[str, Any]:
    """What a run was asked to do, without places on the server's disk; {} when its row does not say."""
    try:
        said = Request.model_validate_json(text).model_dump(mode="json")
    except ValidationError:
        return {}
    hidden = ("inventory", "excluded", "requested_by", "tries", "retry_after")
    shown = {key: value for key, value in said.items() if key not in hidden}
    names = {key: [PurePath(one).name for one in shown[key]] for key in ("baselines", "goldens")}
    return {**shown, **names, "tailoring": PurePath(shown["tailoring"]).name}
