"""Rules, baselines and golden profiles that are known, read again only when a file has changed."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from auditor.golden.profile import Golden
from auditor.goldens import golden_of
from auditor.library import LoadedBaseline, baseline_files, load_baselines, rule_folders
from auditor.rulebook.schema import Rule
from auditor.service.proposing import in_short

Stamp = tuple[tuple[str, int, int], ...]


class WrittenGolden(NamedTuple):
    """A golden profile with its text."""

    golden: Golden
    text: str


def baselines() -> dict[str, LoadedBaseline]:
    """Every baseline by id. Raises InputError."""
    return _baselines(*_said())


def rules() -> dict[str, tuple[LoadedBaseline, Rule]]:
    """Every rule by id with its baseline, in order of the ids. Raises InputError."""
    return _rules(*_said())


def goldens() -> list[dict[str, Any]]:
    """Every golden profile of the content folders by id, in short. Raises InputError."""
    return [in_short(one.golden) for one in _known_goldens()]


def golden(ident: str) -> WrittenGolden | None:
    """The golden profile of that id, as it is written. Raises InputError."""
    return next((one for one in _known_goldens() if one.golden.id == ident), None)


def _known_goldens() -> tuple[WrittenGolden, ...]:
    files = {file.stem: file for root in rule_folders() for file in sorted((root / "golden").glob("*.yaml"))}
    return _goldens(tuple(str(files[name]) for name in sorted(files)), _stamp(files.values()))


def tailorings() -> list[str]:
    """Names of the tailorings in the content folders."""
    return sorted({file.stem for root in rule_folders() for file in (root / "tailorings").glob("*.yaml")})


def rule_entry(loaded: LoadedBaseline, rule: Rule) -> dict[str, Any]:
    """A rule in short."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.value,
        "cat": rule.cat,
        "baseline": loaded.id,
        "platform": rule.applies_to.platform,
        "family": rule.family,
        "manual": rule.manual is not None,
        "references": rule.references,
    }


def baseline_entry(loaded: LoadedBaseline) -> dict[str, Any]:
    """A baseline in short."""
    one = loaded.baseline
    known = {"id": loaded.id, "title": one.title, "version": one.version, "part": one.part}
    return {**known, "rules": len(one.rules), "sha256": loaded.digest}


def _said() -> tuple[tuple[Path, ...], Stamp]:
    folders = rule_folders()
    return tuple(folders), _stamp([file for one in folders for file in baseline_files(one)])


def _stamp(files: Any) -> Stamp:
    said: Sequence[tuple[Path, Any]] = [(file, file.stat()) for file in files]
    return tuple((str(file), state.st_mtime_ns, state.st_size) for file, state in said)


@lru_cache(maxsize=2)
def _baselines(folders: tuple[Path, ...], _stamp: Stamp) -> dict[str, LoadedBaseline]:
    return load_baselines(folders)


@lru_cache(maxsize=2)
def _rules(folders: tuple[Path, ...], stamp: Stamp) -> dict[str, tuple[LoadedBaseline, Rule]]:
    found = {
        rule.id: (loaded, rule) for loaded in _baselines(folders, stamp).values() for rule in loaded.baseline.rules
    }
    return dict(sorted(found.items()))


@lru_cache(maxsize=2)
def _goldens(files: tuple[str, ...], _stamp: Stamp) -> tuple[WrittenGolden, ...]:
    texts = [(file, Path(file).read_text(encoding="utf-8")) for file in files]
    return tuple(WrittenGolden(golden_of(text, file), text) for file, text in texts)
