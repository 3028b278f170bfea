"""What a candidate does to a Linux host: files, units, packages, and steps that nobody can place."""

from dataclasses import dataclass, field

from auditor.changes.candidate import File
from auditor.changes.linux.work import Line


@dataclass(slots=True)
class FileChange:
    """One file. `lines` is its whole text afterwards; None when it is gone, or when only a part of it is known."""

    path: str
    where: str  # where the candidate speaks of it first
    lines: list[Line] | None = None
    removed: bool = False
    created: bool | None = None  # None: nobody says whether it was there
    kept: dict[str, list[Line]] = field(default_factory=dict)  # by record: the chosen lines of a file known in part
    added: list[Line] = field(default_factory=list)
    taken: list[Line] = field(default_factory=list)
    mode: str = ""
    owner: str = ""
    group: str = ""
    source: File | None = None

    @property
    def whole(self) -> bool:
        """Whether its text afterwards is known."""
        return self.removed or self.lines is not None


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What is to become of a unit; None is left alone."""

    name: str  # ssh.service
    where: str
    text: str
    enabled: bool | None = None
    active: bool | None = None
    masked: bool | None = None


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A package that is to be there, or not."""

    name: str
    present: bool
    where: str
    text: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Mode and owner of a path, "" where they stay."""

    path: str
    where: str
    mode: str = ""
    owner: str = ""
    group: str = ""


@dataclass(slots=True)
class Plan:
    """All of it."""

    files: dict[str, FileChange] = field(default_factory=dict)
    units: list[UnitChange] = field(default_factory=list)
    packages: list[PackageChange] = field(default_factory=list)
    attributes: list[Attributes] = field(default_factory=list)

    def below(self, *roots: str) -> list[FileChange]:
        """Changes of these files, and of files below these folders."""
        return [one for path, one in self.files.items() if any(path == r or path.startswith(f"{r}/") for r in roots)]
