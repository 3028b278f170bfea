"""Facts of a Linux host about where its software comes from and who notices a change of its files."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET

Names = Annotated[list[str], AS_SET]


class Repository(FactModel):
    """A section of a *.repo file."""

    enabled: bool = True
    checked: bool = Field(description="signatures of its packages are checked: its own gpgcheck, else that of dnf.conf")


class PackageManager(FactModel):
    """dnf (yum), effective: what stands in dnf.conf over what dnf does when nothing is said (dnf.conf(5))."""

    checks_signatures: bool = Field(False, description="gpgcheck in [main]")
    checks_local_packages: bool = Field(False, description="localpkg_gpgcheck in [main]")


class Integrity(FactModel):
    """AIDE: is there a database, who runs the check, does it watch the audit tools (all of it needs root)."""

    database: bool | None = Field(None, description="aide.db or aide.db.gz is there and not empty")
    scheduled_by: Names | None = Field(None, description="timers that start, cron files that run aide")
    audit_tools: dict[str, bool] = Field(
        default_factory=dict, description="auditctl, auditd ... -> a selection line names it with a SHA-512 group"
    )
