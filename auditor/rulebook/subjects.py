"""`for_each`: one finding per member of a list or mapping that `where` chooses."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.domain import ABSENT, Finding, GapValue, Observation, Snapshot, Status, root_of
from auditor.facts import facts_model
from auditor.rulebook.applies import Judge
from auditor.rulebook.checks import CheckBuilder, RuleError, assembled, finding
from auditor.rulebook.judge import NOT_LOOKED, PASS, Check, Item, find_gap_above, find_source
from auditor.rulebook.paths import ITEM_KEY, PathError, getter, item_type, parse_path, type_at
from auditor.rulebook.schema import Rule

Members = Callable[[Any], list[Item]]


def judge_each(rule: Rule, parameters: Mapping[str, Any]) -> Judge:
    """The judge of a rule with `for_each`. Raises RuleError, ParameterUnset."""
    list_text = str(rule.for_each)
    item, is_mapping = _item_type(rule, list_text)
    builder = CheckBuilder(rule, parameters, item)
    where, checks, branches = (
        builder.entries(rule.where, "where"),
        builder.entries(rule.expect, "expect"),
        builder.branches(),
    )
    members = _mapping(rule, list_text) if is_mapping else _listed(rule, item, list_text)
    path = parse_path(list_text)
    get, prefixes, rule_id = getter(path), path.prefixes, rule.id
    root, quick = root_of(list_text), tuple(_quick(check) for check in where)
    only = checks[0].run if len(checks) == 1 and not branches else None  # most rules: one check per subject

    def judge(s: Snapshot) -> tuple[Finding, ...]:
        value = get(s.facts)
        reason = find_gap_above(s.gaps, prefixes) if s.gaps else None
        if reason is None and value is ABSENT and s.sources and not find_source(s.sources, prefixes):
            reason = NOT_LOOKED
        if reason is not None:
            gap = Observation(list_text, "readable", GapValue(reason), "")
            return (Finding(rule_id, s.target, Status.UNKNOWN, None, reason, (gap,)),)
        out, total = [], 0
        gapped = root in s.gap_roots and _touched(s.gaps, list_text)
        plain = not gapped and (not s.sources or bool(find_source(s.sources, prefixes)))
        for one in members(value):
            total += 1
            chosen = _quickly(quick, one) if plain else None
            hidden = None
            if chosen is None:
                chosen, hidden = _chosen(where, s, one)
            if hidden is not None:
                reason = f"cannot tell which {list_text} are meant: {hidden.actual.reason}"
                return (Finding(rule_id, s.target, Status.UNKNOWN, None, reason, (hidden,)),)
            if chosen and only is not None:
                verdict, observation = only(s, one)
                out.append(assembled(rule_id, s, one, verdict, (observation,)))
            elif chosen:
                out.append(finding(rule_id, s, one, checks, branches))
        for key, reason in hidden_members(s.gaps, list_text, members(value)) if gapped else ():
            if _may_be_meant(where, key):
                gap = Observation(f"{list_text}[{key}]", "readable", GapValue(reason), "")
                out.append(Finding(rule_id, s.target, Status.UNKNOWN, key, reason, (gap,)))
        if out:
            return tuple(out)
        reason = (
            f"none of the {total} {list_text} is meant by this rule" if total else f"this target has no {list_text}"
        )
        return (Finding(rule_id, s.target, Status.NOTAPPLICABLE, None, reason),)

    return judge


def _touched(gaps: Mapping[str, str], list_text: str) -> bool:
    """May a gap lie in the list or above it? Only a no is sure: letter case and ends of names are not looked at."""
    own = list_text.casefold()
    return any(own.startswith(path) or path.startswith(own) for path in map(str.casefold, gaps))


def hidden_members(gaps: Mapping[str, str], list_text: str, items: list[Item]) -> list[tuple[str, str]]:
    """(key, reason) of every member that is known by its gap alone: it is there, and nothing of it was read."""
    start, out = list_text + "[", []
    for path, reason in gaps.items():
        if path.startswith(start) and path.endswith("]"):
            known = (one.prefix for one in items if path.startswith(one.prefix))
            if not any(path[len(prefix) : len(prefix) + 1] in ("", ".", "[") for prefix in known):
                out.append((path[len(start) : -1], reason))
    return out


def _may_be_meant(where: tuple[Check, ...], key: str) -> bool:
    """Whether a member of which only the key is known may be meant by a rule."""
    return all(check.constraint.test(key) for check in where if check.path.text == ITEM_KEY)


def _item_type(rule: Rule, list_text: str) -> tuple[Any, bool]:
    try:
        path = parse_path(list_text)
        found = [item_type(type_at(facts_model(platform), path)) for platform in rule.applies_to.platform]
    except PathError as problem:
        raise RuleError(str(problem), ("for_each",)) from None
    if path.relative or found[0] is None or any(one != found[0] for one in found):
        raise RuleError(
            f"for_each needs a list or a mapping, the same on every platform; {list_text!r} is none", ("for_each",)
        )
    return found[0]


class _Quick(NamedTuple):
    """An entry of `where` that the value alone decides, in a list that was looked at and has no gap."""

    value: Callable[[Any], Any]
    test: Callable[[Any], bool]
    absent: bool | None  # is a member without the value meant; None when it takes the long way to say


def _quick(check: Check) -> _Quick | None:
    """None when the entry needs the long way."""
    constraint, get = check.constraint, check.get
    if not check.path.relative or constraint.absent is True:
        return None
    absent = {None: False, "pass": True, "fail": False, "notapplicable": False}.get(_hashable(constraint.absent))
    if check.path.text == ITEM_KEY:
        return _Quick((lambda item: item[0]), constraint.test, absent)
    return _Quick((lambda item: get(item[1])), constraint.test, absent)


def _hashable(absent: Any) -> Any:
    return absent if absent is None or isinstance(absent, str) else "by version"


def _quickly(quick: Sequence[_Quick | None], item: Item) -> bool | None:
    """Is the item meant? None when an entry needs the long way."""
    for entry in quick:
        if entry is None:
            return None
        value = entry.value(item)
        held = entry.absent if value is ABSENT or value is None else entry.test(value)
        if not held:
            return held
    return True


def _chosen(where: tuple[Check, ...], s: Snapshot, item: Item) -> tuple[bool, Observation | None]:
    """(is the item meant, the gap that hides whether it is). An entry that surely excludes the item settles it."""
    hidden = None
    for check in where:
        if check.path.text == ITEM_KEY:  # the key is known also of a member of which nothing else could be read
            if not check.constraint.test(item.key):
                return False, None
            continue
        verdict, observation = check.run(s, item)
        if isinstance(observation.actual, GapValue):
            hidden = observation
        elif (observation.actual is ABSENT and check.constraint.absent is None) or verdict != PASS:
            return False, None
    return hidden is None, hidden


def _mapping(rule: Rule, list_text: str) -> Members:
    if rule.subject:
        raise RuleError("subject has no meaning here: the keys of the mapping name the subjects", ("subject",))

    new = tuple.__new__

    def members(value: Any) -> list[Item]:
        if not isinstance(value, Mapping):
            return []
        return [new(Item, (str(key), one, f"{list_text}[{key}]")) for key, one in value.items()]

    return members


def _listed(rule: Rule, item: Any, list_text: str) -> Members:
    name = rule.subject
    if name:
        try:
            type_at(item, parse_path("." + name))
        except PathError as problem:
            raise RuleError(str(problem), ("subject",)) from None

    def members(value: Any) -> list[Item]:
        out = []
        for index, one in enumerate(value if isinstance(value, list) else []):
            record = isinstance(one, Mapping)
            key = str(one.get(name, index) if name and record else index if record else one)
            out.append(Item(key, one, f"{list_text}[{key}]"))
        return out

    return members
