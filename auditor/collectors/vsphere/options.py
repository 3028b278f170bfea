"""What an inventory may say about a vSphere source."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from auditor.collectors import OptionModel


class Tls(BaseModel):
    """How the peer proves who it is; without any of these, by the system's CAs. At most one may be given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ca_file: Path | None = Field(None, description="PEM file with the CAs that may vouch for the peer")
    pinned_leaf: Path | None = Field(None, description="PEM file with the peer's own certificate; no other is accepted")
    verify: bool = Field(True, description="false: accept whatever answers; shows as a warning in the report")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("ca_file", "pinned_leaf") if getattr(self, name)]
        if not self.verify:
            given.append("verify: false")
        if len(given) > 1:
            raise ValueError(f"only one of these can hold: {', '.join(given)}")
        for file in (self.ca_file, self.pinned_leaf):
            if file and not file.is_file():
                raise ValueError(f"there is no file {file}")
        return self


class Options(OptionModel):
    """Keys of a `vcenter` or `esxi` source beside the common ones."""

    tls: Tls = Tls()
    vms: bool = Field(False, description="read virtual machines too: each is a target")
    esxcli: bool = Field(False, description="read what only esxcli shows, through the API; undocumented by the vendor")
    page_size: int = Field(20, ge=1, le=100, description="hosts in one bulk request")

    def warnings(self) -> tuple[str, ...]:
        """Switched-off verification, in words for the report."""
        if self.tls.verify:
            return ()
        return ("TLS verification is switched off: whoever answered at the address was believed and got the password",)
