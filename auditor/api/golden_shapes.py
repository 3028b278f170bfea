"""What the routes of golden profiles answer, for OpenAPI."""

from typing import Any

from pydantic import Field

from auditor.api.shapes import GoldenShown, Shape

TEXT = "golden: linux-web\ntitle: Hosts like web01\nfor: {platform: linux}\nfacts:\n  hostname: web01\n"


class GoldenWhole(GoldenShown):
    """A golden profile: as it is written, and as it is read."""

    text: str = Field(examples=[TEXT])
    profile: dict[str, Any] = Field(examples=[{"golden": "linux-web", "facts": {"hostname": "web01"}}])


class GoldenProposal(Shape):
    """A profile to be looked at and put into a content folder. `values`: what each host has of its own, by host."""

    text: str = Field(examples=[TEXT])
    values: dict[str, dict[str, Any]] = Field(examples=[{"web01": {"hostname": "web01"}}])


class KickstartProposal(Shape):
    """The same out of a kickstart file. `left_out`: lines that the profile does not hold, and why."""

    text: str = Field(examples=[TEXT])
    values: dict[str, Any]
    left_out: list[str] = Field(examples=[["line 12 (%post): not looked at"]])


class ConsensusProposal(GoldenProposal):
    """The same of many hosts, and what does not fit in it."""

    hosts: int
    platform: str
    outliers: list[dict[str, Any]]
    contested: list[dict[str, Any]]
    customisations: dict[str, str]
    extra: list[str]
    unread: dict[str, int]


class GoldenChecked(GoldenShown):
    """A profile that is one, and how targets differ from it."""

    drift: list[dict[str, Any]]
    not_compared: list[dict[str, Any]] = Field(description="Customisations without a value for a host.")
    compared: int
