"""What a run was asked to do, checked once and kept as JSON in the run's row. It holds no secret, only references."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from auditor.domain import Exclusion
from auditor.errors import InputError
from auditor.evidence.captures import canonical
from auditor.reporting import FORMATS

_SELECTOR = re.compile(r"[^=\s][^=]*=.+")
Text = Annotated[str, Field(max_length=4096)]


def _selector(value: str) -> str:
    if not _SELECTOR.fullmatch(value):
        raise ValueError("a label is chosen by KEY=VALUE, where VALUE may be a glob, for example site=ams")
    return value


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
    labels: tuple[Annotated[Text, AfterValidator(_selector)], ...] = ()  # KEY=VALUE, all must fit; VALUE may be a glob
    baselines: tuple[Text, ...] = ()  # none means every shipped baseline that applies
    tailoring: Text = ""
    goldens: tuple[Text, ...] = ()
    formats: tuple[Annotated[str, AfterValidator(_format)], ...] = ()
    fail_on: Annotated[str, Field(pattern="^(low|medium|high|critical)$")] = "high"
    min_coverage: Annotated[float, Field(ge=0, le=100)] = 100.0
    requested_by: Annotated[str, Field(max_length=200)] = ""
    tries: Annotated[int, Field(ge=1, le=10)] = 3  # of one source that may heal, within the run
    inventory_sha256: str = ""
    excluded: tuple[Out, ...] = ()

    def wants(self, labels: Mapping[str, str]) -> bool:
        """Whether a source with these labels is chosen."""
        for one in self.labels:
            key, _, wanted = one.partition("=")
            if not fnmatchcase(labels.get(key.strip(), ""), wanted.strip()):
                return False
        return True

    def series(self) -> str:
        """The definition of the history that this run is a point of: canonical JSON of what is judged by.

        Where, who and when do not belong to it: a run over one site is a point of the same history.
        """
        choice = {
            "baselines": sorted(self.baselines) or "all",
            "tailoring": self.tailoring,
            "goldens": sorted(self.goldens),
        }
        return canonical(choice).decode()


def request_of(text: str) -> Request:
    """The request in a run's row. Raises InputError when it is none."""
    try:
        return Request.model_validate_json(text)
    except ValidationError as problem:
        raise InputError(f"the run's request cannot be read: {problem.errors()[0]['msg']}") from None
