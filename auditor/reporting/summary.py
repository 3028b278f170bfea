"""The view model: every number a report prints, counted once from audit.json. Pure; knows no format."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.reporting.priority import priority
from auditor.reporting.tally import Result, Tally, results
from auditor.reporting.words import SEVERITIES

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fix:
    """A rule that fails openly, for the list of what to fix first and the page of the rule."""

    rule: str
    title: str
    severity: str
    fix: str
    targets: int  # with an open failure
    waived: int  # targets on which every failure is waived
    judged: int  # targets on which the rule applies
    score: float


@dataclass(slots=True)
class Host:
    """One target."""

    index: int
    target: Json
    tally: Tally = field(default_factory=Tally)
    urgent: int = 0  # open failures of severity critical or high
    results: list[Result] = field(default_factory=list)
    reason: str = ""  # why it was not read

    @property
    def name(self) -> str:
        """The target's name."""
        return str(self.target["name"])

    @property
    def read(self) -> bool:
        """Whether this run read it."""
        return bool(self.target["status"] == "collected")


@dataclass(slots=True)
class Platform:
    """One line of the table of platforms."""

    name: str
    population: int
    collected: int
    unreachable: int
    stale: int
    excluded: int
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Reason:
    """Why results are unknown: how many, on which targets."""

    text: str
    checks: int = 0
    targets: dict[str, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class InForce:
    """One waiver and what it covers."""

    id: str
    justification: str
    approved_by: str
    until: str
    zone: str = ""
    ticket: str = ""
    findings: int = 0
    rules: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a framework and the results of the rules that cite it."""

    name: str
    rules: tuple[str, ...]
    tally: Tally

    @property
    def open(self) -> bool:
        """Whether something cited fails or is unknown."""
        return bool(self.tally.fail or self.tally.waived or self.tally.unknown)


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything the reports say in numbers."""

    score: Json
    tally: Tally
    severities: dict[str, Tally]  # worst severity first, only those in use
    platforms: list[Platform]
    hosts: list[Host]  # in the order of audit.json
    fixes: list[Fix]  # soonest first
    reasons: list[Reason]  # of targets that were read; most checks first
    unread: list[Host]  # unreachable and stale targets
    unread_checks: int
    sources: list[Json]  # those with trouble first
    waivers: list[InForce]  # soonest end first
    troubled: list[Json]  # waivers that expired, lapsed, end soon or are not in force, in this order
    manual: list[str]  # ids of rules that a person must judge
    families: dict[str, str]  # id -> name, of the rules in use
    family_of: dict[str, str]  # rule -> family
    by_family: dict[str, Tally]
    frameworks: dict[str, list[Control]]
    middle: int  # open critical and high failures of the middle host
    findings: int

    @property
    def warned(self) -> list[str]:
        """Warnings of sources, as `vc01: TLS verification off`."""
        return [f"{source['name']}: {warning}" for source in self.sources for warning in source["warnings"]]

    @property
    def odd(self) -> list[Host]:
        """Read hosts with clearly more open critical and high failures than the middle one; worst first."""
        over = [h for h in self.hosts if h.read and h.urgent > max(self.middle, 0)]
        return sorted(over, key=lambda h: (-h.urgent, h.index))[:8]


def summarise(audit: Json) -> Summary:
    """Count an audit (schema auditor/1). One pass over the results; about 0.3 s CPU for 45,000 findings."""
    rules: Mapping[str, Json] = audit["rules"]
    outcome = results(audit["findings"])
    hosts = {t["name"]: Host(i, t) for i, t in enumerate(audit["targets"])}
    platforms = {
        p: Platform(p, **{k: n.get(k, 0) for k in _COUNTS}) for p, n in audit["coverage"]["by_platform"].items()
    }
    severities: defaultdict[str, Tally] = defaultdict(Tally)
    per_rule: defaultdict[str, Tally] = defaultdict(Tally)
    worst_severity: dict[str, str] = {}
    reasons: dict[str, Reason] = {}
    tally, unread_checks = Tally(), 0
    for result in outcome:
        host = hosts[result.target]
        for counter in (tally, severities[result.severity], per_rule[result.rule], host.tally):
            counter.add(result)
        if (platform := platforms.get(host.target["platform"])) is not None:
            platform.tally.add(result)
        host.results.append(result)
        worst_severity[result.rule] = min(worst_severity.get(result.rule, "info"), result.severity, key=_severity_rank)
        if result.status == "fail" and not result.waived:
            host.urgent += result.severity in ("critical", "high")
        elif result.status in ("unknown", "error"):
            if host.read:
                _add_reason(reasons, result)
            else:
                unread_checks += 1
    lost = {x["target"]: x for x in (*audit["coverage"]["unreachable"], *audit["coverage"]["stale"])}
    for host in hosts.values():
        if not host.read:
            host.reason = _why_unread(host, lost.get(host.name, {}))
    urgent = sorted(h.urgent for h in hosts.values() if h.read)
    used_families = {rules[r]["family"]: rules[r].get("family_name") or rules[r]["family"] for r in per_rule}
    return Summary(
        score=audit["score"],
        tally=tally,
        severities={s: severities[s] for s in SEVERITIES if s in severities},
        platforms=list(platforms.values()),
        hosts=list(hosts.values()),
        fixes=_fixes(rules, per_rule, worst_severity),
        reasons=sorted(reasons.values(), key=lambda r: (-r.checks, r.text)),
        unread=[h for h in hosts.values() if not h.read],
        unread_checks=unread_checks,
        sources=sorted(audit["sources"], key=lambda x: (_TROUBLE.get(x["status"], 0), not x["warnings"], x["name"])),
        waivers=_waivers(audit["findings"]),
        troubled=[one for one in audit.get("waivers", ()) if one["attention"] or one["reason"]],
        manual=sorted({r.rule for r in outcome if r.status == "notchecked"}),
        families=dict(sorted(used_families.items())),
        family_of={r: rules[r]["family"] for r in per_rule},
        by_family={f: _sum(t for r, t in per_rule.items() if rules[r]["family"] == f) for f in sorted(used_families)},
        frameworks=_frameworks(rules, per_rule),
        middle=urgent[len(urgent) // 2] if urgent else 0,
        findings=len(audit["findings"]),
    )


_TROUBLE = {"failed": 0, "partial": 1, "ok": 2}
_COUNTS = ("population", "collected", "unreachable", "stale", "excluded")


def _severity_rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _add_reason(reasons: dict[str, Reason], result: Result) -> None:
    text = result.reason or "No reason was given"
    held = reasons.setdefault(text, Reason(text))
    held.checks += 1
    held.targets[result.target] = None
    held.rules[result.rule] = None


def _why_unread(host: Host, entry: Json) -> str:
    if entry.get("reason"):
        return str(entry["reason"])
    first = next((r.reason for r in host.results if r.reason), "")
    return first or ("Not read in this run" if host.target["status"] == "stale" else "No reason was given")


def _fixes(rules: Mapping[str, Json], per_rule: Mapping[str, Tally], severity: Mapping[str, str]) -> list[Fix]:
    out = [
        Fix(
            rule=r,
            title=rules[r]["title"],
            severity=severity[r],
            fix=rules[r]["fix"],
            targets=t.fail,
            waived=t.waived,
            judged=t.judged,
            score=priority(severity[r], t.fail),
        )
        for r, t in per_rule.items()
        if t.fail
    ]
    return sorted(out, key=lambda f: (-f.score, f.rule))


def _waivers(findings: Sequence[Json]) -> list[InForce]:
    out: dict[str, InForce] = {}
    for finding in findings:
        if waiver := finding.get("waiver"):
            held = out.setdefault(
                waiver["id"],
                InForce(
                    waiver["id"],
                    waiver["justification"],
                    waiver["approved_by"],
                    waiver["expiration_date"],
                    waiver.get("zone", ""),
                    waiver.get("ticket") or "",
                ),
            )
            held.findings += 1
            held.rules[finding["rule"]] = None
            held.targets[finding["target"]] = None
    return sorted(out.values(), key=lambda w: (w.until, w.id))


def _frameworks(rules: Mapping[str, Json], per_rule: Mapping[str, Tally]) -> dict[str, list[Control]]:
    citing: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rule in sorted(per_rule):
        for framework, controls in (rules[rule].get("references") or {}).items():
            for control in controls:
                citing[framework][str(control)].append(rule)
    return {
        framework: [
            Control(name, tuple(ids), _sum(per_rule[r] for r in ids))
            for name, ids in sorted(controls.items(), key=lambda x: _natural(x[0]))
        ]
        for framework, controls in sorted(citing.items())
    }


def _sum(tallies: Any) -> Tally:
    total: Counter[str] = Counter()
    for t in tallies:
        total.update({name: getattr(t, name) for name in Tally.__slots__})
    return Tally(**total)


def _natural(text: str) -> list[tuple[int, int | str]]:
    """AC-2 before AC-10."""
    out: list[tuple[int, int | str]] = []
    word = ""
    for c in f"{text}\0":
        if word and (c.isdecimal() != word[-1].isdecimal() or c == "\0"):
            out.append((0, int(word)) if word.isdecimal() else (1, word))
            word = ""
        word += c
    return out
