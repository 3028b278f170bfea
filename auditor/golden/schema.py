"""A golden profile as it is written: the intended facts of a kind of host."""

from typing import Any

from pydantic import Field, field_validator

from auditor.rulebook.schema import Part, PlatformName, VersionText


class For(Part):
    """Which targets a profile is for: all of the platform, or those with these labels and in this range of versions."""

    platform: PlatformName
    labels: dict[str, str] = Field(default_factory=dict)
    version: VersionText = ""

    @field_validator("labels", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else value


class Customisation(Part):
    """A value that differs from host to host; the inventory gives it. `path` is the fact that it stands for."""

    path: str = ""
    title: str = ""


class GoldenProfile(Part):
    """A golden profile file. Text that begins with `$` names a customisation; `$$` is a dollar sign.

    `facts` is partial: only what it names is compared. `absent` are paths that must not be there, `extra` places whose
    members beyond the named ones are welcome (`port_groups`, `vswitches[*].port_groups`), `ignore` paths and places
    that are not compared.
    """

    golden: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    version: str = "1"
    description: str = ""
    for_: For = Field(alias="for")
    customisations: dict[str, Customisation] = Field(default_factory=dict)
    extra: list[str] = Field(default_factory=list)
    ignore: list[str] = Field(default_factory=list)
    absent: list[str] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict)

    @field_validator("customisations", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: {"path": v} if isinstance(v, str) else v for k, v in value.items()}
        return value
