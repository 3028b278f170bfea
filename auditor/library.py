"""Finds and loads content: shipped baselines first, then the folders named in AUDITOR_RULES; later wins by id."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from auditor.errors import InputError, InputErrors
from auditor.resources import folder
from auditor.rulebook.byhand import Places
from auditor.rulebook.frameworks import FrameworkTable, framework_table
from auditor.rulebook.ledger import Ledger, ledger
from auditor.rulebook.schema import Baseline
from auditor.settings import settings
from auditor.yamlfile import Document, content, parse, read


@dataclass(frozen=True, slots=True)
class LoadedBaseline:
    """A baseline with its file. `digest` is the SHA-256 of the file's bytes."""

    baseline: Baseline
    document: Document
    digest: str

    @property
    def id(self) -> str:
        """The baseline's name."""
        return self.baseline.baseline


def rule_folders() -> list[Path]:
    """Folders with content: the shipped one, then those of the setting `rules` (AUDITOR_RULES). Raises InputError."""
    said = settings()
    for path in said.rules:
        if not path.is_dir():
            what = f"{said.origin('rules')} names a folder that does not exist"
            raise InputError(what, where=str(path), mend="Correct it.")
    return [folder("rules"), *said.rules]


def baseline_files(root: Path) -> list[Path]:
    """Rule files of a content folder: `baselines/*.yaml`, or `*.yaml` when it has no such subfolder."""
    base = root / "baselines" if (root / "baselines").is_dir() else root
    return sorted(path for pattern in ("*.yaml", "*.yml") for path in base.glob(pattern))


def load_file(path: Path) -> LoadedBaseline:
    """The baseline in `path`. Raises InputError naming file and line."""
    if not path.is_relative_to(folder("rules")):
        return baseline_of(content(path), str(path))
    return _shipped(path, content(path))


@lru_cache(maxsize=64)
def _shipped(path: Path, text: str) -> LoadedBaseline:
    """A shipped baseline, read once in a process: a service judges with it again and again."""
    return baseline_of(text, str(path), ours=True)


def baseline_of(text: str, file: str, *, ours: bool = False) -> LoadedBaseline:
    """The baseline in a text. Raises InputError, with `file` as the place. `ours`: as in `parse`."""
    document = parse(text, file, ours=ours)
    if not isinstance(document.data, dict) or "baseline" not in document.data:
        raise InputError("this is not a baseline", where=document.place(()), mend="Begin it with `baseline: NAME`.")
    return LoadedBaseline(document.validate(Baseline), document, hashlib.sha256(text.encode()).hexdigest())


def load_baselines(folders: Sequence[Path] | None = None) -> dict[str, LoadedBaseline]:
    """All baselines by id. Raises InputErrors with every fault found."""
    found: dict[str, LoadedBaseline] = {}
    faults: list[InputError] = []
    for root in rule_folders() if folders is None else folders:
        for path in baseline_files(root):
            try:
                loaded = load_file(path)
                found[loaded.id] = loaded
            except InputError as fault:
                faults.append(fault)
    if faults:
        raise InputErrors(faults)
    return found


def find_baseline(name: str, library: Mapping[str, LoadedBaseline]) -> LoadedBaseline:
    """A baseline by id, or by path of its file. Raises InputError."""
    if name in library:
        return library[name]
    if name.endswith((".yaml", ".yml")) and Path(name).is_file():
        return load_file(Path(name))
    known = ", ".join(sorted(library)) or "none"
    raise InputError(f"there is no baseline {name!r}", mend=f"Known baselines: {known}.")


def frameworks() -> FrameworkTable:
    """The shipped table of controls."""
    return framework_table(_table(folder("rules") / "mappings.csv"))


@cache
def places_by_hand() -> Places:
    """How a person looks at facts, by platform and beginning of the path: `by-hand.yaml`. Not to be changed."""
    path = folder("rules") / "by-hand.yaml"
    data: Places = read(path, ours=True).data
    return data


def fact_ledger() -> Ledger:
    """The shipped ledger of hardening facts."""
    base = folder("rules") / "facts"
    rows = [row for path in sorted(base.glob("*.csv")) for row in _table(path)]
    return ledger(rows, [row for path in sorted((base / "left-out").glob("*.csv")) for row in _table(path)])


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tailoring_file(name: str) -> Path:
    """The file of a tailoring: a path, or a name in `tailorings/` of a content folder. Raises InputError."""
    if Path(name).is_file():
        return Path(name)
    found = [path for root in rule_folders() if (path := root / "tailorings" / f"{name}.yaml").is_file()]
    if not found or "/" in name:
        known = sorted(path.stem for root in rule_folders() for path in root.glob("tailorings/*.yaml"))
        raise InputError(
            "there is no such tailoring", where=name, mend=f"Name a file, or one of: {', '.join(known) or 'none'}."
        )
    return found[-1]
