"""What the routes of golden profiles answer, for OpenAPI."""

from typing import Any, Literal

from pydantic import Field

from auditor.api.shapes import GoldenListed, GoldenShown, Shape

TEXT = "golden: linux-web\ntitle: Hosts like web01\nfor: {platform: linux}\nfacts:\n  hostname: web01\n"


class GoldenWhole(GoldenListed):
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


class MigrationShown(Shape):
    """How an ESXi host can leave standard switches: by a profile, in phases; `done`, or `unknown`; and why."""

    target: str = Field(examples=["esx01"])
    cluster: str = Field(examples=["cluster-a"])
    way: Literal["profile", "phased", "done", "unknown"]
    reasons: list[str] = Field(examples=[["2 machines run on it"]])


class ProposalShown(Shape):
    """A golden profile that somebody proposed, and what became of that."""

    number: int = Field(examples=[12])
    name: str = Field(examples=["linux-web"])
    title: str
    version: str
    platform: str
    labels: dict[str, str]
    sha256: str
    state: Literal["proposed", "approved", "rejected", "withdrawn", "retired"]
    reason: str = Field(examples=["the name servers have moved"])
    proposed_by: str = Field(examples=["zoe"])
    proposed_at: str = Field(examples=["2026-11-21T02:00:00Z"])
    decided_by: str | None = Field(examples=["ann"])
    decided_at: str | None
    note: str
    replaces: int | None = Field(description="The version that it was proposed to replace; null of a file, or none.")
    retires: bool = Field(description="Whether it takes that version out of use, with no other in its place.")


class GoldenChange(Shape):
    """What a proposal demands otherwise. `before` and `after` are null where nothing is demanded."""

    part: str = Field(examples=["facts"])
    kind: Literal["added", "removed", "changed"]
    path: str = Field(examples=["dns.servers"])
    before: Any = Field(examples=[["192.0.2.53"]])
    after: Any = Field(examples=[["192.0.2.54"]])


class ProposalWhole(ProposalShown):
    """The same with its text, and how it differs from what is in use, or was when it was decided about.

    `compared` is false where that file is not there any more; `stale` proposals cannot be approved.
    """

    text: str = Field(examples=[TEXT])
    changes: list[GoldenChange]
    compared: bool
    stale: bool
