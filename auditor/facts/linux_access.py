"""Facts of a Linux host about ways in and about daemons that run. Part of `auditor.facts.linux`."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, IGNORED, MODE, STATE

Names = Annotated[list[str], AS_SET]
Text = int | str


class SshContext(FactModel):
    """What one connection that a Match block is meant for would get: `sshd -T -C user=..,host=..,addr=..`."""

    criteria: str = Field(description="of the Match block the connection was made up for")
    connection: str = Field(description="user=..,host=..,addr=.. as given to sshd -T -C")
    changed: dict[str, Text | list[str]] = Field(
        default_factory=dict, description="effective settings there that differ from those outside Match blocks"
    )
    root_login: str | None = Field(
        None, description="permitrootlogin among them, where the user of the connection is root"
    )


class Daemon(FactModel):
    """A daemon that runs, beside the files it read when it was started or last reloaded by systemd."""

    unit: str
    began: Annotated[int | None, IGNORED] = Field(None, description="start or last reload, seconds since 1970 UTC")
    newest_file: Annotated[str | None, STATE] = Field(
        None, description="the file or folder of its configuration that changed last"
    )
    newest_change: Annotated[int | None, IGNORED] = Field(None, description="seconds since 1970 UTC")
    older_than_files: Annotated[bool | None, STATE] = Field(
        None, description="its configuration changed after it was read"
    )


class PathFolder(FactModel):
    """A folder in root's PATH, links followed."""

    exists: bool
    mode: Annotated[str | None, MODE] = None
    owner: str | None = None
