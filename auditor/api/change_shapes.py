"""What the routes of changes take and answer, for OpenAPI."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from auditor.api.forms import Form, Line
from auditor.api.routes.common import writable
from auditor.api.routes.starting import ContentName, Names
from auditor.api.shapes import Shape

CHANGE = "20261122-015252-a457"
MOST_TARGETS, MOST_FILES = 50, 200
FileName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
TargetPath = Annotated[str, StringConstraints(max_length=4000, pattern=r"^(/[^\x00-\x1f\x7f]+)?$")]
Text = Annotated[str, StringConstraints(max_length=1_000_000)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(writable)]
Ticket = Annotated[Line, AfterValidator(writable)]
Why = Annotated[str, StringConstraints(min_length=8, max_length=4000), AfterValidator(writable)]
Note = Annotated[str, StringConstraints(max_length=4000), AfterValidator(writable)]
STATE = Literal["checked", "approved", "rejected", "withdrawn"]
VERDICT = Literal["kept", "missed", "strayed", "unread"]
DOCUMENT = {"schema": "auditor-change/1", "result": {"fails": False, "unknown": False}}
RESULT = {"schema": "auditor-change-result/1", "verdict": "kept"}


class CandidateFile(Form):
    """A file of the candidate. `as_path`: which file of the target it is to become; needed where there are several."""

    name: FileName = Field(default="candidate.txt", examples=["99-x.conf"])
    as_path: TargetPath = Field(default="", examples=["/etc/sysctl.d/99-x.conf"])
    content: Text = Field(examples=["net.ipv4.ip_forward = 0\n"])


class ChangeForm(Form):
    """A change to be foretold, over what was read last. Who asks is who is signed in; nothing is sent to a target."""

    targets: list[Pattern] = Field(min_length=1, max_length=MOST_TARGETS, examples=[["web01"]])
    files: list[CandidateFile] = Field(default_factory=list, max_length=MOST_FILES, description="The candidate.")
    emergency: bool = Field(
        default=False, description="Without a candidate: only what is now is kept, to tell afterwards what changed."
    )
    baselines: Names
    goldens: Names
    tailoring: ContentName | None = None
    fail_on: Literal["low", "medium", "high", "critical"] = "high"
    max_age: Annotated[str, StringConstraints(max_length=10)] = Field(default="24h", examples=["24h"])
    force: bool = Field(default=False, description="Take an older reading all the same, and mark it.")
    ticket: Ticket = Field(default="", examples=["CHG-4711"])
    series: int | None = Field(default=None, ge=1, lt=1 << 53, description="Else the history of the latest run.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.emergency and self.files:
            raise ValueError("an emergency has no candidate: leave the files out, or the emergency")
        if not self.emergency and not self.files:
            raise ValueError("name the change: files of a candidate, or an emergency without any")
        return self


class ChangeRemark(Form):
    """What is said to it."""

    note: Note = Field(default="", examples=["as agreed on Monday"])


class ChangeRefusal(Form):
    """Why it is not to be."""

    note: Why = Field(examples=["the window is needed for the storage"])


class ChangeShown(Shape):
    """A change in short: what was checked, who decided, what came of it."""

    id: str = Field(examples=[CHANGE])
    checked_at: str = Field(examples=["2026-11-22T01:52:52Z"])
    checked_by: str = Field(examples=["zoe"])
    ticket: str | None = Field(examples=["CHG-4711"])
    candidate: str = Field(examples=["99-x.conf"])
    sha256: str
    state: STATE = Field(examples=["approved"])
    decided_by: str | None = Field(examples=["ann"])
    decided_at: str | None = Field(examples=["2026-11-22T02:10:00Z"])
    note: str | None
    verified_at: str | None = Field(examples=["2026-11-22T04:10:00Z"])
    verified_by: str | None = Field(examples=["zoe"])
    verdict: VERDICT | None = Field(examples=["kept"], description="What came of it; null before it was verified.")


class ChangeWhole(ChangeShown):
    """The same with what was foretold."""

    document: dict[str, Any] = Field(examples=[DOCUMENT])


class ChangeVerified(ChangeShown):
    """The same with what came of it."""

    result: dict[str, Any] = Field(examples=[RESULT])
