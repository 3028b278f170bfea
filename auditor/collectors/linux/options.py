"""The source keys of kind `linux`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from auditor.collectors import OptionModel


class Options(OptionModel):
    """How to reach the host. Over SSH the host key is always checked against `known_hosts`: no default trust."""

    connection: Literal["ssh", "local"] = "ssh"
    known_hosts: str | None = Field(
        None, min_length=1, description="file with the host's key, needed for connection: ssh"
    )
    become: Literal["sudo"] | None = Field(
        None,
        description="run what needs root by exact `sudo -n` lines; a refused one is a gap that names it",
    )

    @model_validator(mode="after")
    def _trust(self) -> Self:
        if self.connection == "ssh" and not self.known_hosts:
            raise ValueError("known_hosts is missing: name a file that holds the host's key, compared on its console")
        if self.connection == "local" and self.known_hosts:
            raise ValueError("known_hosts means nothing with connection: local")
        return self
