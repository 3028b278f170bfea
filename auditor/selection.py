"""Which rules a run judges, and how: baselines by name, their includes, and the tailoring. Compiled once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from auditor.errors import InputError, InputErrors
from auditor.library import LoadedBaseline, find_baseline, frameworks, load_baselines
from auditor.rulebook.compile import CompiledRule, RuleError, compile_rule, left_out, not_yet
from auditor.rulebook.frameworks import FrameworkTable
from auditor.rulebook.schema import AppliesTo, Include, Rule
from auditor.tailorings import LoadedTailoring, verify


@dataclass(frozen=True, slots=True)
class ActiveBaseline:
    """A baseline with all rules it reaches, compiled with its parameters (those of included baselines too).

    `digest` is the SHA-256 of its file, `parts` those of the baselines that it includes, by id.
    """

    id: str
    title: str
    version: str
    digest: str
    parameters: Mapping[str, Any]
    rules: tuple[CompiledRule, ...]
    applies_to: tuple[AppliesTo, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Selection:
    """Compiles baselines of one library under one tailoring; a rule that several include is compiled once."""

    library: Mapping[str, LoadedBaseline]
    tailoring: LoadedTailoring | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    _table: FrameworkTable | None = None
    _compiled: dict[tuple[str, str], CompiledRule] = field(default_factory=dict)

    def activate(self, loaded: LoadedBaseline) -> ActiveBaseline:
        """`loaded` with its includes, compiled. Raises InputErrors naming the line of every faulty rule."""
        baseline = loaded.baseline
        parts: dict[str, str] = {}
        parameters, rules = self._reach(loaded, {}, (), parts)
        unique = {rule.rule.id: rule for rule in reversed(rules)}
        ordered = tuple(unique[key] for key in reversed(list(unique)))
        applies = tuple(baseline.applies_to)
        return ActiveBaseline(
            loaded.id, baseline.title, baseline.version, loaded.digest, parameters, ordered, applies, parts
        )

    def parameters(self, loaded: LoadedBaseline) -> dict[str, Any]:
        """Values of the parameters that a baseline declares itself: as the tailoring sets them, else its defaults."""
        given = self.tailoring.tailoring.parameters if self.tailoring else {}
        return {
            name: given.get(f"{loaded.id}/{name}", given.get(name, parameter.default))
            for name, parameter in loaded.baseline.parameters.items()
        }

    def _reach(
        self, loaded: LoadedBaseline, above: Mapping[str, Any], trail: tuple[str, ...], parts: dict[str, str]
    ) -> tuple[dict[str, Any], list[CompiledRule]]:
        own = {**self.parameters(loaded), **above}
        rules = self._compile(loaded, own)
        reached = dict(own)
        for n, include in enumerate(loaded.baseline.include):
            place = loaded.document.place(("include", n, "baseline"))
            if include.baseline not in self.library:
                raise InputError(f"the included baseline {include.baseline!r} does not exist", where=place)
            if include.baseline in (*trail, loaded.id):
                raise InputError(f"{include.baseline!r} includes itself", where=place, mend="Break the circle.")
            other = self.library[include.baseline]
            parts[other.id] = other.digest
            theirs, included = self._reach(other, own, (*trail, loaded.id), parts)
            rules += [rule for rule in included if self._included(rule.rule, include)]
            reached = {**theirs, **reached}
        return reached, rules

    def _included(self, rule: Rule, include: Include) -> bool:
        where, applies = include.where, rule.applies_to
        return (
            where.get("references", "") in ("", *rule.references)
            and where.get("platform", applies.platform[0]) in applies.platform
            and (applies.os is None or where.get("os", applies.os[0]) in applies.os)
            and where.get("family", rule.family) == rule.family
            and where.get("severity", rule.severity.value) == rule.severity.value
            and ("framework" not in where or bool(self._frameworks().controls(rule, where["framework"])))
        )

    def _frameworks(self) -> FrameworkTable:
        if self._table is None:
            self._table = frameworks()
        return self._table

    def _compile(self, loaded: LoadedBaseline, parameters: Mapping[str, Any]) -> list[CompiledRule]:
        compiled: list[CompiledRule] = []
        faults: list[InputError] = []
        values = repr(sorted(parameters.items()))
        for n, rule in enumerate(loaded.baseline.rules):
            if self.tailoring and not self.tailoring.tailoring.chosen(rule.id):
                continue
            key = (f"{loaded.id}/{rule.id}", values)
            try:
                if key not in self._compiled:
                    self._compiled[key] = self._tailored(compile_rule(rule, parameters))
                compiled.append(self._compiled[key])
            except RuleError as fault:
                faults.append(loaded.document.error(("rules", n, *fault.loc), f"{rule.id}: {fault}"))
        if faults:
            raise InputErrors(faults)
        return compiled

    def _tailored(self, compiled: CompiledRule) -> CompiledRule:
        if self.tailoring is None:
            return compiled
        name, wish = self.tailoring.tailoring.tailoring, self.tailoring.tailoring.adjustment(compiled.rule.id)
        if wish.severity is not None:
            compiled = replace(compiled, rule=compiled.rule.model_copy(update={"severity": wish.severity}))
        if wish.grace_until is not None and self.today <= wish.grace_until:
            compiled = replace(compiled, grace_until=wish.grace_until)
        if wish.leave_out is not None:
            return left_out(compiled, f"Left out by the tailoring {name}: {wish.leave_out}")
        if wish.effective_from is not None and self.today < wish.effective_from:
            return not_yet(compiled, f"takes effect on {wish.effective_from} (tailoring {name})")
        return compiled


def choose(
    names: Iterable[str],
    tailoring: LoadedTailoring | None = None,
    library: Mapping[str, LoadedBaseline] | None = None,
    today: date | None = None,
) -> list[ActiveBaseline]:
    """The named baselines, or all that are no mere parts when none is named, as of `today`. Raises InputError."""
    library = load_baselines() if library is None else library
    wanted = list(dict.fromkeys(names))
    chosen = [find_baseline(name, library) for name in wanted]
    if not wanted:
        chosen = [loaded for loaded in library.values() if not loaded.baseline.part]
    if tailoring:
        verify(tailoring, {one.id: one for one in (*library.values(), *chosen)}.values())
    selection = Selection(library, tailoring, today or datetime.now(UTC).date())
    active = [selection.activate(loaded) for loaded in chosen]
    if tailoring and not any(one.rules for one in active):
        raise InputError(
            "the tailoring chooses none of the rules of these baselines", where=tailoring.document.place(("only",))
        )
    return [one for one in active if one.rules]


def reached_rules(actives: Iterable[ActiveBaseline]) -> set[str]:
    """Ids of all rules that the baselines reach."""
    return {rule.rule.id for active in actives for rule in active.rules}
