"""Finds and loads content: shipped baselines first, then the folders named in AUDITOR_RULES; later wins by id."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import InputError, InputErrors
from auditor.resources import folder
from auditor.rulebook.compile import CompiledRule, RuleError, compile_rule
from auditor.rulebook.schema import AppliesTo, Baseline, Include, Rule
from auditor.yamlfile import Document, read


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


@dataclass(frozen=True, slots=True)
class ActiveBaseline:
    """A baseline with all rules it reaches, compiled with its parameters."""

    id: str
    title: str
    version: str
    digest: str
    parameters: Mapping[str, Any]
    rules: tuple[CompiledRule, ...]
    applies_to: tuple[AppliesTo, ...] = ()


def rule_folders() -> list[Path]:
    """Folders with content: the shipped one, then those of AUDITOR_RULES (separated like PATH)."""
    named = [Path(part) for part in os.environ.get("AUDITOR_RULES", "").split(os.pathsep) if part]
    for path in named:
        if not path.is_dir():
            raise InputError("AUDITOR_RULES names a folder that does not exist", where=str(path), mend="Correct it.")
    return [folder("rules"), *named]


def baseline_files(root: Path) -> list[Path]:
    """Rule files of a content folder: `baselines/*.yaml`, or `*.yaml` when it has no such subfolder."""
    base = root / "baselines" if (root / "baselines").is_dir() else root
    return sorted(path for pattern in ("*.yaml", "*.yml") for path in base.glob(pattern))


def load_file(path: Path) -> LoadedBaseline:
    """The baseline in `path`. Raises InputError naming file and line."""
    document = read(path, ours=path.is_relative_to(folder("rules")))
    if not isinstance(document.data, dict) or "baseline" not in document.data:
        raise InputError("this is not a baseline", where=document.place(()), mend="Begin it with `baseline: NAME`.")
    return LoadedBaseline(document.validate(Baseline), document, hashlib.sha256(path.read_bytes()).hexdigest())


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


def activate(loaded: LoadedBaseline, library: Mapping[str, LoadedBaseline]) -> ActiveBaseline:
    """`loaded` with its includes, compiled. Raises InputErrors naming the line of every faulty rule."""
    parameters = {name: parameter.default for name, parameter in loaded.baseline.parameters.items()}
    rules = compile_all(loaded, parameters)
    for n, include in enumerate(loaded.baseline.include):
        if include.baseline not in library:
            where = loaded.document.place(("include", n, "baseline"))
            raise InputError(f"the included baseline {include.baseline!r} does not exist", where=where)
        other = library[include.baseline]
        theirs = {name: parameter.default for name, parameter in other.baseline.parameters.items()} | parameters
        rules += [rule for rule in compile_all(other, theirs) if _included(rule.rule, include)]
    baseline = loaded.baseline
    unique = {rule.rule.id: rule for rule in reversed(rules)}
    ordered = tuple(unique[key] for key in reversed(list(unique)))
    applies_to = tuple(baseline.applies_to)
    return ActiveBaseline(loaded.id, baseline.title, baseline.version, loaded.digest, parameters, ordered, applies_to)


def _included(rule: Rule, include: Include) -> bool:
    where = include.where
    applies = rule.applies_to
    return (
        where.get("references", "") in ("", *rule.references)
        and where.get("platform", applies.platform[0]) in applies.platform
        and (applies.os is None or where.get("os", applies.os[0]) in applies.os)
        and where.get("family", rule.family) == rule.family
        and where.get("severity", rule.severity.value) == rule.severity.value
    )


def compile_all(loaded: LoadedBaseline, parameters: Mapping[str, Any]) -> list[CompiledRule]:
    """The rules that stand in the file itself, compiled. Raises InputErrors."""
    compiled: list[CompiledRule] = []
    faults: list[InputError] = []
    for n, rule in enumerate(loaded.baseline.rules):
        try:
            compiled.append(compile_rule(rule, parameters))
        except RuleError as fault:
            faults.append(loaded.document.error(("rules", n, *fault.loc), f"{rule.id}: {fault}"))
    if faults:
        raise InputErrors(faults)
    return compiled


def choose(names: Iterable[str]) -> list[ActiveBaseline]:
    """The named baselines, or all that are no mere parts when none is named. Raises InputError."""
    library = load_baselines()
    wanted = list(dict.fromkeys(names))
    chosen = [find_baseline(name, library) for name in wanted]
    if not wanted:
        chosen = [loaded for loaded in library.values() if not loaded.baseline.part]
    return [activate(loaded, library) for loaded in chosen]
