"""Pages about the shipped rules: the baselines, one page of rules per part, and coverage per framework."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from auditor.library import (
    LoadedBaseline,
    fact_ledger,
    frameworks,
    load_baselines,
    places_by_hand,
)
from auditor.resources import folder
from auditor.rulebook.byhand import by_hand
from auditor.rulebook.frameworks import FRAMEWORKS, natural
from auditor.rulebook.schema import AppliesTo, Rule
from auditor.selection import Selection
from docs.markdown import cell, plain, table

KINDS = {
    "ESXi": ["esxi"],
    "vCenter, DVS": ["vcenter", "dvs"],
    "VM": ["vm"],
    "NX-OS": ["nexus1000v", "nxos"],
    "Linux": ["linux"],
}
GUIDES = {
    "STIG ESXi 8": r"ESXI-80-",
    "STIG ESXi 7": r"ESXI-70-",
    "STIG ESXi 6.7": r"ESXI-67-",
    "STIG VM 8": r"VMCH-80-",
    "STIG VM 7": r"VMCH-70-",
    "STIG vCenter 8": r"VCSA-80-",
    "STIG NX-OS NDM": r"CISC-ND-",
    "STIG NX-OS L2S": r"CISC-L2-",
    "STIG NX-OS RTR": r"CISC-RT-",
    "STIG RHEL 8": r"RHEL-08-",
    "STIG RHEL 9": r"RHEL-09-",
}


@cache
def shipped() -> Mapping[str, LoadedBaseline]:
    """All shipped baselines."""
    return load_baselines([folder("rules")])


@cache
def reached(name: str) -> tuple[Rule, ...]:
    """The rules that a baseline reaches."""
    library = shipped()
    return tuple(one.rule for one in Selection(library).activate(library[name]).rules)


def baselines() -> str:
    """Every baseline with what it is for and how much of the facts it covers, parameters, and what is left out."""
    library, accounts = shipped(), fact_ledger()
    rows = []
    for name, loaded in library.items():
        if loaded.baseline.part:
            continue
        rules = reached(name)
        have, wanted = accounts.covered(name, list(rules))
        manual = sum(rule.manual is not None for rule in rules)
        covered = f"{have} of {wanted}" if wanted else "-"
        rows.append((f"`{name}`", cell(loaded.baseline.title), _for(loaded), str(len(rules)), str(manual), covered))
    parts = [table(("baseline", "title", "used without `-b` on", "rules", "of them manual", "fact rows covered"), rows)]
    parts += [_baseline(loaded) for loaded in library.values()]
    left = sorted(accounts.left_out.items())
    parts.append("## Facts left out\n\nRows of `rules/facts/*.csv` that no rule covers, and why.")
    parts.append(
        table(("row", "title", "reason"), [(f"`{r}`", cell(accounts.rows[r].title), cell(w)) for r, w in left])
    )
    return "\n\n".join(parts)


def _for(loaded: LoadedBaseline) -> str:
    applies = loaded.baseline.applies_to
    return "; ".join(_target(one) for one in applies) if applies else "every target that one of its rules fits"


def _target(one: AppliesTo) -> str:
    words = [", ".join(one.platform), *(one.os or ()), *(f"role {role}" for role in one.role or ()), one.version]
    return cell(" ".join(word for word in words if word))


def _baseline(loaded: LoadedBaseline) -> str:
    baseline = loaded.baseline
    text = [f"## {loaded.id}", f"{plain(baseline.title)}, version {baseline.version}. {plain(baseline.description)}"]
    if baseline.include:
        text.append(
            "Includes "
            + ", ".join(f"`{name}`" for name in dict.fromkeys(one.baseline for one in baseline.include))
            + "."
        )
    if baseline.rules:
        text.append(f"[{len(baseline.rules)} rules](../rules/{loaded.id}.md).")
    if baseline.parameters:
        rows = [
            (
                f"`{name}`",
                p.type,
                cell(p.title),
                f"`{cell(_value(p.default))}`" if p.default is not None else "none: its rules are notchecked",
            )
            for name, p in baseline.parameters.items()
        ]
        text.append(table(("parameter", "type", "meaning", "default"), rows))
    return "\n\n".join(text)


def _value(default: object) -> str:
    return ", ".join(map(str, default)) if isinstance(default, list) else str(default)


def rule_pages() -> dict[str, str]:
    """Whole pages by name of their file below docs/: what each rule wants, why, how to check it, and its fix."""
    return {f"rules/{name}.md": _rule_page(loaded) for name, loaded in shipped().items() if loaded.baseline.rules}


def _rule_page(loaded: LoadedBaseline) -> str:
    defaults = {name: parameter.default for name, parameter in loaded.baseline.parameters.items()}
    head = [
        f"# {loaded.baseline.title}",
        f"The rules of `{loaded.id}`, made from `rules/baselines/{loaded.id}.yaml` by docs/generate.py.",
    ]
    return "\n\n".join([*head, *(_rule(rule, defaults) for rule in loaded.baseline.rules)]) + "\n"


def _rule(rule: Rule, defaults: Mapping[str, object]) -> str:
    severity = rule.severity.value + (f" (CAT {rule.cat})" if rule.cat else "")
    applies = _target(rule.applies_to)
    references = "; ".join(f"{name} {', '.join(ids)}" for name, ids in rule.references.items())
    lines = [
        f"- Severity {severity}, family {rule.family}, for {applies}" + (", manual" if rule.manual else ""),
        f"- Why: {plain(rule.rationale)}",
    ]
    if rule.manual:
        lines.append(f"- Manual, because {plain(rule.manual.reason)}")
    lines += [f"- By hand: {plain(step)}" for step in by_hand(rule, places_by_hand(), defaults)]
    lines += [f"- Fix: {plain(rule.fix)}", f"- References: {plain(references)}"]
    return f"## {rule.id}\n\n{plain(rule.title)}.\n\n" + "\n".join(lines)


def framework_pages() -> str:
    """Per framework, how many rules serve each control; per guide, how many of its ids stand in a rule."""
    rules = list({rule.id: rule for loaded in shipped().values() for rule in loaded.baseline.rules}.values())
    parts = ["## Guides", _guides(rules)]
    for name, title in FRAMEWORKS.items():
        parts += [f"## {title}", _controls(name, rules)]
    return "\n\n".join(parts)


def _guides(rules: list[Rule]) -> str:
    named: dict[str, set[str]] = {"rule": set(), "manual": set()}
    for rule in rules:
        named["manual" if rule.manual else "rule"].update(rule.references.get("stig", ()))
    rows = []
    for title, pattern in GUIDES.items():
        by_rule = {one for one in named["rule"] if re.match(pattern, one)}
        manual = {one for one in named["manual"] - named["rule"] if re.match(pattern, one)}
        rows.append((title, str(len(by_rule)), str(len(manual))))
    return table(("guide", "ids in a rule that judges", "ids in a manual rule only"), rows)


def _controls(name: str, rules: list[Rule]) -> str:
    known = frameworks()
    counts: dict[str, dict[str, int]] = {control: {} for control in known.listed(name)}
    for rule in rules:
        for control in known.controls(rule, name):
            row = counts.setdefault(control.id, {})
            for kind in _kinds(rule):
                row[kind] = row.get(kind, 0) + 1
    rows = [
        (control, cell(known.label(name, control)), *(str(count.get(kind, "")) for kind in KINDS))
        for control, count in sorted(counts.items(), key=lambda item: natural(item[0]))
    ]
    return table(("control", "our label", *KINDS), rows)


def _kinds(rule: Rule) -> Iterator[str]:
    return (kind for kind, platforms in KINDS.items() if set(platforms) & set(rule.applies_to.platform))


def write_rule_pages(docs: Path) -> None:
    """Write the pages of rules; pages of parts that are gone are removed."""
    made = rule_pages()
    (docs / "rules").mkdir(exist_ok=True)
    for old in (docs / "rules").glob("*.md"):
        if str(old.relative_to(docs)) not in made:
            old.unlink()
    for name, text in made.items():
        (docs / name).write_text(text, encoding="utf-8")
