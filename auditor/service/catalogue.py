"""Rules, baselines and golden profiles that are known, read again only when a file has changed."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditor.goldens import load_golden
from auditor.library import LoadedBaseline, baseline_files, load_baselines, rule_folders
from auditor.rulebook.schema import Rule

Stamp = tuple[tuple[str, int, int], ...]


def baselines() -> dict[str, LoadedBaseline]:
    """Every baseline by id. Raises InputError."""
    folders = rule_folders()
    return _baselines(tuple(folders), _stamp([file for one in folders for file in baseline_files(one)]))


def rules() -> dict[str, tuple[LoadedBaseline, Rule]]:
    """Every rule by id with its baseline, in order of the ids. Raises InputError."""
    found = {rule.id: (loaded, rule) for loaded in baselines().values() for rule in loaded.baseline.rules}
    return dict(sorted(found.items()))


def goldens() -> list[dict[str, Any]]:
    """Every golden profile of the content folders by id, in short. Raises InputError."""
    files = {file.stem: file for root in rule_folders() for file in sorted((root / "golden").glob("*.yaml"))}
    return list(_goldens(tuple(sorted(files)), _stamp(files.values())))


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


def _stamp(files: Any) -> Stamp:
    said: Sequence[tuple[Path, Any]] = [(file, file.stat()) for file in files]
    return tuple((str(file), state.st_mtime_ns, state.st_size) for file, state in said)


@lru_cache(maxsize=2)
def _baselines(folders: tuple[Path, ...], _stamp: Stamp) -> dict[str, LoadedBaseline]:
    return load_baselines(folders)


@lru_cache(maxsize=2)
def _goldens(names: tuple[str, ...], _stamp: Stamp) -> tuple[dict[str, Any], ...]:
    found = [load_golden(name) for name in names]
    return tuple(
        {
            "id": one.id,
            "title": one.profile.title,
            "version": one.profile.version,
            "platform": one.profile.for_.platform,
            "labels": one.profile.for_.labels,
            "sha256": one.digest,
        }
        for one in found
    )
