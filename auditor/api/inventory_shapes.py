"""What the routes of the inventory answer, for OpenAPI."""

from typing import Any

from pydantic import Field

from auditor.api.shapes import Shape


class ImportDifference(Shape):
    """What a list and the inventory do not agree on. `gone`: entries of this list that it does not name now."""

    origin: str = Field(examples=["csv:hosts.csv"])
    removed: bool = Field(description="Whether what is gone is taken out.")
    added: list[dict[str, Any]] = Field(examples=[[{"name": "web07", "kind": "linux", "address": "10.1.2.7"}]])
    changed: list[dict[str, Any]] = Field(
        examples=[[{"name": "web01", "changes": [{"key": "address", "before": "10.1.2.1", "after": "10.1.2.9"}]}]]
    )
    gone: list[str] = Field(examples=[["web03"]])
    same: int = Field(examples=[41])
    left_out: list[dict[str, str]] = Field(examples=[[{"name": "printer", "reason": "it has no primary address"}]])


class ImportLook(ImportDifference):
    """A look at a list. `look` is the word with which the same list is applied."""

    look: str = Field(examples=["5d41402a" * 8])
    can_be_applied: bool
    fault: str | None = Field(description="Why it cannot be applied as it stands.")
    changes: bool = Field(description="Whether applying it would write anything.")


class ImportApplied(ImportDifference):
    """What was applied."""

    changed_file: bool


class Discovered(Shape):
    """Who stands behind a vCenter now. `gone`: declared, and not shown any more."""

    source: str = Field(examples=["vc01"])
    added: list[dict[str, str]] = Field(examples=[[{"name": "esx07", "platform": "esxi"}]])
    gone: list[dict[str, str]] = Field(examples=[[{"name": "esx02", "platform": "esxi"}]])
    same: int = Field(examples=[6])
    shared: list[dict[str, Any]] = Field(examples=[[{"host": "esx01", "sources": ["vc01", "vc02"]}]])
    proposals: list[dict[str, str]] = Field(
        description="Linux machines that could be sources, by what their own guest tools say.",
        examples=[
            [{"name": "web01", "kind": "linux", "address": "10.1.2.7", "hostname": "web01", "behind": "vc01/esx01"}]
        ],
    )


class DiscoveryApplied(Discovered):
    """The same, written into the population file. `removed`: what is gone was taken out."""

    removed: bool


class InventorySource(Shape):
    """A source as the inventory has it. `credential` is a name; no secret is read."""

    name: str = Field(examples=["vc01"])
    kind: str = Field(examples=["vcenter"])
    address: str = Field(examples=["vc01.example.org"])
    port: int | None
    credential: str | None = Field(examples=["vcenter-audit"])
    labels: dict[str, str] = Field(examples=[{"site": "ams"}])


class InventoryChecked(Shape):
    """What a run would read of the inventory, or every fault in it. Nobody is logged in to, no secret is read."""

    good: bool
    sources: int
    kinds: dict[str, int] = Field(examples=[{"vcenter": 2, "linux": 70}])
    excluded: list[dict[str, Any]] = Field(examples=[[{"target": "old01", "reason": "rebuilt", "until": "2027-01-31"}]])
    faults: list[dict[str, Any]] = Field(examples=[[{"line": 12, "what": "unknown key 'adress'", "mend": ""}]])


class GoneShown(Shape):
    """A target that earlier runs have read, and that the latest run of its source does not find any more."""

    id: int
    name: str = Field(examples=["esx09"])
    source: str = Field(examples=["vc01"])
    platform: str = Field(examples=["esxi"])
    last_read: str = Field(examples=["2026-11-20T02:04:11Z"])
    last_run: str
    missed_by: str = Field(description="The latest run that could have read it.")
    reason: str
    checks: dict[str, int] = Field(description="What was found when it was read last.")
    retired: bool


class RetiredShown(Shape):
    """Targets that are confirmed to be gone."""

    retired: list[GoneShown]
